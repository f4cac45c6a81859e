"""Tests of the emergency chain: every day without a sound, every week with a short one.

Lane, broker, device, its ladder and the way back of its signed answer are the same as an order's.
What a device may be asked is only what a node may command: to measure its output (silent), or to
sound a tone (audible). No fact per device: rounds have their own tables and are forgotten.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.db import transaction

from loa.alerts import selectors as alerts
from loa.delivery import events
from loa.delivery.models import ChainCheck, ChainHour, ChainRound
from loa.delivery.rules import is_silent
from loa.journal import services as journal
from loa.lib import clock
from loa.outlets import rules
from loa.outlets import selectors as outlets
from loa.people.authority import NodeIdentity
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside_any, outlet_address
from loa_protocol.payloads import Command, ReceiptItem, new_nonce

if TYPE_CHECKING:
    from loa.outlets.models import Outlet

LIFE = timedelta(minutes=10)
"""A command's own; who has not answered by then did not get it by the emergency's way."""
SILENT_FROM, SILENT_SPREAD_MIN = 2 * 60, 120
"""Minutes of Vietnam's day: at night, each commune at its own time."""
AUDIBLE_WITHIN = timedelta(minutes=15)
"""A weekly test that was missed is not made up for at another hour."""
FIRST_WITHIN = timedelta(hours=1)
AT_ONCE = 5
"""Rounds that begin in one look: an order never waits behind a flood of tests."""
CHECKS_KEPT, ROUNDS_KEPT = timedelta(days=90), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Ask:
    """A signed command for one outlet, to be published."""

    wire_id: str
    data: bytes


def begin_due(node: NodeIdentity, now: datetime) -> list[Ask]:
    """Begin the rounds that are due and return their commands. Communes where an order is in force
    wait: there the chain proves itself."""
    areas = outlets.communes_with_devices()
    busy = alerts.areas_in_force()
    since = now - timedelta(days=7)
    done = {
        (way, path): began
        for way, path, began in ChainRound.objects.filter(began_at__gt=since)
        .order_by("began_at", "pk")
        .values_list("way", "path", "began_at")
    }
    hours = {row.path: row for row in ChainHour.objects.all()}
    found: list[Ask] = []
    due = [
        (way, area)
        for way in ("audible", "silent")
        for area in areas
        if area not in busy and _is_due(way, area, hours.get(area), done.get((way, area)), now)
    ]
    for way, area in due[:AT_ONCE]:
        found += round_begin(node=node, way=way, area=area, now=now)
    return found


