"""Orders as their exact bytes, where they reach, and what devices answered."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id

SILENT_LUFS = -60
"""What measures no more than this is silence."""


class State(models.TextChoices):
    PROPOSED = "proposed", _("chờ người thứ hai ký")
    ISSUED = "issued", _("đã ban hành")
    DECLINED = "declined", _("bị từ chối")
    WITHDRAWN = "withdrawn", _("đã rút vì lệnh đổi")


class Order(models.Model):
    """One order: an alert, a drill, an update, a cancel, a mute or a resume.

    `id` is the hex SHA-256 of `payload`, the bytes that both persons sign and that travel.
    `alert` is the alert or drill it is about (its own id for these). `author` and `approver` are
    persons' ids as signed. Columns beside `payload` repeat what it says, to be searched.
    """

    id = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=12)
    drill = models.BooleanField()
    alert = models.CharField(max_length=64, db_index=True)
    revision = models.PositiveIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)
    hazard = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=24)
    payload = models.BinaryField()
    author = models.CharField(max_length=64)
    author_kid = models.CharField(max_length=22)
    author_sig = models.BinaryField()
    approver = models.CharField(max_length=64, blank=True)
    envelope = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    made_at = models.DateTimeField()
    speak_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    proposed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    declined_by = models.CharField(max_length=64, blank=True)
    declined_reason = models.CharField(max_length=300, blank=True)
    overtaken_by = models.CharField(max_length=64, blank=True)
    """The order by which this one, still unsigned by a second person, was withdrawn."""
    ended_at = models.DateTimeField(null=True)
    """When a cancel was issued for it. Its own expiry needs no row."""
    speech = models.ForeignKey("media.File", models.PROTECT, null=True, related_name="+")
    template = models.ForeignKey("alerts.Template", models.PROTECT, null=True, related_name="fills")
    begins_at = models.DateTimeField(null=True)
    """The end of a filled template's window, in which one person stops it for good."""
    alarms = models.JSONField(default=list)
    climbed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["issued_at"],
                name="order_unpublished",
                condition=Q(state="issued", published_at__isnull=True),
            ),
            models.Index(fields=["state", "expires_at"], name="order_state_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id[:12]}"


class Template(models.Model):
    """A wording that two persons signed in advance, for a feed to fill in.

    `name` is its id on the wire: of one name the newest issued version counts. `own_feed`: the key
    is this node's, which fills it from CAP by the rule that was signed with it.
    """

    id = models.CharField(primary_key=True, max_length=64)
    name = models.CharField(max_length=64, db_index=True)
    version = models.BigIntegerField()
    path = models.CharField(max_length=24)
    targets = models.JSONField(default=list)
    level = models.PositiveSmallIntegerField()
    hazard = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=300)
    text = models.TextField()
    cancel_s = models.PositiveSmallIntegerField()
    max_per_day = models.PositiveSmallIntegerField()
    feed_kid = models.CharField(max_length=22)
    own_feed = models.BooleanField(default=False)
    payload = models.BinaryField()
    author = models.CharField(max_length=64)
    author_kid = models.CharField(max_length=22)
    author_sig = models.BinaryField()
    approver = models.CharField(max_length=64, blank=True)
    envelope = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    declined_by = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Target(models.Model):
    """One area of an order, as its wire path."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="targets")
    path = models.CharField(max_length=24, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "path"], name="target_once")
        ]

    def __str__(self) -> str:
        return self.path


class Call(models.Model):
    """What was done to reach one person for an order that waits, and what they did. `mail_failure`
    and `push_failure` are empty, or one word for why nothing went out."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="calls")
    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+")
    mail_at = models.DateTimeField(null=True)
    mail_failure = models.CharField(max_length=20, blank=True)
    push_at = models.DateTimeField(null=True)
    push_failure = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    """When the order's page last said that it is open before this person."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "account"], name="call_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.order_id[:12]}"


class Area(models.Model):
    """A commune that an order reached into when it was issued, with its live outlets then."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="areas")
    path = models.CharField(max_length=24)
    targeted = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "path"], name="order_area_once")
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.targeted}"


