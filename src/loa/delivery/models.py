"""Receipts and plays."""

from typing import ClassVar

from django.db import models

from loa.lib.ids import new_id


class Receipt(models.Model):
    """A device's signed word, byte for byte; the id is the envelope's id."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="receipts")
    kid = models.CharField(max_length=22)
    envelope = models.BinaryField()
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class CountedPlays(models.Manager["Play"]):
    """The plays that may be counted: a doubtful receipt's are none of them."""

    def get_queryset(self) -> models.QuerySet["Play"]:
        return super().get_queryset().filter(doubt="")


class Play(models.Model):
    """One result for one item on one outlet, as a receipt states it.

    `doubt` says why it cannot be true (`rules.Doubt`); blank for a plausible one. `objects` leaves
    the doubtful out, so that no sum counts them by mistake; `kept` has all.

    `grade` is A (measured at the horn), B (the player's own output), C (another system's word) or
    D (a person's word). Repeated receipts meet the unique constraint and change nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="plays")
    station = models.ForeignKey("outlets.Station", models.PROTECT, related_name="plays")
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="plays")
    item = models.CharField(max_length=64)
    run = models.PositiveIntegerField(default=0)
    bulletin = models.ForeignKey(
        "newsroom.Bulletin", models.PROTECT, null=True, related_name="plays"
    )
    media_sha256 = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=1, blank=True)
    started_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True)
    from_ms = models.PositiveIntegerField(null=True)
    played_ms = models.PositiveIntegerField(null=True)
    level_lufs = models.FloatField(null=True)
    volume_pct = models.PositiveSmallIntegerField(null=True)
    simulated = models.BooleanField(default=False)
    doubt = models.CharField(max_length=20, blank=True, default="")

    kept: ClassVar = models.Manager["Play"]()
    objects: ClassVar = CountedPlays()

    class Meta:
        base_manager_name = "kept"
        default_manager_name = "objects"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["outlet", "item", "result", "run", "doubt"], name="play_result_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["bulletin", "at"], name="play_bulletin_at")]

    def __str__(self) -> str:
        return f"{self.item} {self.result}"


class DeviceDay(models.Model):
    """How much an outlet's receipts said on one day (Vietnam's), and how much of it is doubtful."""

    id = models.BigAutoField(primary_key=True)
    outlet = models.ForeignKey("outlets.Outlet", models.CASCADE, related_name="+")
    day = models.DateField()
    items = models.PositiveIntegerField(default=0)
    doubtful = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outlet", "day"], name="device_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.day}"


class OpenDocument(models.Model):
    """The newest signed `open` of a commune: every order in force there, and trust versions."""

    area = models.CharField(primary_key=True, max_length=24)
    version = models.BigIntegerField(db_index=True)
    sha256 = models.CharField(max_length=64)
    envelope = models.BinaryField()
    issued_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.area} v{self.version}"


class ChainRound(models.Model):
    """One test of the emergency chain in a commune: `silent` (a measurement that nobody hears), or
    `audible` (a short tone). Counts are written when it closes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    way = models.CharField(max_length=8)
    path = models.CharField(max_length=24)
    began_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    sounded = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.way} {self.path} {self.began_at}"

    @property
    def missing(self) -> int:
        """Those that did not answer, or (audible) from which nothing sounded."""
        return self.asked - (self.sounded if self.way == "audible" else self.answered)


class ChainCheck(models.Model):
    """One outlet in a round. `command` is the id of the signed command that asked it; `why` what
    was known when it had not answered by the round's end."""

    round = models.ForeignKey(ChainRound, models.CASCADE, related_name="checks")
    outlet = models.ForeignKey("outlets.Outlet", models.CASCADE, related_name="+")
    command = models.CharField(max_length=64, unique=True)
    answered_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, blank=True)
    level_lufs = models.FloatField(null=True)
    volume_pct = models.PositiveSmallIntegerField(null=True)
    why = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.result}"


class ChainHour(models.Model):
    """When a commune's loudspeakers sound their weekly test: its own choice, or not at all."""

    path = models.CharField(primary_key=True, max_length=24)
    weekday = models.PositiveSmallIntegerField()
    minute = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.path} {self.weekday} {self.minute}"
