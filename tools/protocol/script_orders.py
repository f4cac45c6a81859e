"""Scripts of urgent orders: siren, readings, drills, mutes, cancels, updates, fills."""

from typing import Any

from loa_protocol import Channel, Reason
from tools.protocol.accepted import fill, template
from tools.protocol.script import CLIP, SPEECH, Script, alert, at, item, plan, policy, slot
from tools.protocol.world import World


def _readings(w: World) -> list[Script]:
    order = alert(w)
    in_time = (
        Script("in time: siren until speak_at, then as often as plays says", w, 30)
        .message(1, order)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 7)
        .hears("reading", order.id, 10, 12)
        .receipt(order.id, "played", run=1, from_ms=0, played_ms=2000)
        .receipt(order.id, "played", run=2, from_ms=0, played_ms=2000)
    )  # fmt: skip
    order = alert(w, issued_s=-30, gap_s=20)
    late = (
        Script("late: two seconds of siren, ten before the words, readings with the others", w, 50)
        .message(1, order)
        .hears("siren", order.id, 1, 3).hears("siren", order.id, 9, 19)
        .hears("reading", order.id, 19, 21).hears("reading", order.id, 41, 43)
        .receipt(order.id, "played", run=1).receipt(order.id, "played", run=2)
    )  # fmt: skip
    order = alert(w, issued_s=-30, gap_s=90)
    pause = (
        Script("late in a long pause: the first words do not wait for its end", w, 75)
        .message(1, order)
        .hears("siren", order.id, 1, 3).hears("siren", order.id, 9, 19)
        .hears("reading", order.id, 19, 21).hears("reading", order.id, 67, 69)
        .receipt(order.id, "played", run=1).receipt(order.id, "played", run=2)
    )  # fmt: skip
    order = alert(w, plays=1, every_s=60)
    turns = (
        Script("every_s: once more at each turn, after a siren of two seconds", w, 140)
        .message(0, policy(w), Channel.POLICY).message(0, plan(w, item(20)), Channel.PLAN)
        .message(1, order)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 7)
        .hears("item", slot(item(20)), 20, 22).receipt(slot(item(20)), "played", run=1)
        .hears("reading", order.id, 67, 71).hears("reading", order.id, 127, 131)
        .receipt(order.id, "played", run=1).receipt(order.id, "played", run=2)
        .receipt(order.id, "played", run=3)
    )  # fmt: skip
    order = alert(w, plays=0, expires=at(11))
    ends = (
        Script("an order ends at expires, in the middle of a word", w, 20)
        .message(1, order)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 7)
        .hears("reading", order.id, 10, 11, 0.3)
        .receipt(order.id, "played", run=1).receipt(order.id, "interrupted", run=2)
    )  # fmt: skip
    order = alert(w)
    missing = (
        Script("the speech is not here: the siren stands for it", w, 30, files=(CLIP,))
        .message(1, order)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 7)
        .hears("reading", order.id, 10, 12)
        .receipt(order.id, "played", run=1, reason="media_missing")
        .receipt(order.id, "played", run=2, reason="media_missing")
    )  # fmt: skip
    return [in_time, late, pause, turns, ends, missing]


def _drills(w: World) -> list[Script]:
    order = w.drill(speech=SPEECH.speech, plays=1)
    clips = w.plan(clips={"drill": CLIP.media, "drill-end": SPEECH.media})
    alone = (
        Script("a drill: no siren, its own sound, `drill`, the text, `drill-end`", w, 20)
        .message(0.5, clips, Channel.PLAN).message(1, order)
        # Signal (at most 3 s), 1 s, 2 s, 2 s: this reference's signal is 1.8 s.
        .hears("reading", order.id, 5, 11.8, 1.2)
        .receipt(order.id, "played", run=1)
    )  # fmt: skip
    drill = w.drill(speech=SPEECH.speech, plays=0, gap_s=3)
    order = alert(w, issued_s=2, plays=1)
    ended = (
        Script("an alert ends the drills that were issued before it", w, 30)
        .message(1, drill).message(3, order)
        .hears("siren", order.id, 3, 7).hears("reading", order.id, 7, 9)
        .receipt(order.id, "played", run=1)
    )  # fmt: skip
    return [alone, ended]


def _precedence(w: World) -> list[Script]:
    low, high = alert(w, 2, plays=1), alert(w, 4, issued_s=1, plays=1)
    first = (
        Script("the higher class first, the lower in its pause and after it", w, 30)
        .message(1, low).message(2, high)
        .hears("siren", low.id, 1, 2).hears("siren", high.id, 2, 6)
        .hears("reading", high.id, 6, 8)
        .hears("siren", low.id, 8, 10, 0.3).hears("reading", low.id, 10, 12)
        .receipt(high.id, "played", run=1).receipt(low.id, "played", run=1)
    )  # fmt: skip
    one, two = alert(w, plays=2), alert(w, issued_s=1, plays=2)
    turns = (
        Script("equals take turns, one reading each", w, 40)
        .message(1, one).message(2, two)
        .hears("siren", one.id, 1, 5).hears("reading", one.id, 5, 7)
        .hears("siren", two.id, 7, 11, 0.3).hears("reading", two.id, 11, 13)
        .hears("reading", one.id, 15, 17).hears("reading", two.id, 21, 23)
        .receipt(one.id, "played", run=1).receipt(two.id, "played", run=1)
        .receipt(one.id, "played", run=2).receipt(two.id, "played", run=2)
    )  # fmt: skip
    return [first, turns]


