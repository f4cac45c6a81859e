"""Stations, outlets, devices, claims and the telemetry devices send."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id, short_id


def station_wire_id() -> str:
    return short_id("s")


def outlet_wire_id() -> str:
    return short_id("o")


class Technology(models.TextChoices):
    IP = "ip", _("CNTT - viễn thông (IP)")
    FM = "fm", _("FM")
    WIRED = "wired", _("Có dây")
    MIXED = "mixed", _("Kết hợp")


class Station(models.Model):
    """A commune's radio station. After a merger a commune may still run several."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wire_id = models.CharField(max_length=24, unique=True, default=station_wire_id)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="stations")
    name = models.CharField(max_length=120)
    folded = models.CharField(max_length=200, blank=True)
    technology = models.CharField(max_length=5, choices=Technology.choices, default="ip")
    simulated = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "name"], name="station_name_in_commune")
        ]

    def __str__(self) -> str:
        return self.name


class Outlet(models.Model):
    """One thing that reaches people, in its place. For a speaker: the cluster on a pole."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wire_id = models.CharField(max_length=24, unique=True, default=outlet_wire_id)
    kind = models.CharField(max_length=20, default="speaker")
    station = models.ForeignKey(Station, models.PROTECT, related_name="outlets")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    folded = models.CharField(max_length=200, blank=True)
    hamlet = models.ForeignKey(
        "places.Place", models.PROTECT, null=True, blank=True, related_name="+"
    )
    latitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    volume_pct = models.PositiveSmallIntegerField(default=100, validators=[MaxValueValidator(100)])
    speakers = models.PositiveSmallIntegerField(null=True, blank=True)
    vendor = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=60, blank=True)
    config = models.JSONField(default=dict, blank=True)
    """The settings of its channel (`Channel.Config`); a loudspeaker has none."""
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "code"], name="outlet_code_in_station"),
            models.CheckConstraint(condition=Q(volume_pct__lte=100), name="outlet_volume_pct"),
        ]
        indexes: ClassVar = [models.Index(fields=["latitude", "longitude"], name="outlet_on_map")]

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """The box at an outlet from its enrolment until its revocation. Its key never leaves it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="devices")
    serial = models.CharField(max_length=80)
    model = models.CharField(max_length=80, blank=True)
    alg = models.CharField(max_length=8)
    key = models.BinaryField()
    kid = models.CharField(max_length=22, unique=True)
    broker_secret = models.CharField(max_length=128)
    address = models.CharField(max_length=45, blank=True)
    moves = models.PositiveSmallIntegerField(default=0)
    moves_since = models.DateTimeField(null=True)
    assignment = models.BinaryField(null=True)
    former_area = models.CharField(max_length=24, blank=True, db_index=True)
    """The commune that the device still takes itself to be in, after a reorganisation: blank once
    it has spoken from the present one by its own signature."""
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["outlet"], condition=Q(revoked_at__isnull=True), name="device_one_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.serial} @ {self.outlet}"


