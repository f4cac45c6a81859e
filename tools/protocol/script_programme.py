"""Scripts of programmes: slots, orders over them, sessions, hours, media, power cuts."""

from typing import Any

from loa_protocol import Channel, Envelope
from loa_protocol.payloads import Hours, Span
from tools.protocol.script import (
    PROGRAMME,
    SPEECH,
    Script,
    alert,
    at,
    item,
    plan,
    policy,
    slot,
)
from tools.protocol.world import COMMUNE, World


def _begun(w: World, name: str, until_s: float, planned: Envelope, **more: Any) -> Script:
    script = Script(name, w, until_s, **more)
    return script.message(0, policy(w), Channel.POLICY).message(0, planned, Channel.PLAN)


def _slots(w: World) -> list[Script]:
    one = item(4)
    once = (
        _begun(w, "a slot is played once, over all versions of the plan", 20, plan(w, one))
        .message(3, plan(w, one, number=1), Channel.PLAN)
        .message(8, plan(w, one, item(12, number=2), number=2), Channel.PLAN)
        .hears("item", slot(one), 4, 6).hears("item", slot(item(12, number=2)), 12, 14)
        .receipt(slot(one), "played", run=1, from_ms=0, played_ms=2000)
        .receipt(slot(item(12, number=2)), "played", run=1)
    )  # fmt: skip
    long, order = item(4, PROGRAMME), alert(w, issued_s=6, after_s=3, plays=1)
    under = (
        _begun(w, "an order stops a programme, which goes on after it", 30, plan(w, long))
        .message(6, order)
        .hears("item", slot(long), 4, 6).hears("siren", order.id, 6, 9)
        .hears("reading", order.id, 9, 11).hears("item", slot(long), 11, 19, 0.4)
        .receipt(order.id, "played", run=1)
        .receipt(slot(long), "interrupted", reason="preempted", run=1, from_ms=0, played_ms=2000)
        .receipt(slot(long), "played", run=2, from_ms=2000, played_ms=8000)
    )  # fmt: skip
    long, gone = item(4, PROGRAMME), plan(w, number=1)
    withdrawn = (
        _begun(w, "what a new plan no longer has stops at once", 20, plan(w, long))
        .message(7, gone, Channel.PLAN)
        .hears("item", slot(long), 4, 7, 0.3)
        .receipt(slot(long), "cancelled", reason="withdrawn", run=1)
    )  # fmt: skip
    long, following = item(4, PROGRAMME), item(10, number=2)
    cut = (
        _begun(w, "the next slot keeps its time", 20, plan(w, long, following))
        .hears("item", slot(long), 4, 10).hears("item", slot(following), 10, 12)
        .receipt(slot(long), "interrupted", reason="next_item", run=1)
        .receipt(slot(following), "played", run=1)
    )  # fmt: skip
    mine, other = item(4, only=("outlet:o1",)), item(8, number=2, only=("vn/24/08923",))
    only = (
        _begun(w, "only: what is for others is neither played nor reported", 15,
               plan(w, mine, other))
        .hears("item", slot(mine), 4, 6).receipt(slot(mine), "played", run=1)
    )  # fmt: skip
    return [once, under, withdrawn, cut, only]


