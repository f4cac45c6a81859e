"""Accounts at outside systems, the outlets they reach, and what goes out and comes in by them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class AccountState(models.TextChoices):
    ACTIVE = "active", _("đang dùng")
    PAUSED = "paused", _("tạm dừng")
    BLOCKED = "blocked", _("bị chặn")
    CLOSED = "closed", _("đã đóng")


class ChannelAccount(models.Model):
    """A sign-in at an outside system, or for a channel without one the place where it works.

    `settings` and `limits` are the typed models' JSON. `secrets` is sealed (`channels.sealing`).
    `paused` until `paused_until`, then used again; `blocked` until a person tests it. `problem`
    says why. `revision` grows with every change and guards lost ones.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    limits = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=AccountState.choices, default="active")
    paused_until = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    capabilities = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ChannelOutlet(models.Model):
    """One thing by which an account reaches people in a place: a list, a board, a page.

    `pole` is set where it is also a cluster of a station. `sync_due_at` is for outlets in state
    mode: when they have to be told again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="outlets")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    pole = models.OneToOneField(
        "outlets.Outlet", models.PROTECT, null=True, related_name="channel_outlet"
    )
    name = models.CharField(max_length=120)
    folded = models.CharField(max_length=200, blank=True)
    profile = models.JSONField(default=dict)
    takes_bulletins = models.BooleanField(default=True)
    takes_orders = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)
    sync_due_at = models.DateTimeField(null=True, db_index=True)
    synced_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """One bulletin or urgent order for one outlet: a row before the first send.

    `state` and `grade` are what is known (`rules.advance`), `withdrawn` how far taking it back has
    come. A `waiting` row is due at `due_at`; a `sending` one belongs to a worker until `lease_at`.
    `code` and `error` are the last failure. `content_sha256` is the hash in the approval; for an
    order its id.
    """

    key = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(ChannelOutlet, models.PROTECT, related_name="dispatches")
    order = models.ForeignKey("alerts.Order", models.PROTECT, null=True, related_name="dispatches")
    bulletin = models.ForeignKey(
        "newsroom.Bulletin", models.PROTECT, null=True, related_name="dispatches"
    )
    form = models.CharField(max_length=20, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="waiting")
    grade = models.CharField(max_length=1, blank=True)
    tries = models.PositiveIntegerField(default=0)
    alone = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    lease_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    withdrawn = models.CharField(max_length=9, blank=True)
    withdraw_due_at = models.DateTimeField(null=True)
    withdraw_tries = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    withdraw_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "outlet"], name="dispatch_order_once"),
            models.UniqueConstraint(fields=["bulletin", "outlet"], name="dispatch_bulletin_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=True) ^ Q(bulletin__isnull=True),
                name="dispatch_says_one_thing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-urgent", "due_at"], name="dispatch_due"),
            models.Index(
                fields=["withdraw_due_at"],
                name="dispatch_to_withdraw",
                condition=Q(withdraw_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class ListMember(models.Model):
    """A person of an outlet that is a list, with the record of their consent (double opt-in).

    `asked_at` by whom, `confirmed_at` by the person's own press, under the text named by `wording`.
    After `stopped_at` the address is erased; `address_hash` stays, so that nobody adds the person
    again without a new consent. `unreachable_until`: their mail system refused it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(ChannelOutlet, models.PROTECT, related_name="members")
    address = models.CharField(max_length=254, blank=True)
    address_hash = models.CharField(max_length=64)
    wording = models.CharField(max_length=20)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    letter_due_at = models.DateTimeField(null=True, db_index=True)
    letter_tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=20, blank=True)
    unreachable_until = models.DateTimeField(null=True)
    bounces = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outlet", "address_hash"], name="member_once")
        ]

    def __str__(self) -> str:
        return str(self.id)


class DispatchRecipient(models.Model):
    """One person's copy of a list's dispatch: a row before it is sent, so that a retry reaches only
    those who have none."""

    id = models.BigAutoField(primary_key=True)
    dispatch = models.ForeignKey(Dispatch, models.CASCADE, related_name="recipients")
    ref = models.UUIDField()
    state = models.CharField(max_length=8, default="waiting")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispatch", "ref"], name="recipient_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["dispatch", "state", "due_at"], name="recipient_due")
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.state}"


class LimitCount(models.Model):
    """How many units an account has used in one window (`rules.windows`)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ChannelAccount, models.CASCADE, related_name="+")
    span = models.CharField(max_length=6)
    start = models.DateTimeField(db_index=True)
    used = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "span", "start"], name="limit_window_once")
        ]

    def __str__(self) -> str:
        return f"{self.span} {self.start} {self.used}"


class Inbound(models.Model):
    """What an outside system sent us, byte for byte: stored, answered, then understood.

    `key` is the sender's own id of it, or the hash of its bytes: the same twice is one row.
    `headers` are those that the channel needs. The body goes once it was understood and its time
    is over.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    account = models.ForeignKey(ChannelAccount, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=128)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_index=True)
    understood_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="inbound_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="inbound_to_do",
                condition=Q(understood_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:12]}"
