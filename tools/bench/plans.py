"""Plans of a province: all of them, and after one change."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tools.bench.ground import node_in, slots, stations
from tools.bench.line import Line, line

if TYPE_CHECKING:
    from loa.people.authority import NodeIdentity

STATIONS = 500
_TURNS = 3
_CHANGES = 9


def plan_build_500(folder: Path) -> list[Line]:
    """All stations' plans from nothing: read, arranged, signed, stored, in the journal."""
    node = node_in(folder)
    ids = stations(STATIONS)
    slots(ids)
    from loa.schedule import services
    from loa.schedule.models import Plan

    ours, bare = [], []
    items = 0
    for _ in range(_TURNS):
        Plan.objects.all().delete()
        services.stations_touched(ids)
        ours.append(_build_s(node))
        seconds, items = _bare(node)
        bare.append(seconds)
    return [
        line(
            "plan_build_500",
            median(ours),
            "s",
            baseline=median(bare),
            note=f"{STATIONS} stations, {items // STATIONS} items each; no budget is set",
        )
    ]


def plan_build_1_changed(folder: Path) -> list[Line]:
    """One item more at one of 500 stations: only that station's plan may be issued."""
    node = node_in(folder)
    ids = stations(STATIONS)
    slots(ids)
    from loa.schedule import services
    from loa.schedule.models import Plan, Slot

    services.stations_touched(ids)
    _build_s(node)
    ours, bare, issued = [], [], []
    for turn in range(_CHANGES):
        before = Plan.objects.count()
        changed = ids[turn * 7]
        slot = Slot.objects.filter(station_id=changed).latest("session_at")
        Slot.objects.filter(pk=slot.pk).update(seconds=slot.seconds + 1)
        services.stations_touched([changed])
        ours.append(_build_s(node) * 1000)
        issued.append(Plan.objects.count() - before)
        bare.append(_bare(node, newest=1)[0] * 1000)
    return [
        line(
            "plan_build_1_changed",
            median(ours),
            "ms",
            baseline=median(bare),
            ok=set(issued) == {1},
            note=f"ok: exactly 1 plan issued at each of {_CHANGES} changes; issued {max(issued)}",
        )
    ]


def _build_s(node: NodeIdentity) -> float:
    """Until the builder has nothing left to do."""
    from loa.schedule.builder import build_due

    began_s = time.perf_counter()
    while build_due(node):
        pass
    return time.perf_counter() - began_s


def _bare(node: NodeIdentity, newest: int | None = None) -> tuple[float, int]:
    """Seconds to write and sign the same payloads, and how many items they hold together."""
    from loa.schedule.models import Plan
    from loa_protocol import Envelope, Kind, parse_payload
    from loa_protocol.payloads import Plan as Payload

    rows = Plan.objects.order_by("-issued_at").values_list("envelope", flat=True)[:newest]
    payloads = []
    for data in rows:
        payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(data)).payload)
        if isinstance(payload, Payload):
            payloads.append(payload)
    began_s = time.perf_counter()
    for payload in payloads:
        node.sign(Kind.PLAN, payload).to_bytes()
    return time.perf_counter() - began_s, sum(len(payload.items) for payload in payloads)
