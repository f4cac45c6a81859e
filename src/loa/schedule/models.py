"""Timetables, library entries, slots and issued plans."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class Timetable(models.Model):
    """Sessions per weekday, quiet hours and limits: a station's own, or its province's template.

    `days` holds seven lists (Monday first) of ["HH:MM", "HH:MM"]; `quiet` one such list, where an
    end before its start runs over midnight. Times are Vietnamese wall-clock times. A special
    timetable (Tết, exams, mourning) goes before the ordinary one on its days.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", models.CASCADE, null=True, related_name="+")
    station = models.ForeignKey(
        "outlets.Station", models.CASCADE, null=True, related_name="timetables"
    )
    name = models.CharField(max_length=80)
    days = models.JSONField()
    quiet = models.JSONField(default=list)
    session_limit_min = models.PositiveSmallIntegerField(null=True)
    special = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(place__isnull=False) ^ Q(station__isnull=False),
                name="timetable_of_place_or_station",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=models.F("since")),
                name="timetable_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LibraryEntry(models.Model):
    """A bulletin from above in a commune's source library: picked when a slot is made of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    bulletin = models.ForeignKey("newsroom.Bulletin", models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()
    picked_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "bulletin"], name="library_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.place} ← {self.bulletin_id}"


class Spread(models.Model):
    """A priority bulletin on its way into every station's next session, station by station.

    `after` is the last station that was dealt with, in the order of their ids.
    """

    bulletin = models.OneToOneField(
        "newsroom.Bulletin", models.CASCADE, primary_key=True, related_name="+"
    )
    after = models.UUIDField(null=True)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.bulletin_id} > {self.after}"


class SlotKind(models.TextChoices):
    MEDIA = "media", _("bản tin")
    RELAY = "relay", _("tiếp âm")
    LIVE = "live", _("trực tiếp")


class Slot(models.Model):
    """One item of a station's programme: at a fixed time, or in line within a session.

    `valid_from` and `valid_until` are the bulletin's: outside them it does not sound.
    `session_at` is the start of the session it belongs to; `placed_at` is the time the newest
    issued plan gave it, from which a started item is not moved any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey("outlets.Station", models.PROTECT, related_name="slots")
    kind = models.CharField(max_length=5, choices=SlotKind.choices, default=SlotKind.MEDIA)
    class_name = models.CharField(max_length=8, default="normal")
    own = models.BooleanField(default=True)
    filler = models.BooleanField(default=False)
    bulletin = models.ForeignKey("newsroom.Bulletin", models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200)
    fallback = models.ForeignKey("newsroom.Bulletin", models.PROTECT, null=True, related_name="+")
    """Of a relay: the approved bulletin whose sound, `opus`, is played while the source fails."""
    opus = models.ForeignKey("media.File", models.PROTECT, null=True, related_name="+")
    seconds = models.PositiveIntegerField()
    ms = models.PositiveIntegerField(null=True)
    gain_db = models.SmallIntegerField(default=0)
    only = models.JSONField(default=list)
    relay_url = models.CharField(max_length=300, blank=True)
    line_input = models.CharField(max_length=40, blank=True)
    silence_s = models.PositiveSmallIntegerField(default=20)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    session_at = models.DateTimeField(db_index=True)
    fixed_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(null=True)
    position = models.IntegerField(default=0)
    series = models.UUIDField(null=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_why = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["station", "session_at"], name="slot_station_session"),
            models.Index(fields=["bulletin", "session_at"], name="slot_bulletin"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.fixed_at or self.session_at}"


class AiringWish(models.Model):
    """When an office wants its bulletin aired: carried out once it is approved.

    `how` is next, sessions or fixed; `sessions` are session starts, `at` a fixed moment; each is
    repeated on `days` days in all, none after `until`. `problem` says why it was not carried out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bulletin = models.ForeignKey("newsroom.Bulletin", models.CASCADE, related_name="+")
    station = models.ForeignKey("outlets.Station", models.CASCADE, related_name="+")
    how = models.CharField(max_length=8)
    sessions = models.JSONField(default=list)
    at = models.DateTimeField(null=True)
    days = models.PositiveSmallIntegerField(default=1)
    until = models.DateField(null=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulletin", "station"], name="airing_wish_once")
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.how}"


class Plan(models.Model):
    """A station's plan as it was signed and issued.

    `sha256` is the envelope's id (the hash of the signed payload); `content` is the hash of what it
    says, which decides whether a new one is issued.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey("outlets.Station", models.PROTECT, related_name="plans")
    version = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    envelope = models.BinaryField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "version"], name="plan_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.station} v{self.version}"


class PlanMedia(models.Model):
    """A file named by an issued plan: what devices may fetch (protocol.md 8)."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="media")
    file = models.ForeignKey("media.File", models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "file"], name="plan_media_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.file_id}"


class IssuedItem(models.Model):
    """An item that a signed plan of the station named, by its identity on the wire: what a receipt
    is judged by. `media` is empty for a relay; `ms` is the length of its sound."""

    id = models.BigAutoField(primary_key=True)
    station = models.ForeignKey("outlets.Station", models.CASCADE, related_name="+")
    item = models.CharField(max_length=32)
    at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    bulletin = models.CharField(max_length=64)
    media = models.CharField(max_length=64, blank=True)
    ms = models.PositiveIntegerField(null=True)
    only = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "item"], name="issued_item_once")
        ]
        indexes: ClassVar = [models.Index(fields=["station", "at"], name="issued_item_at")]

    def __str__(self) -> str:
        return f"{self.station_id} {self.item}"


class Dirty(models.Model):
    """A station whose plan has to be looked at again. Set by facts, cleared by the builder."""

    station = models.OneToOneField("outlets.Station", models.CASCADE, primary_key=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.station)