class Answer(models.Model):
    """What one outlet said about one order, from its signed receipts; the first time counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="answers")
    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="+")
    area = models.CharField(max_length=24)
    first_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    played_at = models.DateTimeField(null=True)
    plays = models.PositiveIntegerField(default=0)
    refused = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    level_lufs = models.FloatField(null=True)
    volume_pct = models.PositiveSmallIntegerField(null=True)
    late = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "outlet"], name="answer_once")
        ]
        indexes: ClassVar = [models.Index(fields=["order", "area"], name="answer_order_area")]

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.order_id[:12]}"

    @property
    def soundless(self) -> bool:
        """It played, and what was measured was silence."""
        return self.plays > 0 and (self.level_lufs is None or self.level_lufs <= SILENT_LUFS)


class Clip(models.Model):
    """A short spoken piece that devices hold: hazards, place names, "khẩn cấp", "diễn tập"."""

    name = models.CharField(primary_key=True, max_length=64)
    text = models.CharField(max_length=300)
    voice = models.CharField(max_length=40)
    file = models.ForeignKey("media.File", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class FeedVoices(models.Model):
    """How many voices a feed had made on one of Vietnam's days."""

    feed_kid = models.CharField(max_length=22)
    day = models.DateField()
    made = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["feed_kid", "day"], name="feed_voices_once")
        ]

    def __str__(self) -> str:
        return f"{self.feed_kid} {self.day}: {self.made}"


class CapWay(models.TextChoices):
    URL = "url", _("máy chủ tự hỏi")
    POST = "post", _("nơi gửi đẩy tới")


class CapSource(models.Model):
    """Whence CAP messages come: an address that is asked, or a sender with a token of its own.

    `senders` are the CAP senders it may speak for; `certificates` (PEM) those who may sign; with
    `must_sign` unsigned ones are refused. Only the token's hash is kept. `etag` and `links` are
    the poll's memory.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=24)
    way = models.CharField(max_length=4, choices=CapWay.choices)
    url = models.CharField(max_length=500, blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    senders = models.JSONField(default=list)
    certificates = models.TextField(blank=True)
    must_sign = models.BooleanField(default=True)
    added_by = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    links = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class CapFile(models.Model):
    """The bytes of a message as they came, by their hash."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256[:12]


class CapMessage(models.Model):
    """A CAP message that came: understood, or refused by name. Nothing is aired because of a row.

    `sure`: a known certificate signed it, or its sender's token brought it. `draft` is what kind
    of order it may become; empty where it is never aired (Test, System, Draft, Ack, Error).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(CapFile, models.PROTECT, null=True, related_name="messages")
    source = models.ForeignKey(CapSource, models.PROTECT, null=True, related_name="messages")
    path = models.CharField(max_length=24)
    by = models.CharField(max_length=80)
    received_at = models.DateTimeField(db_index=True)
    identifier = models.CharField(max_length=500, blank=True)
    sender = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, blank=True)
    msg_type = models.CharField(max_length=12, blank=True)
    signer = models.CharField(max_length=300, blank=True)
    sure = models.BooleanField(default=False)
    draft = models.CharField(max_length=12, blank=True)
    hazard = models.CharField(max_length=64, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    onset_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    areas = models.JSONField(default=list)
    """[described, [paths], [those that are only nearest], [codes that are not ours]] per area."""
    references = models.JSONField(default=list)
    """[sender, identifier] of the earlier messages that it is about."""
    refused = models.CharField(max_length=40, blank=True)
    refused_text = models.CharField(max_length=500, blank=True)
    answered = models.CharField(max_length=40, blank=True)
    """Why a template did not take it up, by name, where one would have."""
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="cap_messages")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sender", "identifier", "sent_at"],
                condition=Q(refused=""),
                name="cap_message_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.identifier}"

    @property
    def targets(self) -> tuple[str, ...]:
        """Every place once, in the order of the message."""
        return tuple(dict.fromkeys(path for area in self.areas for path in area[1]))


class CapExport(models.Model):
    """An order of ours as signed CAP, as it is published."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="cap")
    data = models.BinaryField()
    made_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.order_id[:12]
