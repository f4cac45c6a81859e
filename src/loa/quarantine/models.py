"""Rows that were set aside."""

from typing import ClassVar

from django.db import models

from loa.lib.ids import new_id


class SetAside(models.Model):
    """One row of one queue that could not be processed. `row` is its id there, `name` what people
    call it; `error` is the class of the exception, `detail` what was wrong, without the content.
    It is tried again at `next_at`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    queue = models.CharField(max_length=40)
    row = models.CharField(max_length=160)
    name = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=80)
    detail = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "row"], name="set_aside_once")
        ]
        ordering: ClassVar = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.queue} {self.row} {self.error}"


class Notice(models.Model):
    """Who governs the node was written to about a queue, on a day in Vietnam."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    queue = models.CharField(max_length=40)
    day = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "day"], name="set_aside_notice_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.day}"