def _is_due(
    way: str, area: str, hour: ChainHour | None, last: datetime | None, now: datetime
) -> bool:
    local = clock.local(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if way == "silent":
        start = midnight + timedelta(minutes=silent_minute(area))
        # A night that was missed is made up for by day; a new commune waits for its first night.
        first = start <= now < start + FIRST_WITHIN
        return first if last is None else now >= start > last
    if hour is None or local.weekday() != hour.weekday:
        return False
    start = midnight + timedelta(minutes=hour.minute)
    return start <= now < start + AUDIBLE_WITHIN and (last is None or last < start)


def silent_minute(area: str) -> int:
    """When in the night a commune's silent test begins: always the same, spread over communes."""
    return SILENT_FROM + zlib.crc32(area.encode()) % SILENT_SPREAD_MIN


def round_begin(*, node: NodeIdentity, way: str, area: str, now: datetime) -> list[Ask]:
    """Begin one round in a commune: a row for it and each outlet, and the commands to publish."""
    do: Literal["measure", "self-test"] = "measure" if way == "silent" else "self-test"
    asked: list[tuple[Outlet, Envelope]] = []
    for outlet in outlets.covered_outlets((area,)):
        payload = Command(
            issuer=node.issuer,
            target=(outlet_address(outlet.wire_id),),
            issued=now,
            expires=now + LIFE,
            nonce=new_nonce(),
            do=do,
        )
        asked.append((outlet, node.sign(Kind.COMMAND, payload)))
    with transaction.atomic():
        row = ChainRound.objects.create(way=way, path=area, began_at=now, asked=len(asked))
        ChainCheck.objects.bulk_create(
            [ChainCheck(round=row, outlet=outlet, command=one.id) for outlet, one in asked]
        )
    return [Ask(outlet.wire_id, one.to_bytes()) for outlet, one in asked]


def answers_take(*, outlet_id: UUID, items: Sequence[ReceiptItem]) -> frozenset[str]:
    """Store what a device answered to its tests; returns the ids that were tests. Inside the
    transaction that keeps the receipt; the last word of an answer counts."""
    wanted = {item.id for item in items if len(item.id) == 64 and item.bulletin is None}
    if not wanted:
        return frozenset()
    rows = ChainCheck.objects.filter(outlet_id=outlet_id, command__in=wanted)
    known = {row.command: row for row in rows}
    for item in items:
        row = known.get(item.id)
        if row is None or (item.result == "accepted" and item.grade is None and row.result):
            continue
        row.answered_at = row.answered_at or item.at
        row.result, row.level_lufs = item.result, item.level_lufs
        row.volume_pct = item.volume_pct
        row.why = item.reason or ""
        row.save()
    return frozenset(known)


def close_due(now: datetime) -> int:
    """Count the rounds whose time is over and record an alarm for each commune that owes answers;
    returns how many were closed."""
    over = ChainRound.objects.filter(closed_at=None, began_at__lt=now - LIFE)[:AT_ONCE]
    rounds = list(over)
    for row in rounds:
        _close(row, now)
    return len(rounds)


def _close(row: ChainRound, now: datetime) -> None:
    checks = list(row.checks.select_related("outlet__health"))
    heard = [check for check in checks if check.answered_at is not None]
    loud = [check for check in heard if _sounded(check)]
    for check in checks:
        if check.answered_at is None:
            check.why = why(check.outlet, now)
    with transaction.atomic():
        won = ChainRound.objects.filter(pk=row.pk, closed_at=None).update(
            closed_at=now, answered=len(heard), sounded=len(loud)
        )
        if not won:
            return
        ChainCheck.objects.bulk_update(checks, ["why"])
        good = len(loud) if row.way == "audible" else len(heard)
        if good < len(checks):
            journal.record(
                actor="node",
                kind=events.CHAIN_BROKEN,
                place=row.path,
                subject=f"chain:{row.pk}",
                payload={"way": row.way, "asked": len(checks), "missing": len(checks) - good},
            )


def _sounded(check: ChainCheck) -> bool:
    return check.result == "played" and not is_silent(check.level_lufs, check.volume_pct)


def why(outlet: "Outlet", now: datetime) -> str:
    """Why an outlet did not answer, as far as its last health tells."""
    health = getattr(outlet, "health", None)
    return rules.why_silent(
        seen_at=health.seen_at if health else None,
        online=health.online if health else False,
        report=health.report if health else {},
        newest=_own_version(),
        now=now,
    )


def _own_version() -> tuple[int, ...]:
    try:
        return rules.software_version(f"loa-player {version('loa')}")
    except PackageNotFoundError:
        return ()


def hour_set(*, actor: Actor, path: str, weekday: int | None, minute: int = 0) -> None:
    """When the commune's weekly test sounds; None for never. Raises NotAllowed, ValueError."""
    ensure(actor, Action.OUTLET_COMMAND, path)
    if weekday is not None and not (0 <= weekday <= 6 and 0 <= minute < 24 * 60):
        raise ValueError("no such hour")
    with transaction.atomic():
        if weekday is None:
            ChainHour.objects.filter(pk=path).delete()
        else:
            ChainHour.objects.update_or_create(
                path=path, defaults={"weekday": weekday, "minute": minute}
            )
        journal.record(
            actor=str(actor),
            kind=events.CHAIN_HOUR_SET,
            place=path,
            subject=f"place:{path}",
            payload={"weekday": weekday, "minute": minute},
        )


def forget(now: datetime) -> int:
    """Drop what is older than its time; how many rounds."""
    ChainCheck.objects.filter(round__began_at__lt=now - CHECKS_KEPT).delete()
    return ChainRound.objects.filter(began_at__lt=now - ROUNDS_KEPT).delete()[0]


# What is read


def last_rounds(places: Iterable[str], way: str) -> list[ChainRound]:
    """The last closed round of each commune inside the places, worst first."""
    mine = tuple(places)
    newest: dict[str, ChainRound] = {}
    since = clock.now() - timedelta(days=30)
    for row in ChainRound.objects.filter(
        way=way, closed_at__isnull=False, began_at__gt=since
    ).order_by("began_at", "pk"):
        if inside_any(row.path, mine):
            newest[row.path] = row
    return sorted(
        newest.values(), key=lambda row: (-row.missing / max(1, row.asked), -row.missing, row.path)
    )


def missing_lately(places: Iterable[str]) -> int:
    """Outlets in these places that owed an answer in the last night's tests."""
    since, mine = clock.now() - timedelta(hours=36), tuple(places)
    rows = ChainRound.objects.filter(way="silent", closed_at__isnull=False, began_at__gt=since)
    newest = {
        row.path: row for row in rows.order_by("began_at", "pk") if inside_any(row.path, mine)
    }
    return sum(row.missing for row in newest.values())


def failed_checks(rounds: Iterable[ChainRound], limit: int) -> list[ChainCheck]:
    """The outlets of these rounds that did not answer, or did not sound."""
    found = ChainCheck.objects.filter(round__in=list(rounds)).select_related(
        "outlet__station__place", "round"
    )
    bad = []
    for check in found.order_by("round__path", "outlet__code"):
        if check.answered_at is None or (check.round.way == "audible" and not _sounded(check)):
            bad.append(check)
            if len(bad) == limit:
                break
    return bad


def hours_of(paths: Iterable[str]) -> dict[str, ChainHour]:
    """The weekly hour of each of these communes that chose one."""
    return {row.path: row for row in ChainHour.objects.filter(pk__in=list(paths))}
