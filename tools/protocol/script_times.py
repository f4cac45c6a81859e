"""Scripts of trusted time: what gives it, what may not move it, what waits for it."""

from datetime import timedelta

from loa_protocol import Channel, Envelope, Reason
from loa_protocol.payloads import ClockReset
from loa_protocol.trust import version_for
from tools.protocol.accepted import ROOT
from tools.protocol.script import Script, alert, at
from tools.protocol.world import NOW, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def clock(w: World, floor_s: float, serial: int = 1) -> Envelope:
    """The root's word on the time."""
    doc = ClockReset(
        floor=at(floor_s), serial=serial, **w.common(3600, issuer=ROOT, target=("vn",))
    )
    return w.signed(doc, "h1", "h2")


def _answers(w: World) -> list[Script]:
    order = alert(w, plays=1)
    untold = (
        Script("before any answer an order is refused; the same order is accepted after it", w, 20,
               told=False)
        .message(0.5, order, refused=Reason.NO_TIME).time(1, at(1)).message(2, order)
        .hears("siren", order.id, 2, 5).hears("reading", order.id, 5, 7)
        .receipt(order.id, "refused", reason="no_time").receipt(order.id, "played", run=1)
    )  # fmt: skip
    nonce = (
        Script("an answer to another question gives no time", w, 20, told=False)
        .time(0.5, at(0.5), Reason.BAD_FIELD, nonce="A" * 22)
        .message(1, order, refused=Reason.NO_TIME)
        .receipt(order.id, "refused", reason="no_time")
    )  # fmt: skip
    spent = (
        Script("answers may move time ahead by 24 hours in all", w, 10)
        .time(1, at(1) + 25 * HOUR, Reason.TIME_JUMP)
        .time(2, at(2) + 14 * HOUR)
        .time(3, at(3) + 24 * HOUR - timedelta(seconds=1))
        .time(4, at(4) + 26 * HOUR, Reason.TIME_JUMP)
        # Four seconds ahead: what clocks always differ by is free.
        .time(5, at(5) + 24 * HOUR + timedelta(seconds=3))
    )  # fmt: skip
    below = (
        Script("an answer below the saved time is refused, but for up to 60 s", w, 10)
        .time(1, at(1) - HOUR, Reason.TIME_JUMP).time(2, at(-50))
    )  # fmt: skip
    return [untold, nonce, spent, below]


def _own_clocks(w: World) -> list[Script]:
    order = alert(w, issued_s=7 * 86400, plays=1)
    away = 7 * 86400 - 2
    stopped = (
        Script("a device without a running clock finds the time after a week without power", w,
               7 * 86400 + 20)
        .power_cut(2, away, NOW - 10_000 * DAY).time(2 + away, at(2 + away))
        .message(3 + away, order)
        .hears("siren", order.id, 3 + away, 5 + 2 + away)
        .hears("reading", order.id, 7 + away, 9 + away)
        .receipt(order.id, "played", run=1)
    )  # fmt: skip
    running = (
        Script("a clock that ran on while there was no power is not jumped over", w, 20)
        .power_cut(2, 3).time(6, at(6) + 25 * HOUR, Reason.TIME_JUMP)
    )  # fmt: skip
    behind = clock(w, -3600)
    back = (
        Script("the root's clock takes time back, once for each serial", w, 10)
        .time(1, at(1) + 20 * HOUR).message(2, behind)
        .message(3, clock(w, -7200), refused=Reason.OLD_VERSION)
        .time(4, at(4))
    )  # fmt: skip
    opened = w.open(issued=at(5), expires=at(905), floor=at(-60), version=version_for(at(5)))
    old = alert(w, issued_s=-120)
    floor = (
        Script("an open's floor keeps older events out", w, 10)
        .message(6, opened, Channel.OPEN).message(7, old, refused=Reason.BELOW_FLOOR)
        .receipt(old.id, "refused", reason="below_floor")
    )  # fmt: skip
    return [stopped, running, back, floor]


def scripts(w: World) -> list[Script]:
    """All of them."""
    return [*_answers(w), *_own_clocks(w)]
