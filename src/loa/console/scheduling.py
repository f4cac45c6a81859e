"""Đưa vào lịch: where and when an approved bulletin may sound, and putting it there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.newsroom.rules import BulletinRefused
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.schedule import selectors, services
from loa.schedule.handlers import seconds_of, slot_content, station_ref
from loa.schedule.rules import ScheduleRefused, Session, parse_hour
from loa_protocol.paths import inside

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin, Version
    from loa.outlets.models import Station

DAYS_AHEAD = 14
OFFERED_MAX = 20
STATIONS_MAX = 3
"""A commune after a merger may run several; its page offers the first of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One of: the next session (nothing set), a session by its start, a fixed time, n days."""

    session: datetime | None = None
    at: datetime | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A station the asker may schedule at, with its coming sessions."""

    station: Any
    sessions: tuple[Session, ...]


def offers(who: Actor, bulletin: "Bulletin") -> list[Offer]:
    """The stations where the asker may put this bulletin: its own commune's, or, for a bulletin
    from above, those of the asker's commune whose library holds it."""
    version = newsroom.approved_version(bulletin.pk) if bulletin.state == "approved" else None
    if version is None:
        return []
    found = []
    for station in _stations(who, bulletin, version)[:STATIONS_MAX]:
        ref = station_ref(station)
        # From yesterday: a session over midnight is still open after it.
        first = selectors.today() - timedelta(days=1)
        sessions = selectors.sessions_between(ref, first, DAYS_AHEAD + 1)
        coming = [session for session in sessions if session.end > clock.now()]
        found.append(Offer(station, tuple(coming[:OFFERED_MAX])))
    return found


def _stations(who: Actor, bulletin: "Bulletin", version: "Version") -> "list[Station]":
    paths = [
        path
        for path in who.places(Action.SCHEDULE_EDIT)
        if path == bulletin.place.path or _is_for(version, path)
    ]
    return outlets.stations_in(paths) if paths else []


def _is_for(version: "Version", path: str) -> bool:
    """Whether a bulletin from above was sent to this commune, or to a part of it."""
    return any(inside(path, target) or inside(target, path) for target in version.targets)


def schedule(
    who: Actor, bulletin: "Bulletin", station: "Station", wanted: Wanted, *, filler: bool = False
) -> list[Any]:
    """Make the slots; a filler sounds only where nothing else does.

    Raises NotAllowed, BulletinRefused, ScheduleRefused; then none is made.
    """
    version = newsroom.approved_version(bulletin.pk)
    if version is None:
        raise BulletinRefused(_("Tin chưa được duyệt nên chưa xếp lịch được."))
    if version.production is None or version.production.opus_id is None:
        raise BulletinRefused(_("Tin này không có âm thanh nên không xếp lịch được."))
    check_for_station(bulletin, version, station)
    given: dict[str, Any] = {
        "actor": who,
        "station": station_ref(station),
        "content": slot_content(version),
        "seconds": seconds_of(version),
        "class_name": version.class_name,
        "own": bulletin.place.path == station.place.path,
    }
    if wanted.days:
        return services.slot_repeat(sessions=_daily(station, wanted.days), **given)
    session = _session(station, wanted, seconds_of(version))
    return [services.slot_add(session=session, at=wanted.at, filler=filler, **given)]


def check_for_station(bulletin: "Bulletin", version: "Version", station: "Station") -> None:
    """Raise BulletinRefused unless the bulletin is this commune's, or was sent to it."""
    path = station.place.path
    if bulletin.place.path != path and not _is_for(version, path):
        raise BulletinRefused(_("Tin này không gửi tới địa bàn của đài."))


def _session(station: "Station", wanted: Wanted, seconds: int) -> Session:
    ref = station_ref(station)
    if wanted.at is not None:
        session = selectors.session_at(ref, wanted.at, seconds)
        if session is None:
            raise ScheduleRefused(
                _(
                    "Giờ này nằm ngoài buổi phát của đài. Chọn giờ trong một buổi,"
                    " hoặc sửa lịch tuần."
                )
            )
        return session
    if wanted.session is not None:
        near = wanted.session - timedelta(days=1)
        sessions = selectors.sessions_between(ref, clock.local(near).date(), 3)
        found = next((one for one in sessions if one.start == wanted.session), None)
    else:
        found = selectors.next_session(ref)
    if found is None:
        raise ScheduleRefused(
            _("Đài chưa có buổi phát nào trong 14 ngày tới. Đặt lịch tuần trước.")
        )
    return found


def _daily(station: "Station", days: int) -> list[Session]:
    """The first session that is still to come on each of the next `days` days."""
    ref = station_ref(station)
    now = clock.now()
    by_day: dict[Any, Session] = {}
    for session in selectors.sessions_between(ref, selectors.today(now), days + 1):
        if session.end > now:
            by_day.setdefault(clock.local(session.start).date(), session)
    if not by_day:
        raise ScheduleRefused(_("Đài chưa có buổi phát nào trong những ngày ấy."))
    return list(by_day.values())[:days]


def day_of(text: str) -> date:
    """`2026-11-23` as a day. Raises ScheduleRefused for what is none (31/02)."""
    try:
        return clock.day_read(text.strip()[:10])
    except ValueError as error:
        raise ScheduleRefused(
            "“%(text)s” không phải là một ngày có thật.", text=text.strip()[:20]
        ) from error


def fixed_time(day_text: str, hour_text: str) -> datetime:
    """`2026-11-23` and `16:40` as one moment on the Vietnamese clock.

    Raises ScheduleRefused for what is no day or hour (31/02, 25:00).
    """
    return datetime.combine(day_of(day_text), parse_hour(hour_text.strip()[:8]), clock.VIETNAM)
