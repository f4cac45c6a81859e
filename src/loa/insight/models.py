"""Published figures, and what this node counted itself, by commune."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from loa.lib.ids import new_id


class Published(models.Model):
    """A figure as somebody published it: nothing is filled in that was not said.

    `percent` keeps the decimals it was written with ("40" is not "40.0"): they say how exact it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    indicator = models.CharField(max_length=40)
    place = models.CharField(max_length=24, default="vn")
    as_of = models.DateField()
    numerator = models.PositiveBigIntegerField()
    denominator = models.PositiveBigIntegerField(null=True)
    percent = models.CharField(max_length=8, blank=True)
    change = models.CharField(max_length=8, blank=True)
    note = models.CharField(max_length=300, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["indicator", "place", "as_of"], name="published_once")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.as_of}: {self.numerator}"


class Measure(models.Model):
    """What one indicator was in one commune from `since` until `until` (the first day it no longer
    was; none for what stands today).

    `value` adds to a numerator and `base` to a denominator, of every place above; `rows` is how
    many raw rows stand behind them. A row is written only when something changed. `origin` is the
    node that counted it; empty for this one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    indicator = models.CharField(max_length=40)
    commune = models.CharField(max_length=24)
    since = models.DateField()
    until = models.DateField(null=True)
    value = models.PositiveIntegerField()
    base = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    origin = models.CharField(max_length=64, blank=True)
    counted_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["indicator", "commune", "since"], name="measure_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["indicator", "commune"],
                condition=Q(until__isnull=True),
                name="measure_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=models.F("since")),
                name="measure_days_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["indicator", "since"], name="measure_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.commune}: {self.value}/{self.base}"
