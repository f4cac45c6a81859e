"""From the journal to the doorbell: plan hints, commands, and showing a revoked device out."""

from uuid import UUID

import structlog

from loa.gateway.admission import Door
from loa.gateway.mqtt import Line
from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.outlets import commands, enrolment
from loa.outlets import events as outlet_events
from loa.outlets import selectors as outlets
from loa.people.authority import NoAuthority, node_identity
from loa.places import events as place_events
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.schedule import events as schedule_events
from loa.schedule import selectors as schedule
from loa_protocol import topics
from loa_protocol.device_api import PlanHint, dump_body

log = structlog.get_logger()

READER = "gateway"
BATCH = 200
KINDS = frozenset(
    {
        schedule_events.PLAN_ISSUED,
        outlet_events.COMMAND_GIVEN,
        outlet_events.DEVICE_BOUND,
        outlet_events.DEVICE_ENROLLED,
        outlet_events.DEVICE_REVOKED,
        place_events.REFORM_APPLIED,
        place_events.REFORM_UNDONE,
    }
)


def follow(line: Line, door: Door) -> None:
    """Ring for the next facts. With the broker down the cursor moves on all the same: hints are
    published again at connect, and a command that missed its hour is not wanted any more."""
    for row in aside.due(Queue.HINTS):
        again = journal.fact_at(int(row))
        if again is None:
            quarantine.release(Queue.HINTS, [row])
            continue
        with quarantine.isolated(Queue.HINTS, row, name=again.kind, atomic=False):
            _ring(line, door, again)
    batch = journal.next_batch(READER, KINDS, BATCH)
    if batch is None:
        return
    for fact in batch.facts:
        with quarantine.isolated(Queue.HINTS, str(fact.seq), name=fact.kind, atomic=False):
            _ring(line, door, fact)
    journal.batch_done(batch)


def _ring(line: Line, door: Door, fact: Recorded) -> None:
    if fact.kind == schedule_events.PLAN_ISSUED:
        _hint(line, fact.payload["station"], fact.payload)
    elif fact.kind == outlet_events.DEVICE_REVOKED:
        door.show_out(str(fact.payload["outlet"]))
    elif fact.kind in {outlet_events.DEVICE_ENROLLED, outlet_events.DEVICE_BOUND}:
        door.let_in(str(fact.payload.get("outlet") or fact.actor.removeprefix("outlet:")))
    elif fact.kind in {place_events.REFORM_APPLIED, place_events.REFORM_UNDONE}:
        for device in outlets.untold_devices():
            door.let_in(device.outlet.wire_id)
        tell_assignments(line)
    else:
        _command(line, fact)


def publish_all_hints(line: Line) -> None:
    """Every station's newest plan, retained: a restarted broker may have forgotten them."""
    for plan in schedule.newest_plans():
        hint = PlanHint(version=plan.version, sha256=plan.sha256, bytes=plan.size)
        line.publish(topics.station_plan(plan.station), dump_body(hint), retain=True)


def tell_assignments(line: Line) -> int:
    """Their new assignment for the devices that do not know yet where they are, signed by the node
    under the trust they have; returns how many. Who is away asks for it over HTTPS."""
    untold = outlets.untold_devices()
    if not untold:
        return 0
    try:
        node = node_identity()
    except NoAuthority:
        log.warning("no assignment can be signed")
        return 0
    for device in untold:
        envelope = enrolment.assignment_again(device=device, node=node)
        if envelope is not None:
            line.publish(topics.outlet_do(device.outlet.wire_id), envelope.to_bytes())
    return len(untold)


def _hint(line: Line, station: str, payload: dict[str, object]) -> None:
    hint = PlanHint.model_validate({k: payload[k] for k in ("version", "sha256", "bytes")})
    line.publish(topics.station_plan(station), dump_body(hint), retain=True)


def _command(line: Line, fact: Recorded) -> None:
    """Ring with the command of the row that the fact names; one that is over is not rung for."""
    command = fact.payload.get("command")
    if command is None:  # a fact of an older version, long past its hour
        return
    try:
        found = commands.envelope_of(UUID(str(command)), node_identity())
    except NoAuthority:
        log.warning("no command can be signed")
        return
    if found is not None:
        outlet, envelope = found
        line.publish(topics.outlet_do(outlet), envelope.to_bytes())
