"""What the programme does on others' facts: bulletins approved or withdrawn, outlets changed.

A reader of the journal with a cursor of its own; each fact is handled in one transaction with
the cursor's move, so nothing is handled twice or skipped. A fact that cannot be handled is set
aside and tried again later; the others go on.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.newsroom import companions
from loa.newsroom import correcting as newsroom_correcting
from loa.newsroom import events as newsroom_events
from loa.newsroom import rules as newsroom_rules
from loa.newsroom import selectors as newsroom
from loa.outlets import events as outlet_events
from loa.outlets import selectors as outlets
from loa.people.authority import own_path
from loa.people.rules import NODE
from loa.places import selectors as places
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.schedule import accompanying, airing, correcting, events, services, spreading
from loa.schedule.selectors import StationRef
from loa_protocol.paths import inside

if TYPE_CHECKING:
    from loa.newsroom.models import Version
    from loa.outlets.models import Station
    from loa.places.models import Place
    from loa.schedule.models import Slot

log = structlog.get_logger(__name__)

READER = "schedule"
BATCH = 200
SPREAD_BATCH = 50


def follow() -> bool:
    """Handle the next facts; returns whether there may be more."""
    for row in aside.due(Queue.PROGRAMME_FACTS):
        fact = journal.fact_at(int(row))
        if fact is None:
            quarantine.release(Queue.PROGRAMME_FACTS, [row])
        else:
            _handle(fact)
    more = journal.read_on(READER, HANDLERS, _handle, BATCH) == BATCH
    _spread_again()
    return _spread() or more


def _spread() -> bool:
    """Take a priority bulletin to the next stations, each in a transaction of its own: one for a
    whole nation must not hold everybody else up. Returns whether there is more."""
    way = spreading.unfinished()
    if way is None:
        return False
    version = _to_air(way.bulletin)
    office = newsroom.place_of(way.bulletin)
    stations = []
    if version is not None:
        targets = places.present(version.targets)
        communes = [p.path for p in _own_communes(targets) if p.path != office]
        stations = sorted(outlets.stations_in(communes), key=lambda station: station.pk)
    rest = [station for station in stations if way.after is None or station.pk > way.after]
    for station in rest[:SPREAD_BATCH]:
        if version is not None:
            _spread_to(way, station, version)
    if len(rest) <= SPREAD_BATCH:
        spreading.end(bulletin_id=way.bulletin)
    return True


def _spread_to(way: spreading.Way, station: "Station", version: "Version") -> None:
    """One station. What cannot be done there is set aside, and the bulletin goes on to the next:
    that station keeps it in its library."""
    row = f"{way.bulletin}:{station.pk}"
    with quarantine.isolated(Queue.SPREADING, row, name=version.title):
        spreading.step(
            way=way,
            station=station_ref(station),
            content=slot_content(version),
            seconds=seconds_of(version),
        )


def _spread_again() -> None:
    """The stations at which a bulletin could not be put into a session before."""
    for row in aside.due(Queue.SPREADING):
        bulletin, _, station_id = row.partition(":")
        version = _to_air(UUID(bulletin))
        station = outlets.station_if_any(UUID(station_id))
        if version is None or station is None:
            quarantine.release(Queue.SPREADING, [row])
            continue
        with quarantine.isolated(Queue.SPREADING, row, name=version.title):
            spreading.offer_once(
                station=station_ref(station),
                bulletin_id=version.bulletin_id,
                content=slot_content(version),
                seconds=seconds_of(version),
            )


def _handle(fact: Recorded) -> None:
    with quarantine.isolated(Queue.PROGRAMME_FACTS, str(fact.seq), name=fact.kind):
        HANDLERS[fact.kind](fact)


def _id(fact: Recorded) -> UUID:
    return UUID(fact.subject.partition(":")[2])


def station_ref(station: "Station") -> StationRef:
    return StationRef(station.pk, station.wire_id, station.place.path)


def _to_air(bulletin_id: UUID) -> "Version | None":
    """The approved version that can be aired. One whose sound is lost airs nowhere, loudly; to stop
    at it would keep every later bulletin of the node from being aired."""
    version = newsroom.approved_version(bulletin_id)
    if version is None or seconds_of(version):
        return version
    log.error("approved bulletin has no sound", bulletin=str(bulletin_id))
    return None


def slot_content(version: "Version") -> dict[str, Any]:
    """The fields of a slot that plays this approved version."""
    production = version.production
    if production is None or production.opus_id is None:
        raise ValueError("an approved version has its sound")
    return {
        "bulletin_id": version.bulletin_id,
        "title": version.title,
        "opus_id": production.opus_id,
        "ms": production.ms,
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "only": places.present(version.targets),
    }


def seconds_of(version: "Version") -> int:
    """The slot's length: the sound's, rounded up to a whole second."""
    ms = version.production.ms if version.production else 0
    return -(-(ms or 0) // 1000)


def _approved(fact: Recorded) -> None:
    """The author's wish is carried out; what is meant for others is offered to them; what it
    corrects leaves."""
    version = _to_air(_id(fact))
    if version is None:
        return
    airing.carry_out(
        bulletin_id=version.bulletin_id,
        content=slot_content(version),
        seconds=seconds_of(version),
        class_name=version.class_name,
    )
    _offer(fact, version, newsroom.place_of(version.bulletin_id))
    _correct(version)
    source = companions.source_of(version.bulletin_id)
    if source is not None:
        for slot in accompanying.slots_of(source, newsroom.place_of(version.bulletin_id)):
            _stand_beside(slot, version)


def _slot_added(fact: Recorded) -> None:
    """A bulletin from above that got a place takes the commune's own words along."""
    slot = accompanying.slot_named(UUID(fact.payload["slot"]))
    if slot is None or slot.own or slot.bulletin_id is None:
        return
    for version in companions.companions_at(slot.bulletin_id, slot.station.place.path):
        _stand_beside(slot, version)


