"""Places and what became of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class Level(models.TextChoices):
    NATION = "nation", _("Cả nước")
    PROVINCE = "province", _("Tỉnh, thành phố")
    DISTRICT = "district", _("Huyện, quận (trước 01/7/2025)")
    COMMUNE = "commune", _("Xã, phường, đặc khu")
    HAMLET = "hamlet", _("Thôn, tổ dân phố")


class Place(models.Model):
    """One administrative unit for the days it stood.

    `code` is official for provinces (2 digits), districts (3) and communes (5); a hamlet has none,
    its code is its commune's with our own number: `08911h07`. `path` is its name on the wire
    (`vn/24/08911/h07`); a former unit keeps the path it had, so a path alone does not say which
    days are meant. `valid_to` is the first day it no longer stood.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    level = models.CharField(max_length=8, choices=Level.choices)
    code = models.CharField(max_length=9)
    name = models.CharField(max_length=80)
    folded = models.CharField(max_length=200, db_index=True)
    path = models.CharField(max_length=24, db_index=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    households = models.PositiveIntegerField(null=True)
    people = models.PositiveIntegerField(null=True)
    languages = models.JSONField(null=True)
    source = models.CharField(max_length=120, blank=True)
    source_date = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["level", "code", "valid_from"], name="place_level_code_from"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                name="place_days_in_order",
            ),
        ]
        indexes: ClassVar = [
            # Former units are looked through at every search; those that stand are far more.
            models.Index(
                fields=["valid_to"], name="place_ended", condition=Q(valid_to__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Share(models.TextChoices):
    WHOLE = "whole", _("toàn bộ")
    MAIN = "main", _("phần chính")
    PART = "part", _("một phần")


class Succession(models.Model):
    """What a unit became: wholly one unit, or split over several."""

    predecessor = models.ForeignKey(Place, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Place, models.PROTECT, related_name="origins")
    share = models.CharField(max_length=5, choices=Share.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once")
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class Boundary(models.Model):
    """An official boundary, as loaded from the province's own file. For maps only."""

    place = models.OneToOneField(Place, models.CASCADE, primary_key=True, related_name="boundary")
    polygons = models.JSONField()
    west = models.FloatField()
    east = models.FloatField()
    south = models.FloatField()
    north = models.FloatField()
    document = models.CharField(max_length=120)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.place}"


class ReformState(models.TextChoices):
    DRAFT = "draft", _("bản dự kiến")
    APPLIED = "applied", _("đã áp dụng, còn hoàn tác được")
    CONFIRMED = "confirmed", _("đã chốt")
    UNDONE = "undone", _("đã hoàn tác")


class Reorganisation(models.Model):
    """One document that merges, splits or renames units from a day on.

    `rows` are its lines as they were drafted (`reform.operations.Row`). `digest` names the preview
    that was applied. `ended`, `made` and `joined` say what applying it did to the gazetteer itself
    and `copies` which rows of other rooms it made, so that undoing gives back exactly what was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    document = models.CharField(max_length=120)
    state = models.CharField(
        max_length=9, choices=ReformState.choices, default=ReformState.DRAFT, db_index=True
    )
    rows = models.JSONField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    digest = models.CharField(max_length=64, blank=True)
    applied_by = models.CharField(max_length=80, blank=True)
    applied_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)
    undone_at = models.DateTimeField(null=True)
    ended = models.JSONField(default=list)
    made = models.JSONField(default=list)
    joined = models.JSONField(default=list)
    copies = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.document} {self.day}"


class Decision(models.Model):
    """Where a person said that something of a split unit goes: the successor's code."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="decisions")
    what = models.CharField(max_length=30)
    row = models.UUIDField()
    code = models.CharField(max_length=5)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reorganisation", "what", "row"], name="decision_of_thing_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.row} → {self.code}"


class Rehomed(models.Model):
    """One row of a room that a reorganisation put under another place.

    `what` is the home's name (`outlets.station`), `row` the row's own id. `was` holds other fields
    that had to change with it, as they were.
    """

    id = models.BigAutoField(primary_key=True)
    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="rehomed")
    what = models.CharField(max_length=30)
    row = models.UUIDField()
    before = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    was = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reorganisation", "what", "row"], name="rehomed_thing_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["what", "row"], name="rehomed_what_row")]

    def __str__(self) -> str:
        return f"{self.what} {self.row}"