class Claim(models.Model):
    """A single-use, expiring code that binds the next device; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="claims")
    code_hash = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"claim for {self.outlet}"


class ClaimFailure(models.Model):
    """A wrong claim code, by the serial and the address that tried it. Five lock both."""

    at = models.DateTimeField(db_index=True)
    serial = models.CharField(max_length=80, db_index=True)
    address = models.CharField(max_length=45, db_index=True)

    def __str__(self) -> str:
        return f"{self.serial} {self.at}"


class Trouble(models.TextChoices):
    CLONE = "clone", _("hai thiết bị dùng một khóa")
    REPLACED = "replaced", _("thiết bị đã bị thay hoặc thu hồi")
    CLAIM_USED = "claim_used", _("mã ghép đã có thiết bị khác dùng")


class Knock(models.Model):
    """A device that asked to be enrolled and is nobody's, or not who it should be.

    What strangers write is bounded: one row a key, the oldest go (`enrolment.KNOCKS_MAX`).
    """

    kid = models.CharField(primary_key=True, max_length=22)
    serial = models.CharField(max_length=80)
    model = models.CharField(max_length=100)
    alg = models.CharField(max_length=8)
    key = models.BinaryField()
    short = models.CharField(max_length=14, db_index=True)
    area = models.CharField(max_length=24, blank=True)
    address = models.CharField(max_length=45, blank=True)
    trouble = models.CharField(max_length=12, choices=Trouble.choices, blank=True)
    outlet = models.ForeignKey(Outlet, models.SET_NULL, null=True, related_name="knocks")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.serial} {self.short}"


class Command(models.Model):
    """What a device was asked to do, and what it answered. The row first, then the doorbell.

    `envelope` is the command as signed; `word` is a person's answer to a test sentence (grade D).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="commands")
    do = models.CharField(max_length=20)
    volume_pct = models.PositiveSmallIntegerField(null=True)
    production = models.UUIDField(null=True, db_index=True)
    speech_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    speech_bytes = models.PositiveIntegerField(null=True)
    speech_ms = models.PositiveIntegerField(null=True)
    given_by = models.CharField(max_length=80)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ready = models.BooleanField(default=True)
    envelope = models.BinaryField(null=True)
    envelope_id = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  unique
    result = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    level_lufs = models.FloatField(null=True)
    answered_at = models.DateTimeField(null=True)
    heard = models.BooleanField(null=True)
    heard_by = models.CharField(max_length=80, blank=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["outlet", "given_at"], name="command_of_outlet")]

    def __str__(self) -> str:
        return f"{self.outlet} {self.do}"


class Photo(models.Model):
    """A picture of the pole: a file of the media store."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=20)
    taken_by = models.CharField(max_length=80)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outlet", "sha256"], name="photo_once")
        ]

    def __str__(self) -> str:
        return f"{self.outlet} {self.sha256[:12]}"


class Note(models.Model):
    """What somebody wrote about a pole for the next who comes."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=1000)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.outlet} {self.at}"


class Health(models.Model):
    """What an outlet's device last said of itself. Telemetry: overwritten, not a journal fact."""

    outlet = models.OneToOneField(Outlet, models.CASCADE, primary_key=True, related_name="health")
    seen_at = models.DateTimeField(db_index=True)
    online = models.BooleanField(default=True)
    state = models.CharField(max_length=20, blank=True)
    item = models.CharField(max_length=64, blank=True)
    level_lufs = models.FloatField(null=True)
    volume_pct = models.PositiveSmallIntegerField(null=True)
    plan_version = models.BigIntegerField(null=True)
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.outlet} {self.state}"


class HealthHour(models.Model):
    """One hour of an outlet's life for the heart strip: the worst state seen, and how often."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    reports = models.PositiveIntegerField(default=0)
    worst = models.CharField(max_length=20, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outlet", "hour"], name="health_hour_once")
        ]

    def __str__(self) -> str:
        return f"{self.outlet} {self.hour} {self.worst}"


class ToldCount(models.Model):
    """How the outlets of a commune stood by the word of the node that has them; see AreaCount."""

    path = models.CharField(primary_key=True, max_length=24)
    origin = models.CharField(max_length=64)
    outlets = models.PositiveIntegerField()
    silent = models.PositiveIntegerField()
    trouble = models.PositiveIntegerField()
    never = models.PositiveIntegerField()
    people_unreached = models.PositiveIntegerField()
    hamlets_unreached = models.PositiveIntegerField()
    hamlets_unknown = models.PositiveIntegerField()
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.path} {self.silent}/{self.outlets}"


class AreaCount(models.Model):
    """How the outlets of a place stood when they were last counted: the wall's own numbers.

    `silent` had spoken and does not any more; `trouble` answers, but reports a fault or is muted.
    People are those of hamlets that have outlets of which none sounds; `hamlets_unknown` of these
    hamlets have no known number of people, so the true figure is higher.
    """

    path = models.CharField(primary_key=True, max_length=24)
    above = models.CharField(max_length=24)
    outlets = models.PositiveIntegerField()
    silent = models.PositiveIntegerField()
    trouble = models.PositiveIntegerField()
    playing = models.PositiveIntegerField()
    never = models.PositiveIntegerField()
    people_unreached = models.PositiveIntegerField()
    hamlets_unreached = models.PositiveIntegerField()
    hamlets_unknown = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["above", "-people_unreached", "-silent", "path"], name="area_worst_first"
            )
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.silent}/{self.outlets}"