def _stand_beside(slot: "Slot", version: "Version") -> None:
    accompanying.stand_beside(
        slot=slot,
        station=station_ref(slot.station),
        content=slot_content(version),
        seconds=seconds_of(version),
        before=companions.comes_before(version),
    )


def _correct(version: "Version") -> None:
    """A correction stands where what it corrects stood, and sounds soon where that has sounded."""
    old = newsroom_correcting.corrected_by(version.bulletin_id)
    if old is None:
        return
    given: dict[str, Any] = {
        "old": old,
        "content": slot_content(version),
        "seconds": seconds_of(version),
        "class_name": version.class_name,
    }
    correcting.replace_in_programmes(**given)
    correcting.air_where_it_sounded(**given)
    newsroom_correcting.take_back(bulletin_id=old)


def _offer(fact: Recorded, version: "Version", office: str) -> None:
    """Source information reaches the communes' libraries, priority also their next session."""
    targets = places.present(version.targets)
    if not newsroom_rules.outside(targets, office):
        return
    communes = [place for place in _own_communes(targets) if place.path != office]
    services.bulletin_offer(
        actor=NODE,
        bulletin_id=version.bulletin_id,
        class_name=version.class_name,
        communes=communes,
    )
    # What was here before the node was restored from a backup may have aired: nobody airs it again
    # but a person.
    if version.class_name == "priority" and not fact.payload.get("again"):
        spreading.begin(bulletin_id=version.bulletin_id)


def _own_communes(targets: Iterable[str]) -> "list[Place]":
    """The communes among `targets` that this node serves: a province all of its own, the centre
    (whose provinces have nodes of their own) only those that have a station here."""
    own = own_path()
    found = [place for place in places.communes_inside(targets) if inside(place.path, own or "vn")]
    if own == "vn":
        served = {station.place_id for station in outlets.stations_in(["vn"])}
        found = [place for place in found if place.pk in served]
    return found


def _withdrawn(fact: Recorded) -> None:
    services.bulletin_leave(actor=NODE, bulletin_id=_id(fact))


def _timetable(fact: Recorded) -> None:
    services.stations_touched([station.pk for station in outlets.stations_in([fact.place])])


def _station(fact: Recorded) -> None:
    services.stations_touched([_id(fact)])


HANDLERS = {
    newsroom_events.BULLETIN_APPROVED: _approved,
    newsroom_events.BULLETIN_WITHDRAWN: _withdrawn,
    events.SLOT_ADDED: _slot_added,
    events.TIMETABLE_SET: _timetable,
    outlet_events.STATION_ADDED: _station,
}