def _silences(w: World) -> list[Script]:
    high, low = alert(w, plays=0), alert(w, 2, plays=1)
    muted = (
        Script("a mute: that order and all below it are silent for so long", w, 24)
        .message(1, high).message(2, low)
        .message(11, w.mute(high.id, seconds=6))
        .hears("siren", high.id, 1, 5).hears("reading", high.id, 5, 7)
        .hears("reading", high.id, 10, 11, 0.3).hears("reading", high.id, 20, 22)
        .receipt(high.id, "played", run=1)
        .receipt(high.id, "interrupted", run=2).receipt(high.id, "played", run=3)
    )  # fmt: skip
    order = alert(w, plays=0)
    resumed = (
        Script("a resume ends the mute", w, 18)
        .message(1, order).message(8, w.mute(order.id, seconds=600))
        .message(13, w.resume(order.id))
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 7)
        .hears("reading", order.id, 15, 17)
        .receipt(order.id, "played", run=1).receipt(order.id, "played", run=2)
    )  # fmt: skip
    order = alert(w, plays=0)
    again = w.update(order.id)
    cut = (
        Script("a cancel is final: silence at once, no update, no second coming", w, 20)
        .message(1, order).message(6, w.cancel(order.id))
        .message(7, order, refused=Reason.SEEN)
        .message(8, again, refused=Reason.CANCELLED)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 6, 0.3)
        .receipt(order.id, "interrupted", run=1)
        .receipt(again.id, "refused", reason="cancelled")
        .power_cut(10, 3)
    )  # fmt: skip
    order = alert(w)
    early = (
        Script("a cancel before its alert: it never sounds", w, 20)
        .message(1, w.cancel(order.id)).message(2, order)
    )  # fmt: skip
    return [muted, resumed, cut, early]


def _updates(w: World) -> list[Script]:
    order = alert(w, plays=0)
    words = w.update(order.id, issued=at(6), speak_at=at(9), speech=SPEECH.speech, plays=1)
    replaced = (
        Script("an update replaces the words at once, with a siren of its own", w, 25)
        .message(1, order).message(6, words)
        .hears("siren", order.id, 1, 5).hears("reading", order.id, 5, 6, 0.3)
        .hears("siren", words.id, 6, 9).hears("reading", words.id, 9, 11)
        .receipt(order.id, "interrupted", run=1).receipt(words.id, "played", run=1)
    )  # fmt: skip
    order = alert(w, plays=0)
    words = w.update(order.id, speech=SPEECH.speech, plays=2, gap_s=3)
    early = (
        Script("an update before its alert: only its own words sound, as often as it says", w, 25)
        .message(0, policy(w), Channel.POLICY).message(0, plan(w, item(14)), Channel.PLAN)
        .message(1, words).message(8, order)
        .hears("siren", words.id, 1, 5).hears("reading", words.id, 5, 7)
        .hears("reading", words.id, 10, 12).hears("item", slot(item(14)), 14, 16)
        .receipt(slot(item(14)), "played", run=1)
        .receipt(words.id, "played", run=1).receipt(words.id, "played", run=2)
    )  # fmt: skip
    return [replaced, early]


def _fills(w: World) -> list[Script]:
    text = w.signed(template(w, cancel_s=11), "p1", "p2", chain=w.officers)
    fields: dict[str, Any] = {"speech": SPEECH.speech, "plays": 1, "gap_s": 3}
    filled = w.signed(fill(w, **fields), "feed")
    alone = (
        Script("a fill keeps silent for cancel_s, then it is an order that is late", w, 25)
        .message(0.5, text, Channel.POLICY).message(1, filled)
        .hears("siren", filled.id, 11, 15).hears("reading", filled.id, 15, 17)
        .receipt(filled.id, "played", run=1)
    )  # fmt: skip
    filled = w.signed(fill(w, **fields), "feed")
    stopped = (
        Script("one person's mute within cancel_s ends a fill for good", w, 25)
        .message(0.5, text, Channel.POLICY).message(1, filled)
        .message(5, w.mute(filled.id, seconds=1))
    )  # fmt: skip
    return [alone, stopped]


def scripts(w: World) -> list[Script]:
    """All of them."""
    return [
        *_readings(w), *_drills(w), *_precedence(w), *_silences(w), *_updates(w), *_fills(w)
    ]  # fmt: skip
