"""Our facts as records of the exchange. Reads only; what we do not know is left out."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings

from loa.delivery import selectors as delivery
from loa.exchange.records import (
    LINE_MAX,
    AirReport,
    Board,
    Bulletin,
    Device,
    Directive,
    Incident,
    IndicatorValue,
    Media,
    Propagandist,
    Record,
    Station,
)
from loa.insight import selectors as insight
from loa.lib import clock
from loa.newsroom import receiving
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.outlets.outages import outages_since
from loa.outlets.rules import state_of
from loa.people.rules import NODE
from loa.places import selectors as places
from loa.tasks import selectors as tasks

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from loa.outlets.models import Outlet

ROWS_MAX = 5_000

_RESULTS = {"played": "completed", "interrupted": "partial", "refused": "failed"}
_EVIDENCE = {"A": "measured_at_horn", "B": "measured_by_player", "C": "other_system", "D": "person"}
_STATES = {"playing": "playing", "fault": "fault", "silent": "offline", "never": "unknown"}


def area_code(path: str) -> str:
    """The official code of a place: the commune's for a hamlet, which has none."""
    parts = path.split("/")
    return parts[min(len(parts), 3) - 1]


def bulletins(path: str, since: datetime) -> Iterator[Bulletin]:
    """Approved bulletins of offices at or below the place that are meant for others, changed since
    then, with their sound by address and hash."""
    rows = newsroom.bulletins(NODE).filter(
        places.inside([path], "place__path"), state="approved", changed_at__gte=since
    )
    for row in rows[:ROWS_MAX]:
        found = receiving.leaving(row.pk)
        if found is None:
            continue
        version = found.version
        yield Bulletin(
            id=str(row.pk),
            source_system=system_id(),
            issuer=version.issuer or row.place.name,
            title=version.title,
            text=version.body.strip() or None,
            category=version.category,
            level="priority" if version.class_name == "priority" else "normal",
            language=version.language,
            media=(
                Media(
                    url=f"{settings.ENV.device_url.rstrip('/')}/media/{found.mp3.sha256}",
                    sha256=found.mp3.sha256,
                    kind="audio",
                    bytes=found.mp3.bytes,
                    seconds=-(-found.ms // 1000),
                ),
            ),
            areas=tuple(dict.fromkeys(map(area_code, places.present(version.targets)))),
            channels=("radio",),
            valid_from=version.valid_from,
            valid_until=version.valid_until,
            version=version.number,
        )


def air_reports(path: str, since: datetime) -> Iterator[AirReport]:
    """What clusters did with bulletins, from their signed receipts."""
    for play in delivery.plays_since(path, since, ROWS_MAX):
        yield AirReport.model_validate(
            {
                "bulletin": str(play.bulletin_id),
                "station": play.station.wire_id,
                "device": play.outlet.wire_id,
                "started_at": play.started_at,
                "ended_at": play.at if play.result in {"played", "interrupted"} else None,
                "result": _RESULTS.get(play.result, "skipped"),
                "reason": play.reason or None,
                "volume": play.volume_pct,
                "evidence": _EVIDENCE.get(play.grade, "none"),
                "received_at": play.receipt.received_at if play.receipt else play.at,
            }
        )


def stations(path: str, since: datetime) -> Iterator[Station]:
    """Every open station, whenever it changed: a register is told whole."""
    rows = outlets.stations(NODE).filter(places.inside([path], "place__path"))
    live = outlets.live_outlets_by_station(row.pk for row in rows[:ROWS_MAX])
    for row in rows[:ROWS_MAX]:
        yield Station.model_validate(
            {
                "id": row.wire_id,
                "commune": row.place.code,
                "name": row.name,
                "technology": row.technology,
                "clusters": live.get(row.pk, 0),
                "status": "working" if live.get(row.pk) else "silent",
            }
        )


def devices(path: str, since: datetime) -> Iterator[Device]:
    """Every standing cluster with the device that hangs there."""
    now = clock.now()
    rows = outlets.outlets(NODE).filter(
        places.inside([path], "station__place__path"), kind="speaker"
    )
    for row in rows[:ROWS_MAX]:
        health = getattr(row, "health", None)
        state = state_of(
            seen_at=health.seen_at if health else None,
            online=bool(health and health.online),
            reported=health.state if health else "",
            now=now,
        )
        device = outlets.live_device(row)
        yield Device.model_validate(
            {
                "id": row.wire_id,
                "station": row.station.wire_id,
                "commune": row.station.place.code,
                "hamlet": row.hamlet.name if row.hamlet else None,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "vendor": row.vendor or None,
                "model": row.model or None,
                "serial": device.serial if device else None,
                "speakers": row.speakers,
                "status": _STATES.get(state, "online"),
                "last_seen": health.seen_at if health else None,
                "installed_at": device.enrolled_at if device else None,
            }
        )


def boards(path: str, since: datetime) -> Iterator[Board]:
    """Every standing board of the register, with what is known of it: where it hangs, and for which
    station's office. Its sort and size are not entered anywhere, so they are left out."""
    for row in _others(path, "board"):
        health = getattr(row, "health", None)
        hamlet = row.hamlet
        yield Board.model_validate(
            {
                "id": row.wire_id,
                "commune": row.station.place.code,
                "owner": row.station.name,
                "level": "hamlet" if hamlet else "commune",
                "location": ", ".join([row.name, hamlet.name] if hamlet else [row.name])[:LINE_MAX],
                "connected": health is not None,
                "status": "unknown" if health is None else "online" if health.online else "offline",
            }
        )


def propagandists(path: str, since: datetime) -> Iterator[Propagandist]:
    """Every propagandist of the register by the number they have there; their names stay here."""
    for row in _others(path, "propagandist"):
        yield Propagandist(
            person=row.wire_id,
            commune=row.station.place.code,
            hamlet=row.hamlet.name if row.hamlet else None,
        )


def incidents(path: str, since: datetime) -> Iterator[Incident]:
    """When clusters were silent or faulty, to the hour; the same incident keeps its id."""
    for one in islice(outages_since(path, since), ROWS_MAX):
        yield Incident(
            id=f"{one.outlet}/{one.kind}/{one.opened_at:%Y%m%d%H}",
            subject=one.outlet,
            commune=one.commune,
            kind=f"device_{one.kind}",
            opened_at=one.opened_at,
            closed_at=one.closed_at,
        )


def _others(path: str, kind: str) -> "QuerySet[Outlet]":
    rows = outlets.outlets(NODE).filter(places.inside([path], "station__place__path"), kind=kind)
    return rows[:ROWS_MAX]


def indicator_values(path: str, since: datetime) -> Iterator[IndicatorValue]:
    """What this node counted itself, as of today."""
    now = clock.now()
    today = clock.local(now).date()
    for code, total in insight.totals(path, today).items():
        yield IndicatorValue(
            indicator=code,
            area=area_code(path),
            period=f"{today:%Y}",
            as_of=today,
            value=total.value,
            denominator=total.base or None,
            submitted_at=now,
            status="submitted",
        )


def directives(path: str, since: datetime) -> Iterator[Directive]:
    """Directives that concern the place, issued since then, with the last moment to act. Files do
    not go along: their addresses need a session."""
    rows = [row for row in tasks.directives(NODE, path) if row.made_at >= since]
    names = places.names_of(row.office for row in rows)
    for row in rows[:ROWS_MAX]:
        last = time(23, 59, 59)
        ends = datetime.combine(row.due, last, clock.VIETNAM) if row.due else None
        yield Directive(
            number=row.number,
            issued_on=row.signed_on,
            issuer=names.get(row.office, row.office),
            subject=row.title,
            deadline=ends,
        )


SOURCES: dict[str, Callable[[str, datetime], Iterable[Record]]] = {
    "bulletin": bulletins,
    "air_report": air_reports,
    "station": stations,
    "device": devices,
    "board": boards,
    "propagandist": propagandists,
    "incident": incidents,
    "indicator_value": indicator_values,
    "directive": directives,
}
"""The records this node can fill today, by name. Of the others nobody here knows enough
(docs/exchange/README.md)."""


def system_id() -> str:
    from loa.people.authority import own_path

    return f"loa:{area_code(own_path() or 'vn')}"
