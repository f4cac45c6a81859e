"""People of lists: asked, confirmed by their own press, gone at once when they say so."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from loa.channels import limits
from loa.channels.contract import Recipient
from loa.channels.failures import Failure
from loa.channels.models import ChannelOutlet, ListMember
from loa.channels.registry import channel_of
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

WORDING = "vi-2026-11"
"""Names the text under which people confirm; a changed text gets a new name."""
ASK_LIFE = timedelta(days=14)
BOUNCES_MAX = 3
LETTER_TRIES_MAX, LETTER_AGAIN = 5, timedelta(hours=1)
MEMBERS_MAX = 20_000
ADD_AT_ONCE = 1_000


class MemberRefused(Refusal):
    """Why an address is not added to a list."""


def address_hash(address: str) -> str:
    """Under which an address is remembered after it was erased."""
    return hashlib.sha256(address.strip().casefold().encode()).hexdigest()


def ask(*, actor: Actor, outlet: ChannelOutlet, addresses: Iterable[str]) -> int:
    """Ask these addresses whether they want what the list sends; how many are asked anew.

    Nobody is on the list before their own press. Somebody who left is asked again only after
    ASK_LIFE, and somebody who was asked and did not answer not before that either. Raises
    NotAllowed, MemberRefused.
    """
    ensure(actor, Action.OUTLET_MANAGE, outlet.place.path)
    wanted = _addresses(outlet, addresses)
    if len(wanted) > ADD_AT_ONCE:
        raise MemberRefused("Mỗi lần nhập nhiều nhất %(most)s địa chỉ.", most=ADD_AT_ONCE)
    now = clock.now()
    asked = 0
    with transaction.atomic():
        if outlet.members.count() + len(wanted) > MEMBERS_MAX:
            raise MemberRefused("Danh sách có nhiều nhất %(most)s người.", most=MEMBERS_MAX)
        for address in wanted:
            row, made = ListMember.objects.get_or_create(
                outlet=outlet,
                address_hash=address_hash(address),
                defaults={
                    "address": address,
                    "wording": WORDING,
                    "asked_by": str(actor),
                    "asked_at": now,
                    "letter_due_at": now,
                },
            )
            asked += made or _ask_again(row, address, actor)
    return asked


def _addresses(outlet: ChannelOutlet, typed: Iterable[str]) -> list[str]:
    """The addresses as they are kept, each once. Raises MemberRefused for the first wrong one."""
    channel = channel_of(outlet.account.kind)
    if channel is None or not channel.has_lists:
        raise MemberRefused("Điểm nhận này không phải là danh sách.")
    found: dict[str, str] = {}
    for text in typed:
        if not text.strip():
            continue
        try:
            address = channel.clean_address(text)
        except ValueError as error:
            raise MemberRefused(
                "“%(address)s” không phải là địa chỉ. Sửa lại rồi nhập lại.", address=text[:80]
            ) from error
        found.setdefault(address_hash(address), address)
    return list(found.values())


def _ask_again(row: ListMember, address: str, actor: Actor) -> bool:
    now = clock.now()
    on_the_list = row.confirmed_at is not None and row.stopped_at is None
    if on_the_list or max(row.asked_at, row.stopped_at or row.asked_at) > now - ASK_LIFE:
        return False
    ListMember.objects.filter(pk=row.pk).update(
        address=address,
        wording=WORDING,
        asked_by=str(actor),
        asked_at=now,
        letter_due_at=now,
        letter_tries=0,
        confirmed_at=None,
        stopped_at=None,
        stopped_why="",
        bounces=0,
        unreachable_until=None,
    )
    return True


def confirm(member_id: UUID) -> bool:
    """The person's own press on the page of their letter. False where the question is over."""
    now = clock.now()
    asked = ListMember.objects.filter(pk=member_id, stopped_at=None)
    if asked.filter(confirmed_at__isnull=False).exists():
        return True
    return bool(asked.filter(asked_at__gt=now - ASK_LIFE).update(confirmed_at=now))


