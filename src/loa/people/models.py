"""Accounts and the roles they hold at places, from a day to a day."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id
from loa.people.rules import RoleName

ROLE_LABELS = {
    RoleName.ADMINISTRATOR: _("Quản trị"),
    RoleName.REGISTRAR: _("Người đăng ký khóa"),
    RoleName.MINISTRY_EDITOR: _("Biên tập viên của Bộ"),
    RoleName.PROVINCE_EDITOR: _("Biên tập viên cấp tỉnh"),
    RoleName.PROVINCE_APPROVER: _("Người duyệt cấp tỉnh"),
    RoleName.COMMUNE_OFFICER: _("Cán bộ truyền thanh xã"),
    RoleName.COMMUNE_APPROVER: _("Lãnh đạo xã (duyệt tin)"),
    RoleName.ALERT_AUTHOR: _("Người soạn lệnh khẩn cấp"),
    RoleName.ALERT_APPROVER: _("Người duyệt lệnh khẩn cấp"),
    RoleName.TECHNICIAN: _("Kỹ thuật viên"),
    RoleName.AUDITOR: _("Người kiểm tra"),
}


class Account(AbstractUser):
    """One person who signs in. What they may do is in their roles, not here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    full_name = models.CharField(max_length=80)
    person = models.CharField(max_length=40, blank=True, db_index=True)
    """The person behind the account, as orders name them; blank means the account's own. Somebody
    with two accounts is one person in both, so that nobody is their own second signature."""
    phone = models.CharField(max_length=16, blank=True)
    """Where the person is called in an emergency: digits, `+` before them from abroad. Shown only
    to those who write or approve urgent orders where this person may sign them."""
    first_name = None  # type: ignore[assignment]  # a Vietnamese name is one name
    last_name = None  # type: ignore[assignment]  # the same

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def person_id(self) -> str:
        """Who this is in signed documents."""
        return self.person or f"p-{self.pk.hex}"

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        """The given name, which comes last: how colleagues speak of each other."""
        return self.full_name.split()[-1] if self.full_name else self.username


class Role(models.Model):
    """A role at a place from `since` until `until` (the first day without it; None is open)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="roles")
    name = models.CharField(max_length=20, choices=[(k.value, v) for k, v in ROLE_LABELS.items()])
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    lent_from = models.ForeignKey("self", models.CASCADE, null=True, related_name="lent")
    """The role of who is away: what was lent holds only while that one holds."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "name", "place", "since"], name="role_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=models.F("since")),
                name="role_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.name} {self.place}"


class Invitation(models.Model):
    """A single-use, expiring link to set one's own password by. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation of {self.account}"


class Document(models.Model):
    """A signed envelope of the trust chain that devices need: root, delegation, trust, policy.

    Kept byte for byte as it was signed; the newest version per (kind, subject, path) is served.
    """

    sha256 = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=80, blank=True)
    path = models.CharField(max_length=24)
    version = models.BigIntegerField()
    envelope = models.BinaryField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    alarmed = models.PositiveSmallIntegerField(null=True)
    """The last alarm about its end that was told: 60, 30, 14, 7 days before, or 0."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject", "path", "version"], name="document_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.path} v{self.version}"


class PersonKey(models.Model):
    """The public half of a key that a person made: in a browser, or in a file of their own.

    It gives no right by itself; delegations do. `person` is the id they name.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="keys")
    person = models.CharField(max_length=40, db_index=True)
    kid = models.CharField(max_length=22, unique=True)
    alg = models.CharField(max_length=8)
    key = models.BinaryField()
    label = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField()
    lost_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person} {self.kid}"


class DelegationDraft(models.Model):
    """A delegation for a person on its way: exact bytes, signed by one registrar, for a second."""

    id = models.CharField(primary_key=True, max_length=64)
    key = models.ForeignKey(PersonKey, models.PROTECT, related_name="drafts")
    path = models.CharField(max_length=24)
    drill = models.BooleanField()
    payload = models.BinaryField()
    envelope = models.BinaryField(null=True)
    first = models.CharField(max_length=40, blank=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key.person} {self.path}"
