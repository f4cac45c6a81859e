"""From the journal to the doorbell: plan hints, commands, and showing a revoked device out."""

from datetime import timedelta
from uuid import UUID

import structlog

from loa.gateway.admission import Door
from loa.gateway.mqtt import Line
from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.lib import clock
from loa.outlets import events as outlet_events
from loa.outlets import selectors as outlets
from loa.people.authority import NoAuthority, node_identity
from loa.schedule import events as schedule_events
from loa.schedule import selectors as schedule
from loa_protocol import topics
from loa_protocol.device_api import PlanHint, dump_body
from loa_protocol.kinds import Kind
from loa_protocol.paths import outlet_address
from loa_protocol.payloads import Command, CommandArgs, new_nonce

log = structlog.get_logger()

READER = "gateway"
BATCH = 200
COMMAND_LIFE = timedelta(minutes=10)
KINDS = frozenset(
    {
        schedule_events.PLAN_ISSUED,
        outlet_events.COMMAND_GIVEN,
        outlet_events.OUTLET_CHANGED,
        outlet_events.DEVICE_ENROLLED,
        outlet_events.DEVICE_REVOKED,
    }
)


def follow(line: Line, door: Door) -> None:
    """Ring for the next facts. With the broker down the cursor moves on all the same: hints are
    published again at connect, and a command that missed its hour is not wanted any more."""
    batch = journal.next_batch(READER, KINDS, BATCH)
    if batch is None:
        return
    for fact in batch.facts:
        if fact.kind == schedule_events.PLAN_ISSUED:
            _hint(line, fact.payload["station"], fact.payload)
        elif fact.kind == outlet_events.DEVICE_REVOKED:
            door.show_out(str(fact.payload["outlet"]))
        elif fact.kind == outlet_events.DEVICE_ENROLLED:
            door.let_in(fact.actor.removeprefix("outlet:"))
        else:
            _command(line, fact)
    journal.batch_done(batch)


def publish_all_hints(line: Line) -> None:
    """Every station's newest plan, retained: a restarted broker may have forgotten them."""
    for plan in schedule.newest_plans():
        hint = PlanHint(version=plan.version, sha256=plan.sha256, bytes=plan.size)
        line.publish(topics.station_plan(plan.station), dump_body(hint), retain=True)


def _hint(line: Line, station: str, payload: dict[str, object]) -> None:
    hint = PlanHint.model_validate({k: payload[k] for k in ("version", "sha256", "bytes")})
    line.publish(topics.station_plan(station), dump_body(hint), retain=True)


def _command(line: Line, fact: Recorded) -> None:
    do, args = _wanted(fact)
    if do is None:
        return
    outlet = outlets.wire_id_of(UUID(fact.subject.partition(":")[2]))
    try:
        node = node_identity()
    except NoAuthority:
        log.warning("no command can be signed")
        return
    now = clock.now()
    command = Command.model_validate(
        {
            "kind": "command",
            "issuer": node.issuer,
            "target": (outlet_address(outlet),),
            "issued": now,
            "expires": now + COMMAND_LIFE,
            "nonce": new_nonce(),
            "do": do,
            "args": CommandArgs.model_validate(args),
        }
    )
    envelope = node.sign(Kind.COMMAND, command)
    line.publish(topics.outlet_do(outlet), envelope.to_bytes())


def _wanted(fact: Recorded) -> tuple[str | None, dict[str, int]]:
    if fact.kind == outlet_events.OUTLET_CHANGED:
        volume_pct = fact.payload.get("volume_pct")
        return ("volume", {"volume_pct": volume_pct}) if volume_pct is not None else (None, {})
    return str(fact.payload["do"]), {}