def _bounds(w: World) -> list[Script]:
    long = item(4, PROGRAMME)
    session = (Span(from_=at(-600), to=at(9)),)
    ended = (
        _begun(w, "a programme is cut where its session ends", 20, plan(w, long, sessions=session))
        .hears("item", slot(long), 4, 9)
        .receipt(slot(long), "interrupted", reason="outside_session", run=1, played_ms=5000)
    )  # fmt: skip
    one = item(4)
    quiet = (
        _begun(w, "nothing plays in a quiet time", 15,
               plan(w, one, quiet=(Span(from_=at(0), to=at(10)),)))
        .receipt(slot(one), "refused", reason="outside_session")
    )  # fmt: skip
    no_policy = (
        Script("no policy, no programme", w, 15).message(0, plan(w, one), Channel.PLAN)
        .receipt(slot(one), "refused", reason="outside_session")
    )  # fmt: skip
    # The scripts begin at 10:00 in Vietnam, minute 600 of the day.
    long = item(55, PROGRAMME)
    until = policy(w, COMMUNE, hours=(Hours(from_min=0, to_min=601),))
    hours = (
        _begun(w, "a programme is cut where the hours end", 75, plan(w, long))
        .message(0, until, Channel.POLICY)
        .hears("item", slot(long), 55, 60)
        .receipt(slot(long), "interrupted", reason="outside_session", run=1, played_ms=5000)
    )  # fmt: skip
    joined = (Hours(from_min=0, to_min=601), Hours(from_min=601, to_min=1440))
    through = (
        _begun(w, "hours that join do not cut", 75, plan(w, long))
        .message(0, policy(w, COMMUNE, hours=joined), Channel.POLICY)
        .hears("item", slot(long), 55, 65).receipt(slot(long), "played", run=1)
    )  # fmt: skip
    narrow = policy(w, COMMUNE, hours=(Hours(from_min=0, to_min=600),))
    both = (
        _begun(w, "several policies: only hours that all of them allow", 15, plan(w, one))
        .message(0, narrow, Channel.POLICY)
        .receipt(slot(one), "refused", reason="outside_session")
    )  # fmt: skip
    first, second = item(4), item(8, number=2)
    spent = (
        _begun(w, "max_minutes_day: what begins after they are used up is refused", 15,
               plan(w, first, second))
        .message(0, policy(w, COMMUNE, max_minutes_day=0), Channel.POLICY)
        .receipt(slot(first), "refused", reason="outside_session")
        .receipt(slot(second), "refused", reason="outside_session")
    )  # fmt: skip
    return [ended, quiet, no_policy, hours, through, both, spent]


def _media(w: World) -> list[Script]:
    one = item(4)
    missing = (
        _begun(w, "media that has not come ten seconds after its time", 20, plan(w, one), files=())
        .receipt(slot(one), "expired", reason="media_missing")
    )  # fmt: skip
    late = (
        _begun(w, "media that comes within the ten seconds plays late", 20, plan(w, one), files=())
        .file(7, SPEECH)
        .hears("item", slot(one), 7, 9, 1.2).receipt(slot(one), "played", run=1)
    )  # fmt: skip
    wrong = (
        _begun(w, "media whose bytes are others does not play", 20, plan(w, one), files=())
        .file(1, SPEECH, PROGRAMME)
        .receipt(slot(one), "expired", reason="media_mismatch")
    )  # fmt: skip
    return [missing, late, wrong]


def _power(w: World) -> list[Script]:
    long = item(4, PROGRAMME)
    resumed = (
        _begun(w, "after a power cut a slot goes on where it was", 25, plan(w, long))
        .power_cut(8, 2).time(10.5, at(10.5))
        .hears("item", slot(long), 4, 8, 0.3).hears("item", slot(long), 10, 16, 0.8)
        .receipt(slot(long), "interrupted", reason="restart", run=1, from_ms=0)
        .receipt(slot(long), "played", run=2)
    )  # fmt: skip
    order = alert(w, plays=3)
    read = (
        Script("after a power cut an order is read on: a reading that was cut counts", w, 30)
        .message(1, order).power_cut(6, 3).time(9.5, at(9.5))
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 6, 0.3)
        .hears("reading", order.id, 10, 12).hears("reading", order.id, 15, 17)
        .receipt(order.id, "played", run=2).receipt(order.id, "played", run=3)
    )  # fmt: skip
    one = item(4)
    off = (
        _begun(w, "what was due while the device was off is reported, not played", 30, plan(w, one))
        .power_cut(1, 20).time(21.5, at(21.5))
        .receipt(slot(one), "expired", reason="device_off")
    )  # fmt: skip
    return [resumed, read, off]


def scripts(w: World) -> list[Script]:
    """All of them."""
    return [*_slots(w), *_bounds(w), *_media(w), *_power(w)]