def stop(member_id: UUID, *, why: str) -> bool:
    """The person wants no more: from now on nothing is sent, and the address is erased. Whether
    the member is known; twice is once."""
    known = ListMember.objects.filter(pk=member_id)
    known.filter(stopped_at=None).update(
        stopped_at=clock.now(), stopped_why=why[:20], address="", letter_due_at=None
    )
    return known.exists()


def bounced(member_id: UUID, failure: Failure | None) -> None:
    """Their mail system refused a letter: for good, or until a date. Three refusals for good end
    the membership."""
    if failure is not None and failure.retry_at is not None:
        ListMember.objects.filter(pk=member_id).update(unreachable_until=failure.retry_at)
        return
    ListMember.objects.filter(pk=member_id, stopped_at=None).update(bounces=F("bounces") + 1)
    if ListMember.objects.filter(pk=member_id, bounces__gte=BOUNCES_MAX).exists():
        stop(member_id, why="bounced")


@dataclass(frozen=True, slots=True)
class Question:
    """A letter that asks one person whether they want what a list sends."""

    recipient: Recipient
    list_name: str
    office: str


def letters_due(account_id: UUID, most: int) -> list[Question]:
    """Claim the next questions of an account, with their units of its limits. A question whose
    sending is broken off is asked again after an hour, five times at most."""
    now = clock.now()
    with transaction.atomic():
        rows = list(
            ListMember.objects.select_for_update(of=("self",))
            .filter(
                outlet__account=account_id,
                outlet__retired_at=None,
                letter_due_at__lte=now,
                letter_tries__lt=LETTER_TRIES_MAX,
            )
            .select_related("outlet__account", "outlet__place")
            .order_by("letter_due_at", "pk")[:most]
        )
        if not rows:
            return []
        account = rows[0].outlet.account
        mine = rows[: limits.take(account, now, wanted=len(rows), urgent=False)]
        ListMember.objects.filter(pk__in=[row.pk for row in mine]).update(
            letter_due_at=now + LETTER_AGAIN, letter_tries=F("letter_tries") + 1
        )
    return [
        Question(Recipient(ref=row.pk, address=row.address), row.outlet.name, row.outlet.place.name)
        for row in mine
    ]


def letter_sent(member_id: UUID) -> None:
    """The question is on its way."""
    ListMember.objects.filter(pk=member_id).update(letter_due_at=None)


def letter_refused(member_id: UUID, failure: Failure) -> None:
    """The question was not taken: again at the failure's date, or never."""
    ListMember.objects.filter(pk=member_id).update(letter_due_at=failure.retry_at)
    if failure.permanent:
        stop(member_id, why="bounced")


def reachable(outlet_id: UUID) -> list[Recipient]:
    """Who confirmed, has not left and can be reached now."""
    now = clock.now()
    rows = ListMember.objects.filter(
        Q(unreachable_until=None) | Q(unreachable_until__lte=now),
        outlet_id=outlet_id,
        confirmed_at__isnull=False,
        stopped_at=None,
    ).order_by("pk")
    return [Recipient(ref=row.pk, address=row.address) for row in rows.only("pk", "address")]


def counts(outlet_id: UUID) -> dict[str, int]:
    """How many of a list get letters, were asked and have not answered, and left; one query."""
    gone = Q(stopped_at__isnull=False)
    row = ListMember.objects.filter(outlet_id=outlet_id).aggregate(
        confirmed=Count("pk", filter=Q(confirmed_at__isnull=False) & ~gone),
        asked=Count("pk", filter=Q(confirmed_at=None) & ~gone & ~Q(address="")),
        stopped=Count("pk", filter=gone),
    )
    return {name: int(number) for name, number in row.items()}


def forget(now: datetime) -> int:
    """Erase the addresses of people who were asked and did not answer in time."""
    rows = ListMember.objects.filter(confirmed_at=None, asked_at__lt=now - ASK_LIFE)
    return rows.exclude(address="").update(address="", letter_due_at=None)
