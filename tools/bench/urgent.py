"""Urgent orders from the second signature: to ten thousand doorbells, and to a thousand stores."""

from __future__ import annotations

import asyncio
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

    payload = b"x" * 2300
    crowd.say(f"reset {hashlib.sha256(payload).hexdigest()}")
    began_s = asyncio.run(_publish(ground, payload))
    number = sum(len(place.outlets) for place in ground.places)
    return [at - began_s for at in _arrived(crowd, number)]


async def _publish(ground: Field, payload: bytes) -> float:
    """With the lane's rights and another name, so that the lane stays where it is."""
    from loa.gateway.mqtt import address_for
    from loa_protocol import topics
    from loa_swarm.mqtt import Login, MqttLink

    at = address_for("lane")
    login = Login(at.host, at.port, at.user, at.password, client_id="bench")
    link = MqttLink(login, (), lambda _topic, _payload: None)
    await link.connect(10.0)
    began_s = time.time()
    for place in ground.places:
        link.publish(topics.area(place.path.split("/")[2]), payload)
    await asyncio.sleep(5.0)
    link.close()
    return began_s


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


POLES, POLE_COMMUNES, POLE_PROCESSES = 1000, 20, 4
HEARD_LIMIT_S = 60.0
RECONNECTING = 0.3


def urgent_sounding_1000(folder: Path) -> list[Line]:
    """Accepted and sounding on 1,000 real stores, the stop, and the same on a bad line."""
    return sounding_on(folder, POLES, POLE_COMMUNES)


def sounding_on(folder: Path, number: int, communes: int) -> list[Line]:
    """The same for any number."""
    with field(folder, communes=communes, each=number // communes) as ground:
        poles = Workers("poles", folder, _pole_parts(ground))
        try:
            poles.say("enrol")
            ready = sum(one["ready"] for one in poles.say("connect"))
            order, signed_s = _signed(ground)
            lines = _sounding(poles, order, signed_s, ready, number, "urgent")
            lines.append(_stop(ground, poles, order, number))
            ground.desk.cancel(order)
            poles.say("bad")
            poles.say(f"away {RECONNECTING}")
            order, signed_s = _signed(ground)
            poles.say("back")
            return lines + _sounding(poles, order, signed_s, number, number, "urgent_bad_line")
        finally:
            poles.stop()


def _pole_parts(ground: Field) -> list[dict[str, Any]]:
    from loa_lab.demo import commune

    env, files = ground.node.env, []
    for place in ground.places:
        for outlet in place.outlets:
            home = ground.folder / "poles" / outlet.wire_id
            commune.write_claim(
                outlet=outlet, folder=home, urls=(env.device_url,), root_sha256=ground.root_sha256
            )
            files.append(str(home / "claim.json"))
    ports = {"broker_port": env.broker_port, "device_port": env.device_port}
    return [{"claims": files[n::POLE_PROCESSES], "seed": n, **ports} for n in range(POLE_PROCESSES)]


def _signed(ground: Field) -> tuple[str, float]:
    """Both signatures; the moment of the second."""
    proposed = ground.desk.propose()
    signed_s = time.time()
    return ground.desk.second(proposed), signed_s


def _sounding(
    poles: Workers, order: str, signed_s: float, ready: int, number: int, name: str
) -> list[Line]:
    found = poles.say(f"heard {order} {HEARD_LIMIT_S:g}")
    accepted = [at - signed_s for one in found for at in one["accepted"]]
    took = [at - signed_s for one in found for at in one["sounding"]]
    bad = name != "urgent"
    note = (
        f"{len(took)} of {number} sound, {ready} were ready; accepted (durable) p50"
        f" {percentile(accepted, 0.5):.2f} s, p99 {percentile(accepted, 0.99):.2f} s; last"
        f" {max(took):.2f} s; real stores, null loudspeakers, {POLE_PROCESSES} processes; {load()}"
    )
    if bad:
        note += f"; 250 ms, 5 % loss, {RECONNECTING:.0%} reconnecting"
    base = percentile(accepted, 0.5)
    whole = len(took) == number
    p99 = line(
        f"{name}_sounding_p99", percentile(took, 0.99), "s", baseline=base,
        budget=15.0 if bad else 5.0, judged="value at most", note=note, ok=whole,
    )  # fmt: skip
    if bad:
        return [p99]
    p50 = line(
        f"{name}_sounding_p50", percentile(took, 0.5), "s", baseline=base, budget=1.5,
        judged="value at most", note=note, ok=whole,
    )  # fmt: skip
    return [p50, p99]


def _stop(ground: Field, poles: Workers, order: str, number: int) -> Line:
    pressed_s = time.time()
    ground.desk.mute(order)
    found = poles.say(f"silent {order} {HEARD_LIMIT_S:g}")
    took = [at - pressed_s for one in found for at in one["silent"]]
    missing = sum(one["missing"] for one in found)
    return line(
        "urgent_stop_p99", percentile(took, 0.99), "s", baseline=percentile(took, 0.5),
        budget=5.0, judged="value at most",
        note=f"one press; {missing} of {number} not silent; {load()}", ok=not missing,
    )  # fmt: skip
