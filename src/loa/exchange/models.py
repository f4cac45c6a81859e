"""What went over the official exchange, message by message."""

from typing import ClassVar

from django.db import models

from loa.lib.ids import new_id


class Passed(models.Model):
    """One message, sent (`out`) or received. The same id with the same bytes is one row; with other
    bytes it is refused. `local` is the bulletin it became here, `error` the name of a refusal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    out = models.BooleanField()
    peer = models.CharField(max_length=80)
    message = models.CharField(max_length=80)
    record = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    accepted = models.BooleanField(null=True)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["out", "peer", "message"], name="passed_once")
        ]

    def __str__(self) -> str:
        return f"{self.peer} {self.message}"


class Foreign(models.Model):
    """A bulletin of the other side, by its own id, and the draft it became here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    peer = models.CharField(max_length=80)
    bulletin = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    local = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "bulletin"], name="foreign_bulletin_once")
        ]

    def __str__(self) -> str:
        return f"{self.peer} {self.bulletin}"
