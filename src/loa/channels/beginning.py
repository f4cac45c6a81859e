"""A row for every outlet that something is for, committed before anything is sent."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from loa.alerts import selectors as alerts
from loa.alerts.models import Order
from loa.channels.accounts import target_of
from loa.channels.contract import AnyChannel, Mode
from loa.channels.failures import ChannelError, Failure
from loa.channels.models import (
    AccountState,
    ChannelOutlet,
    Dispatch,
    DispatchRecipient,
)
from loa.channels.registry import channels
from loa.newsroom.models import Bulletin, BulletinClass, Version
from loa.newsroom.renditions import Form
from loa.places import selectors as places
from loa.places.selectors import inside
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

SOUNDED = frozenset({"alert", "drill", "update", "fill"})
HAD_IT = ("sending", "carried", "unknown", "shown")
ARTICLE_DAYS = timedelta(days=3)
"""A bulletin without an end is not begun anywhere later than this after it was due."""

NO_FORM = Failure(
    code="no_rendition",
    sentence=gettext_noop("Tin này không có dạng mà kênh nhận được (chữ hoặc âm thanh)."),
)
NO_PEOPLE = Failure(
    code="no_recipients", sentence=gettext_noop("Danh sách chưa có ai xác nhận muốn nhận tin.")
)


def begin_orders(now: datetime) -> None:
    """Rows for urgent orders that say something now, at every outlet that takes them."""
    resting = aside.resting(Queue.DISPATCHES)
    kinds = [kind for kind, channel in channels().items() if channel.takes_orders]
    if not kinds or not _standing(kinds).filter(takes_orders=True).exists():
        return
    for order in _speaking(now):
        if order.pk not in resting:
            with quarantine.isolated(Queue.DISPATCHES, order.pk, name=order.title):
                begin_order(order, kinds, now)


def _speaking(now: datetime) -> list[Order]:
    """Orders in force that say something; a filled template once its window is over."""
    return [
        order
        for order in alerts.in_force()
        if order.kind in SOUNDED and (order.begins_at is None or order.begins_at <= now)
    ]


def begin_order(order: Order, kinds: Iterable[str], now: datetime) -> None:
    """Rows for one order, where there are none yet."""
    known = Dispatch.objects.filter(order=order).values("outlet")
    wanted = _standing(kinds).filter(inside(alerts.targets_of(order), "place__path"))
    wanted = wanted.filter(takes_orders=True).exclude(pk__in=known)
    forms = {Form.ARTICLE, Form.MESSAGE} | ({Form.SPEECH} if order.speech_id else set())
    hashes = dict.fromkeys(forms, order.pk)
    rows = [
        Dispatch(
            outlet=outlet,
            order=order,
            urgent=True,
            begun_at=now,
            due_at=now,
            expires_at=order.expires_at,
        )
        for outlet in wanted
    ]
    _store(rows, hashes, now)


def begin_bulletin(bulletin: Bulletin, now: datetime) -> None:
    """Rows for an approved bulletin: at the outlets of its own office in the places that it is for;
    a priority bulletin of an office above at all outlets there; and a correction wherever the
    corrected bulletin had come."""
    version = bulletin.approved_version
    if version is None:
        return
    known = Dispatch.objects.filter(bulletin=bulletin).values("outlet")
    outlets = _standing(channels()).filter(_reached(bulletin, version)).exclude(pk__in=known)
    start = max(now, version.valid_from) if version.valid_from else now
    hashes = _approved_hashes(bulletin, version)
    rows = [
        Dispatch(
            outlet=outlet,
            bulletin=bulletin,
            begun_at=now,
            due_at=start,
            expires_at=version.valid_until or start + ARTICLE_DAYS,
        )
        for outlet in outlets
    ]
    _store(rows, hashes, now)


def _reached(bulletin: Bulletin, version: Version) -> Q:
    office = bulletin.place.path
    targets = places.present(version.targets, own=office) or [office]
    reached = inside(targets, "place__path") & Q(takes_bulletins=True)
    if version.class_name != BulletinClass.PRIORITY:
        # A commune's office speaks to its hamlets; a province's to nobody below but by priority.
        own = Q(place__path=office)
        if office.count("/") == 2:
            own |= inside([office], "place__path")
        reached &= own
    if bulletin.corrects_id:
        had = Dispatch.objects.filter(bulletin=bulletin.corrects_id, state__in=HAD_IT)
        reached |= Q(pk__in=had.values("outlet"))
    return reached


def _approved_hashes(bulletin: Bulletin, version: Version) -> dict[Form, str]:
    decision = bulletin.decisions.filter(version=version, made="approved").order_by("at").last()
    named: Mapping[str, str] = decision.renditions if decision else {}
    return {Form(form): sha256 for form, sha256 in named.items()}


def _standing(kinds: Iterable[str]) -> QuerySet[ChannelOutlet]:
    return (
        ChannelOutlet.objects.filter(account__kind__in=list(kinds), retired_at=None)
        .exclude(account__state=AccountState.CLOSED)
        .select_related("account__place", "place", "pole")
    )


def _store(rows: list[Dispatch], hashes: Mapping[Form, str], now: datetime) -> None:
    """All rows with their recipients in one transaction. A row that cannot be sent stands there as
    failed, with the reason."""
    people: dict[UUID, list[DispatchRecipient]] = {}
    for row in rows:
        channel = channels()[row.outlet.account.kind]
        form = next((one for one in channel.forms if one in hashes), None)
        if form is None:
            _fail(row, NO_FORM, now)
            continue
        row.form, row.content_sha256 = form.value, hashes[form]
        if channel.has_lists:
            people[row.key] = _recipients(row, channel, now)
    with transaction.atomic():
        Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
        made = set(
            Dispatch.objects.filter(pk__in=[row.key for row in rows]).values_list("key", flat=True)
        )
        DispatchRecipient.objects.bulk_create(
            [one for key, held in people.items() if key in made for one in held], batch_size=500
        )
        synced = [row.outlet_id for row in rows if _by_state(row)]
        ChannelOutlet.objects.filter(pk__in=synced).update(sync_due_at=now)


def _by_state(row: Dispatch) -> bool:
    return Mode.STATE in channels()[row.outlet.account.kind].modes


def _recipients(row: Dispatch, channel: AnyChannel, now: datetime) -> list[DispatchRecipient]:
    try:
        found = list(channel.recipients(target_of(row.outlet, channel.kind)))
    except ChannelError as error:
        _fail(row, error.failure, now)
        return []
    if not found:
        _fail(row, NO_PEOPLE, now)
    return [DispatchRecipient(dispatch=row, ref=one.ref, due_at=now) for one in found]


def _fail(row: Dispatch, failure: Failure, now: datetime) -> None:
    row.state, row.done_at = "failed", now
    row.code, row.error = failure.code[:40], failure.sentence[:300]


def people_of(row: Dispatch) -> bool:
    """Give a list's dispatch that has nobody the people who are on the list now. Whether there is
    anybody to send it to; always true for an outlet that is no list. Raises ChannelError."""
    channel = channels()[row.outlet.account.kind]
    if not channel.has_lists or row.recipients.exists():
        return True
    found = channel.recipients(target_of(row.outlet, channel.kind))
    copies = [DispatchRecipient(dispatch=row, ref=one.ref, due_at=row.due_at) for one in found]
    DispatchRecipient.objects.bulk_create(copies, batch_size=500)
    return bool(copies)
