"""Khi nào: the part of the writing page that says when a bulletin is aired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.schedule import airing, selectors
from loa.schedule.airing import Airing
from loa.schedule.coming import Tables, coming_at_all
from loa.schedule.handlers import station_ref
from loa.schedule.rules import ScheduleRefused, Session, Wish
from loa.web import formats, timeline
from loa.web.scheduling import fixed_time, item_of

if TYPE_CHECKING:
    from loa.newsroom.models import Version
    from loa.outlets.models import Station
    from loa.schedule.models import AiringWish

SESSIONS_SHOWN = 8
SOONEST_SHOWN = 3
STATIONS_MOST = 12
"""A commune that took in several others has a station of each."""
WAYS = ("next", "sessions", "fixed", "later")


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringTyped:
    """The fields as they stand in the browser; an empty `when` is no wish at all, no station
    means every station of the office."""

    when: str = ""
    stations: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    day: str = ""
    hour: str = ""
    days: str = ""
    until: str = ""


def from_post(post: QueryDict) -> AiringTyped:
    """Read the fields. Never raises."""
    texts = {name: post.get(f"air_{name}", "")[:20] for name in ("day", "hour", "days", "until")}
    return AiringTyped(
        when=post.get("when", "")[:10],
        stations=tuple(text[:40] for text in post.getlist("air_station")[:STATIONS_MOST]),
        sessions=tuple(text[:40] for text in post.getlist("air_session")[:31]),
        **texts,
    )


def from_wishes(rows: "Sequence[AiringWish]") -> AiringTyped:
    """Kept wishes on the page again: one wish at one or more stations."""
    if not rows:
        return AiringTyped()
    row = rows[0]
    at = clock.local(row.at) if row.at else None
    return AiringTyped(
        when=row.how,
        stations=tuple(str(one.station_id) for one in rows),
        sessions=tuple(dict.fromkeys(start for one in rows for start in one.sessions)),
        day=f"{at:%Y-%m-%d}" if at else "",
        hour=f"{at:%H:%M}" if at else "",
        days=str(row.days) if row.days > 1 else "",
        until=row.until.isoformat() if row.until else "",
    )


def airing_of(typed: AiringTyped) -> Airing | None:
    """The wish; None where the officer says nothing. Raises ScheduleRefused in words."""
    if not typed.when:
        return None
    if typed.when == "later":
        return Airing(how="later")
    made = Airing(
        how=typed.when,
        sessions=tuple(_start(text) for text in typed.sessions) if typed.when == "sessions" else (),
        at=fixed_time(typed.day, typed.hour) if typed.when == "fixed" else None,
        days=_days(typed.days),
        until=_until(typed.until),
    )
    airing.check(made)
    return made


def _start(text: str) -> datetime:
    try:
        start = clock.moment_read(text)
    except ValueError as error:
        raise ScheduleRefused(_("Chọn một buổi phát trong danh sách.")) from error
    if start.tzinfo is None:
        raise ScheduleRefused(_("Chọn một buổi phát trong danh sách."))
    return start


def _days(text: str) -> int:
    plain = text.strip() or "1"
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 3:
        raise ScheduleRefused(_("Ghi số ngày lặp lại, từ 1 đến 31."))
    return int(plain)


def _until(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return clock.day_read(text.strip())
    except ValueError as error:
        raise ScheduleRefused(
            _("“%(text)s” không phải là một ngày có thật.") % {"text": text.strip()[:20]}
        ) from error


def stations_for(who: Actor, path: str) -> "list[Station]":
    """The office's own stations where the asker may put things on air."""
    if path not in who.places(Action.SCHEDULE_EDIT):
        return []
    return list(outlets.stations_in([path])[:STATIONS_MOST])


def chosen_of(stations: "Sequence[Station]", typed: AiringTyped) -> "list[Station]":
    """Those that were ticked; all where none was."""
    return [one for one in stations if str(one.pk) in typed.stations] or list(stations)


def wishes_at(
    stations: "Sequence[Station]", typed: AiringTyped, wish: Airing | None
) -> "list[tuple[Station, Airing | None]]":
    """The wish of each station: of chosen sessions its own alone, none at one that is not ticked.

    Where no station has a chosen session any more the wish stays whole, so that its author is told.
    """
    ticked = {station.pk for station in chosen_of(stations, typed)}
    found = [(one, _at(one, wish) if one.pk in ticked else None) for one in stations]
    if wish is not None and not any(mine for _station, mine in found):
        return [(one, wish if one.pk in ticked else None) for one in stations]
    return found


def _at(station: "Station", wish: Airing | None) -> Airing | None:
    if wish is None or wish.how != "sessions":
        return wish
    own = {session.start for session in coming(station)}
    mine = tuple(start for start in wish.sessions if start in own)
    return replace(wish, sessions=mine) if mine else None


