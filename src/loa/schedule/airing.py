"""When a bulletin is to be aired: wished for while it is written, carried out on its approval."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import new_id
from loa.lib.sentences import Sentence, clock_time
from loa.newsroom import selectors as newsroom
from loa.people.rules import NODE, Action, Actor
from loa.people.selectors import ensure
from loa.schedule import events, rules, selectors, services
from loa.schedule.coming import Coming, Tables, coming_at, newcomer
from loa.schedule.models import AiringWish
from loa.schedule.rules import ScheduleRefused, Session, Wish
from loa.schedule.selectors import Day, StationRef

DAYS_AHEAD = 35
"""How far sessions are looked for: the longest series and a few days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Airing:
    """One wish. `how`: the `next` session with room, `sessions` by their starts, `fixed` at a
    moment, or `later`: the officer decides on the hour after the approval."""

    how: str = "next"
    sessions: tuple[datetime, ...] = ()
    at: datetime | None = None
    days: int = 1
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A session and, for a fixed wish, the moment in it."""

    session: Session
    at: datetime | None = None


def check(airing: Airing) -> None:
    """Raise ScheduleRefused, with a sentence, for what cannot be a wish."""
    if airing.how not in {"next", "sessions", "fixed", "later"}:
        raise ScheduleRefused("Chọn phát khi nào.")
    if not 1 <= airing.days <= services.SERIES_DAYS_MAX:
        raise ScheduleRefused("Số ngày lặp lại từ 1 đến %(most)s.", most=services.SERIES_DAYS_MAX)
    if airing.how == "sessions" and not airing.sessions:
        raise ScheduleRefused("Chọn ít nhất một buổi phát trong danh sách.")
    if airing.how == "fixed" and airing.at is None:
        raise ScheduleRefused("Ghi ngày và giờ phát.")
    if airing.until is not None and airing.until < selectors.today():
        raise ScheduleRefused("Ngày cuối cùng đã qua.")


def choose(airing: Airing, coming: Coming, item: Wish) -> list[Chosen]:
    """The sessions that the wish means, in order; empty where there is none to come. Pure."""
    if airing.how == "next":
        daily = coming.daily(item, airing.days, until=airing.until)
        return [Chosen(session) for session in daily]
    starts = airing.sessions if airing.how == "sessions" else ((airing.at,) if airing.at else ())
    found: dict[datetime, Chosen] = {}
    for start in starts:
        for shift in range(airing.days):
            moment = start + timedelta(days=shift)
            if airing.until is not None and clock.local(moment).date() > airing.until:
                break
            chosen = _chosen(airing, coming, moment, item.seconds)
            if chosen is not None:
                found[chosen.at or chosen.session.start] = chosen
    return [found[key] for key in sorted(found)][: services.SERIES_DAYS_MAX]


def _chosen(airing: Airing, coming: Coming, moment: datetime, seconds: int) -> Chosen | None:
    if airing.how != "fixed":
        found = next((one for one in coming.sessions if one.start == moment), None)
        return Chosen(found) if found else None
    end = moment + timedelta(seconds=seconds)
    held = next((one for one in coming.sessions if one.start <= moment and end <= one.end), None)
    return Chosen(held, moment) if held and moment > coming.now else None


def wish_set(
    *, actor: Actor, bulletin_id: UUID, station: StationRef, airing: Airing | None
) -> None:
    """Keep when a bulletin is to be aired at a station; None takes the wish back.

    Raises NotAllowed, ScheduleRefused: for a station of another office than the bulletin's, and
    for another wish once the bulletin was handed in: the approver decides on the hour, too. The
    same wish again changes nothing.
    """
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    if newsroom.office_of(bulletin_id) != station.path:
        raise ScheduleRefused("Đài này không thuộc đơn vị soạn tin. Chọn đài của đơn vị mình.")
    if airing is not None:
        check(airing)
    with transaction.atomic():
        may_change = newsroom.is_editable(bulletin_id, lock=True)
        if not is_another(bulletin_id, station.id, airing):
            return
        if not may_change:
            raise ScheduleRefused(
                "Tin đã gửi duyệt thì không đổi giờ phát được nữa. Xin người duyệt trả lại."
            )
        rows = AiringWish.objects.filter(bulletin_id=bulletin_id, station_id=station.id)
        rows.delete()
        if airing is not None:
            AiringWish.objects.create(
                bulletin_id=bulletin_id,
                station_id=station.id,
                how=airing.how,
                sessions=[start.isoformat() for start in airing.sessions],
                at=airing.at,
                days=airing.days,
                until=airing.until,
                made_by=str(actor),
                made_at=clock.now(),
            )
        journal.record(
            actor=str(actor),
            kind=events.AIRING_WISHED,
            place=station.path,
            subject=f"bulletin:{bulletin_id}",
            payload={"station": str(station.id), "how": airing.how if airing else ""},
        )


def is_another(bulletin_id: UUID, station_id: UUID, airing: Airing | None) -> bool:
    """Whether `airing` is not what is wished for at the station already."""
    row = AiringWish.objects.filter(bulletin_id=bulletin_id, station_id=station_id).first()
    return airing != (None if row is None else wish_of(row))


def wish_of(row: AiringWish) -> Airing:
    return Airing(
        how=row.how,
        sessions=tuple(datetime.fromisoformat(start) for start in row.sessions),
        at=row.at,
        days=row.days,
        until=row.until,
    )


def wishes_for(bulletin_id: UUID) -> list[AiringWish]:
    """The wishes of a bulletin, with their stations. The caller has seen that the asker may."""
    rows = AiringWish.objects.filter(bulletin_id=bulletin_id)
    return list(rows.select_related("station__place").order_by("made_at", "pk"))


def carry_out(*, bulletin_id: UUID, content: dict[str, Any], seconds: int, class_name: str) -> None:
    """Make the slots of an approved bulletin as its author wished.

    Runs on the approval's own fact and raises nothing for a wish that does not fit any more: that
    is kept with the wish as a sentence, and the officer sees it.
    """
    for row in wishes_for(bulletin_id):
        if row.done_at is not None:
            continue
        station = StationRef(row.station_id, row.station.wire_id, row.station.place.path)
        if row.how == "later":
            continue
        try:
            with transaction.atomic():
                _make_slots(station, wish_of(row), content, seconds, class_name)
            problem = ""
        except ScheduleRefused as refusal:
            problem = str(refusal)
        AiringWish.objects.filter(pk=row.pk).update(done_at=clock.now(), problem=problem)
        if problem:
            journal.record(
                actor=str(NODE),
                kind=events.AIRING_FAILED,
                place=station.path,
                subject=f"bulletin:{bulletin_id}",
                payload={"station": str(station.id)},
            )


def _make_slots(
    station: StationRef, airing: Airing, content: dict[str, Any], seconds: int, class_name: str
) -> None:
    coming = coming_at(station, DAYS_AHEAD)
    item = newcomer(content, seconds, class_name=class_name)
    chosen = choose(airing, coming, item)
    if not chosen:
        raise ScheduleRefused(
            "Đến lúc duyệt thì các buổi phát đã chọn đều đã qua. Mở tin này, chọn buổi khác."
        )
    series = new_id() if len(chosen) > 1 else None
    for one in chosen:
        try:
            services.slot_add(
                actor=NODE,
                station=station,
                content=content,
                seconds=seconds,
                session=one.session,
                at=one.at,
                class_name=class_name,
                series=series,
            )
        except ScheduleRefused as refusal:
            why = refusal.sentence if one == chosen[0] else _on(one, refusal.sentence)
            raise ScheduleRefused(why.text, **why.values) from refusal


def _on(one: Chosen, why: Sentence) -> Sentence:
    """What is wrong with one of several, with its time before it."""
    start = clock.local(one.at or one.session.start)
    return Sentence(
        "Buổi %(at)s ngày %(day)s: %(why)s", at=clock_time(start), day=f"{start:%d/%m}", why=why
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """The first day as it will be with the item in it, which sounds `times` in all; `problem` in
    words where a session has no place for it, `passed` whether a nearer one had none."""

    day: date | None = None
    programme: rules.Programme | None = None
    item: rules.Placed | None = None
    whole: Day | None = None
    times: int = 0
    repeated: bool = False
    passed: bool = False
    problem: Sentence | None = None


def preview(
    station: StationRef, airing: Airing, item: Wish, tables: Tables | None = None
) -> Preview:
    """What would happen to the item, without writing anything. Three queries, two where the caller
    has the timetables."""
    coming = coming_at(station, DAYS_AHEAD, tables)
    now = coming.now
    chosen = choose(airing, coming, item)
    if not chosen:
        return Preview(
            problem=Sentence("Không có buổi phát nào còn tới như đã chọn. Chọn buổi khác.")
        )
    first = chosen[0]
    day = clock.local(first.session.start).date()
    laid = selectors.day_of(station, day, now, coming.tables)
    mine = replace(item, fixed_at=first.at)
    before = coming.lines.get(first.session.start, [])
    programme = rules.arrange(first.session, [*before, mine], now)
    problem = _problem(chosen, coming, item)
    placed = next((one for one in programme.placed if one.wish.key == mine.key), None)
    programmes = tuple(
        programme if one.session.start == first.session.start else one for one in laid.programmes
    )
    return Preview(
        day=day,
        programme=programme,
        item=None if problem else placed,
        whole=replace(laid, programmes=programmes),
        times=len(chosen),
        repeated=airing.days > 1 or len(chosen) > 1,
        passed=airing.how == "next" and first.session != coming.sessions[0],
        problem=problem,
    )


def _problem(chosen: list[Chosen], coming: Coming, item: Wish) -> Sentence | None:
    """The first session of those chosen that has no place in line for the item, in words."""
    for one in chosen:
        if one.at is None and not coming.takes(one.session, item):
            line = coming.lines.get(one.session.start, [])
            why = rules.no_room(one.session, line, item, coming.now)
            return why if one == chosen[0] else _on(one, why)
    return None
