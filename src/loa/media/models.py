"""Files by content, and the making of programmes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class File(models.Model):
    """A file of the content-addressed store. The row says what it is; the hash is its name."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    mime = models.CharField(max_length=60)
    bytes = models.BigIntegerField()
    ms = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class ProductionState(models.TextChoices):
    QUEUED = "queued", _("đang chờ")
    WORKING = "working", _("đang làm")
    DONE = "done", _("xong")
    FAILED = "failed", _("không làm được")


class Production(models.Model):
    """One programme in the making: spoken text or a recording becomes Opus and MP3."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    spoken = models.TextField(blank=True)
    voice = models.CharField(max_length=40, blank=True)
    recording = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=ProductionState.choices, default="queued")
    progress_pct = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(blank=True)
    opus = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    mp3 = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    ms = models.PositiveIntegerField(null=True)
    level_lufs = models.FloatField(null=True)
    peak_dbtp = models.FloatField(null=True)
    made_at = models.DateTimeField()
    touched_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "made_at"], name="production_state")]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
