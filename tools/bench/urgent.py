"""Urgent orders from the second signature: to ten thousand doorbells, and to a thousand stores."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.bench.line import Judged, Line, line, percentile
from tools.bench.urgent_ground import Field, Workers, field, load, logins

CROWD, COMMUNES, CROWD_PROCESSES = 10_000, 100, 4
FANOUT_LIMIT_S, RETURN_LIMIT_S = 60.0, 120.0


def urgent_bytes_10000(folder: Path) -> list[Line]:
    """Bytes at 10,000 doorbells, beside the broker's bare fan-out; then all come back at once."""
    return bytes_to(folder, CROWD, COMMUNES)


def bytes_to(folder: Path, number: int, communes: int) -> list[Line]:
    """The same for any number."""
    with field(folder, communes=communes, each=number // communes) as ground:
        found = logins(ground.places)
        crowd = Workers("crowd", folder, _parts(ground, found))
        try:
            connected = sum(one["connected"] for one in crowd.say("connect"))
            bare = _bare(ground, crowd)
            order, signed_s = _order(ground, crowd)
            times = _arrived(crowd, connected)
            lines = _fanout(times, signed_s, connected, number, bare)
            return [*lines, *_return(crowd, number)] if order else lines
        finally:
            crowd.stop()


def _parts(ground: Field, found: list[dict[str, str]]) -> list[dict[str, Any]]:
    port = ground.node.env.broker_port
    return [
        {"host": "127.0.0.1", "port": port, "seed": n, "logins": found[n::CROWD_PROCESSES]}
        for n in range(CROWD_PROCESSES)
    ]


def _order(ground: Field, crowd: Workers) -> tuple[str, float]:
    """Two signatures; the moment of the second."""
    from loa.alerts.selectors import order_get
    from loa.alerts.services import order_approve
    from loa_protocol.envelope import signing_input
    from loa_protocol.kinds import Kind

    proposed = order_get(ground.desk.propose())
    assert proposed is not None  # noqa: S101 - it was just proposed
    hand = ground.desk.approver
    payload = bytes(proposed.payload)
    sig = hand.key.sign(signing_input(Kind(proposed.kind), payload))
    # The bytes on the line are known only once both have signed: arrivals of any order count.
    crowd.say("reset any")
    signed_s = time.time()
    order = order_approve(
        actor=hand.actor, order_id=proposed.pk, digest=proposed.pk, kid=hand.key.kid, sig=sig
    )
    return order.pk, signed_s


def _bare(ground: Field, crowd: Workers) -> list[float]:
    """The same broker, the same topics, as many bytes, published as fast as one client can."""
    from loa.gateway.mqtt import Line as Mqtt
    from loa_protocol import topics

    payload = b"x" * 2300
    crowd.say(f"reset {hashlib.sha256(payload).hexdigest()}")
    line_ = Mqtt("lane", subscribe=(), on_connect=lambda: None)
    line_.start()
    time.sleep(2.0)
    began_s = time.time()
    for place in ground.places:
        line_.publish(topics.area(place.path.split("/")[2]), payload)
    number = sum(len(place.outlets) for place in ground.places)
    times = _arrived(crowd, number)
    line_.stop()
    return [at - began_s for at in times]


def _arrived(crowd: Workers, number: int) -> list[float]:
    until_s = time.monotonic() + FANOUT_LIMIT_S
    while True:
        times: list[float] = []
        for one in crowd.say("times"):
            times += one["times"]
        if len(times) >= number or time.monotonic() > until_s:
            return times
        time.sleep(0.5)


def _fanout(
    times: Sequence[float], signed_s: float, connected: int, number: int, bare: Sequence[float]
) -> list[Line]:
    took = [at - signed_s for at in times]
    note = (
        f"{len(took)} of {connected} connected of {number} had the bytes; last {max(took):.2f} s;"
        f" bare fan-out of as many bytes: p50 {percentile(bare, 0.5):.2f} s,"
        f" last {max(bare):.2f} s;"
        f" simulated devices, bytes only, in {CROWD_PROCESSES} processes; {load()}"
    )
    whole = len(took) == number
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    base50, base99 = percentile(bare, 0.5), percentile(bare, 0.99)
    at_most: Judged = "value at most"
    return [
        line(
            "urgent_bytes_p50", p50, "s", baseline=base50, budget=0.8, judged=at_most, note=note,
            ok=whole,
        ),
        line(
            "urgent_bytes_p99", p99, "s", baseline=base99, budget=2.0, judged=at_most, note=note,
            ok=whole,
        ),
        line(
            "urgent_bytes_last", max(took), "s", baseline=max(bare), budget=2.0,
            judged="ratio at most", note=note, ok=whole,
        ),
    ]  # fmt: skip


def _return(crowd: Workers, number: int) -> list[Line]:
    """The power comes back in the whole province while the order is in force."""
    crowd.say("drop")
    time.sleep(3.0)
    began_s = time.time()
    answers = crowd.say(f"return {RETURN_LIMIT_S:g}")
    took = [at - began_s for one in answers for at in one["opened"]]
    missing = sum(one["missing"] for one in answers)
    note = (
        f"{number} reconnect at once during an alert; {missing} had no `open` within"
        f" {RETURN_LIMIT_S:g} s; last {max(took):.1f} s; node, broker and simulator on {load()}"
    )
    return [
        line(
            "urgent_return_open_p99", percentile(took, 0.99), "s",
            baseline=percentile(took, 0.5), budget=20.0, judged="value at most", note=note,
            ok=not missing,
        )
    ]  # fmt: skip
