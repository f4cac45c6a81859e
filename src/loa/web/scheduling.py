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
from loa.schedule.airable import meant_for
from loa.schedule.coming import DAYS, coming_at, coming_at_all, newcomer
from loa.schedule.handlers import seconds_of, slot_content, station_ref
from loa.schedule.rules import ScheduleRefused, Session, Wish, parse_hour

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin, Version
    from loa.outlets.models import Station

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
    """A station the asker may schedule at, with its coming sessions and the first that takes it."""

    station: Any
    sessions: tuple[Session, ...]
    soonest: Session | None


def offers(who: Actor, bulletin: "Bulletin") -> list[Offer]:
    """The stations where the asker may put this bulletin: its own commune's, or, for a bulletin
    from above, those of the asker's commune whose library holds it."""
    version = newsroom.approved_version(bulletin.pk) if bulletin.state == "approved" else None
    if version is None:
        return []
    stations = _stations(who, bulletin, version)[:STATIONS_MAX]
    found = coming_at_all([station_ref(station) for station in stations])
    offered = []
    for station in stations:
        coming = found[station.pk]
        item = item_of(version, own=bulletin.place.path == station.place.path)
        offered.append(Offer(station, coming.sessions[:OFFERED_MAX], coming.room_for(item)))
    return offered


def item_of(version: "Version", *, own: bool = True) -> Wish:
    """What the version would want of a session."""
    span = {"valid_from": version.valid_from, "valid_until": version.valid_until}
    return newcomer(span, seconds_of(version), class_name=version.class_name, own=own)


def _stations(who: Actor, bulletin: "Bulletin", version: "Version") -> "list[Station]":
    paths = [
        path for path in who.places(Action.SCHEDULE_EDIT) if meant_for(bulletin, version, path)
    ]
    return outlets.stations_in(paths) if paths else []


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
    item = _item(bulletin, version, station)
    given: dict[str, Any] = item | {"actor": who, "station": station_ref(station)}
    if wanted.days:
        return services.slot_repeat(sessions=_daily(station, wanted.days, item), **given)
    session = _session(station, wanted, item | {"filler": filler})
    return [services.slot_add(session=session, at=wanted.at, filler=filler, **given)]


def _item(bulletin: "Bulletin", version: "Version", station: "Station") -> dict[str, Any]:
    return {
        "content": slot_content(version),
        "seconds": seconds_of(version),
        "class_name": version.class_name,
        "own": bulletin.place.path == station.place.path,
    }


def _session(station: "Station", wanted: Wanted, item: dict[str, Any]) -> Session:
    ref = station_ref(station)
    if wanted.at is not None:
        session = selectors.session_at(ref, wanted.at, item["seconds"])
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
        bulletin_id = item["content"]["bulletin_id"]
        found = coming_at(ref).session_for(newcomer(**item), bulletin_id)
    if found is None:
        raise ScheduleRefused(
            _("Đài chưa có buổi phát nào trong 14 ngày tới. Đặt lịch tuần trước.")
        )
    return found


def _daily(station: "Station", days: int, item: dict[str, Any]) -> list[Session]:
    coming = coming_at(station_ref(station), DAYS + days)
    bulletin_id = item["content"]["bulletin_id"]
    found = coming.daily(newcomer(**item), days, bulletin_id=bulletin_id)
    if not found:
        raise ScheduleRefused(_("Đài chưa có buổi phát nào trong những ngày ấy."))
    return found


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
