"""Links to other nodes, what is to be told to them, and what they told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id
from loa_protocol.peer_api import GENESIS


class LinkState(models.TextChoices):
    LINKED = "linked", _("đang liên thông")
    UNLINKED = "unlinked", _("đã ngắt")


class Link(models.Model):
    """The other side of a link, and how far each has the other's list.

    `path` is the other node's place as its papers name it, `former` as they did before a
    reorganisation of units; between the two the gazetteer here may be ahead of the papers.

    `below` says that the other node is below us. What we tell it: `exported` is the journal's
    number up to which facts were looked at for it, `out_*` the end of its list, `out_acked` how far
    it has that, `base_*` what its present epoch begins behind. What it tells us: `in_*`, and
    `in_size`, the end of its list by its own newest signed head. `had` is the number up to which
    entries had been taken before this node was restored from a backup: they are kept again, and
    nothing airs a second time for them.

    `full`: too much of it waits here, nothing more is taken until there is room; `dropped` is the
    number of entries that were not understood or refused and then let go of (`bounds`). `epoch_at`
    is when our list last began a new epoch, `restore_noted_at` when the journal last noted that we
    ourselves were restored.

    `answers`: this node answers questions that the other side asks about single rows.

    A link that was ended keeps its row and its lists: linking again goes on where it stopped.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    peer = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=24)
    former = models.CharField(max_length=24, blank=True)
    below = models.BooleanField()
    url = models.CharField(max_length=300, blank=True)
    kid = models.CharField(max_length=22)
    state = models.CharField(max_length=8, choices=LinkState.choices, default=LinkState.LINKED)
    software = models.CharField(max_length=64, blank=True)
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)
    exported = models.BigIntegerField(default=0)
    out_epoch = models.PositiveIntegerField(default=1)
    out_seq = models.BigIntegerField(default=0)
    out_hash = models.CharField(max_length=64, default=GENESIS)
    out_acked = models.BigIntegerField(default=0)
    base_seq = models.BigIntegerField(default=0)
    base_hash = models.CharField(max_length=64, default=GENESIS)
    in_epoch = models.PositiveIntegerField(default=0)
    in_seq = models.BigIntegerField(default=0)
    in_hash = models.CharField(max_length=64, default=GENESIS)
    in_size = models.BigIntegerField(default=0)
    in_head = models.BinaryField(default=b"")
    had = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    summed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=200, blank=True)
    error_at = models.DateTimeField(null=True)
    stopped = models.BooleanField(default=False)
    full = models.BooleanField(default=False)
    dropped = models.BigIntegerField(default=0)
    epoch_at = models.DateTimeField(null=True)
    restore_noted_at = models.DateTimeField(null=True)
    answers = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.peer} {self.state}"


class Question(models.Model):
    """What the node above asked a province live: how one bulletin sounded in one commune, row by
    row. `rows` is None until it is answered; `refused` where the province does not permit it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="questions")
    bulletin = models.UUIDField()
    commune = models.CharField(max_length=24)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    refused = models.BooleanField(default=False)
    rows = models.JSONField(null=True)
    more = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.bulletin} {self.commune}"


class LinkCode(models.Model):
    """A single-use, expiring code that lets one province's node in. Only its hash is kept."""

    code_hash = models.CharField(primary_key=True, max_length=64)
    path = models.CharField(max_length=24)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.path} {self.made_at}"


class Outgoing(models.Model):
    """One entry of the list for one link. `text` is the entry's canonical text without its number;
    `hash` the chain's hash at it. A row never changes once it was told."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(Link, models.PROTECT, related_name="outgoing")
    seq = models.BigIntegerField()
    fact = models.UUIDField()
    kind = models.CharField(max_length=60)
    text = models.TextField()
    hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "seq"], name="outgoing_number_once"),
            models.UniqueConstraint(fields=["link", "fact"], name="outgoing_fact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.seq} {self.kind}"


class OutgoingMedia(models.Model):
    """A file that an entry for a link names: what the other side may fetch."""

    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "sha256"], name="outgoing_media_once")
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Taken(models.TextChoices):
    """What became of an entry of the other side."""

    QUEUED = "queued", _("chờ xử lý")
    WAITING = "waiting", _("chờ phần còn thiếu")
    APPLIED = "applied", _("đã xử lý")
    UNKNOWN = "unknown", _("chưa hiểu, giữ lại")
    REFUSED = "refused", _("không nhận")


class Incoming(models.Model):
    """One entry of the other side's list, as it came. `epoch` and `seq` are its number there."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(Link, models.PROTECT, related_name="incoming")
    epoch = models.PositiveIntegerField()
    seq = models.BigIntegerField()
    fact = models.UUIDField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    schema = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=24)
    body = models.TextField()
    hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=Taken.choices, default=Taken.QUEUED)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "seq"], name="incoming_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["link", "fact"], name="incoming_fact"),
            # Spelled as alternatives: SQLite uses it for `state = ?` only so, and the worker asks
            # several times a second among all that ever came.
            models.Index(
                fields=["state", "link", "seq"],
                name="incoming_open",
                condition=Q(state="queued")
                | Q(state="waiting")
                | Q(state="unknown")
                | Q(state="refused"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.seq} {self.kind}"


class Fetch(models.Model):
    """A file that something from the other side needs and that is not here yet."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    bytes = models.BigIntegerField()
    mime = models.CharField(max_length=60)
    ms = models.PositiveIntegerField(null=True)
    asked_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class Aired(models.Model):
    """How a bulletin sounded in one commune of a province below, as the province sums it up.

    Grades stand apart in `grades` ({"B": 12}); `rows` is the number of results behind the line.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    bulletin = models.UUIDField(db_index=True)
    commune = models.CharField(max_length=24)
    outlets = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    grades = models.JSONField()
    seconds = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "bulletin", "commune"], name="aired_once")
        ]

    def __str__(self) -> str:
        return f"{self.bulletin} {self.commune}: {self.outlets}"


class Told(models.Model):
    """The last summary told about one subject, so that only what changed is told again."""

    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "subject"], name="told_once")
        ]

    def __str__(self) -> str:
        return self.subject