def tables_of(stations: "Sequence[Station]") -> Tables:
    """The stations' timetables, by station. One query."""
    return selectors.timetables_of([station_ref(station) for station in stations])


def coming(station: "Station", tables: Tables | None = None) -> list[Session]:
    """The sessions that one may choose from."""
    known = (tables_of([station]) if tables is None else tables)[station.pk]
    return selectors.coming_sessions(known, clock.now(), 7)[:SESSIONS_SHOWN]


def sessions_of(stations: "Sequence[Station]", tables: Tables) -> list[Session]:
    """The sessions of several stations to choose from, each start once."""
    by_start = {
        session.start: session for station in stations for session in coming(station, tables)
    }
    return [by_start[start] for start in sorted(by_start)][:SESSIONS_SHOWN]


def previews_of(
    stations: "Sequence[Station]",
    typed: AiringTyped,
    item: Wish,
    tables: Tables,
) -> dict[str, Any]:
    """The day of each station as it will be; what is wrong with the wish in words."""
    try:
        wish = airing_of(typed)
    except Refusal as refusal:
        return {"problem": refusal.sentence.said(_)}
    if wish is None or wish.how == "later":
        return {"later": True}
    return {"days": [_day(station, wish, item, tables) for station in stations]}


def _day(station: "Station", wish: Airing, item: Wish, tables: Tables) -> dict[str, Any]:
    try:
        shown = airing.preview(station_ref(station), wish, item, tables)
    except Refusal as refusal:
        return {"station": station, "problem": refusal.sentence.said(_)}
    problem = shown.problem.said(_) if shown.problem else ""
    return {
        "station": station,
        "shown": shown,
        "problem": problem,
        "rows": _rows(shown),
        "free_s": shown.programme.room_s(clock.now()) if shown.programme else 0,
        "picture": _picture(shown),
    }


def _picture(shown: airing.Preview) -> timeline.Picture | None:
    """The whole day drawn, the item being written standing out."""
    if shown.day is None or shown.whole is None or shown.item is None:
        return None
    mine = {shown.item.wish.key: "mine"}
    whole = shown.whole
    return timeline.draw(shown.day, whole.programmes, whole.quiet, mine, clock.now())


def _rows(shown: airing.Preview) -> list[dict[str, Any]]:
    if shown.programme is None:
        return []
    mine = shown.item.wish.key if shown.item else None
    return [
        {"at": placed.at, "title": placed.wish.title, "mine": placed.wish.key == mine}
        for placed in shown.programme.placed
    ]


def wish_words(rows: "Sequence[AiringWish]", waits: "Version | None" = None) -> list[str]:
    """The wishes of a bulletin as sentences for approver and author; of a version that `waits`,
    with the session that an approval of now would reach, for the first SOONEST_SHOWN stations."""
    near = [row for row in rows if row.how == "next"][:SOONEST_SHOWN] if waits else []
    soonest = _soonest(near, waits) if waits else {}
    return [_words(row, soonest.get(row.station_id, "")) for row in rows]


def _soonest(rows: "Sequence[AiringWish]", version: "Version") -> dict[UUID, str]:
    """By station: the first session that takes it, in words."""
    item = item_of(version)
    stations = [station_ref(row.station) for row in rows]
    found = {}
    for station_id, coming in coming_at_all(stations, airing.DAYS_AHEAD).items():
        session = coming.room_for(item)
        if session is None:
            found[station_id] = _("lúc này chưa buổi nào đủ chỗ")
        elif session.start <= coming.now:
            told = {"start": formats.moment(session.start)}
            found[station_id] = _("duyệt bây giờ là buổi đang mở từ %(start)s") % told
        else:
            told = {"start": formats.moment(session.start)}
            found[station_id] = _("duyệt bây giờ là buổi %(start)s") % told
    return found


def _words(row: "AiringWish", soonest: str = "") -> str:
    if row.how == "later":
        when = _("chưa chọn giờ, xếp lịch sau khi duyệt")
    elif row.how == "fixed" and row.at:
        when = _("đúng %(at)s") % {"at": _moment(row.at)}
    elif row.how == "sessions":
        starts = [_moment(datetime.fromisoformat(start)) for start in row.sessions]
        when = _("buổi %(starts)s") % {"starts": "; ".join(starts)}
    else:
        when = _("buổi phát gần nhất còn chỗ sau khi duyệt")
        if soonest:
            when = f"{when} ({soonest})"
    if row.days > 1:
        count = ngettext("lặp lại %(count)d ngày", "lặp lại %(count)d ngày", row.days)
        when = f"{when}, {count % {'count': row.days}}"
    if row.until:
        when = _("%(when)s, đến hết %(day)s") % {"when": when, "day": formats.day(row.until)}
    return f"{row.station.name}: {when}"


def _moment(moment: datetime) -> str:
    return f"{formats.hour(moment)}, {formats.day(moment)}"
