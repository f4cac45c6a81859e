"""Whether an order is being read, waits for its next reading, or has been read: as its signed words
say and the clock shows. Pure. A device that sounds it (`on_air`) is believed before the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loa.alerts.models import Order
from loa.alerts.orders.acts import Acted
from loa.alerts.orders.silence import MUTES, Word, silent_until
from loa_protocol.encoding import parse_object
from loa_protocol.payloads import PAUSE_MIN_S


class Name(StrEnum):
    """What an order does at a moment."""

    WINDOW = "window"
    SOUNDING = "sounding"
    SILENT = "silent"
    PAUSE = "pause"
    FINISHED = "finished"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Phase:
    """What it does, and when that changes by itself (None: not before it expires)."""

    name: Name
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """How often an order is read: `plays` times one after the other (0: without end), each taking
    `reading` and followed by `gap`; then once in every `every`, counted from `speak_at`."""

    plays: int
    reading: timedelta
    gap: timedelta
    every: timedelta | None


def readings_of(order: Order) -> Readings:
    """What the signed words of an alert, drill, update or fill say of it."""
    said = parse_object(bytes(order.payload))
    every_s, speech = said.get("every_s"), said.get("speech") or {}
    return Readings(
        said.get("plays", 0),
        timedelta(milliseconds=speech.get("ms", 0)),
        timedelta(seconds=max(PAUSE_MIN_S, said.get("gap_s", 0))),
        timedelta(seconds=every_s) if every_s else None,
    )


def phase(found: Acted, on_air: int, now: datetime) -> Phase:
    """The order as it stands, with the number of outlets that say that they sound it now."""
    if found.order.ended_at is not None:
        return Phase(Name.ENDED)
    if found.over:
        return Phase(Name.EXPIRED)
    if found.waits:
        return Phase(Name.WINDOW, found.order.begins_at)
    if found.silence.whole:
        return Phase(Name.SILENT, found.silence.until)
    if on_air:
        return Phase(Name.SOUNDING)
    return _by_clock(found, now)


def _by_clock(found: Acted, now: datetime) -> Phase:
    order, how = found.wording, readings_of(found.wording)
    end = read_until(order, how, found.words, found.targets)
    if end is None or now < end:
        return Phase(Name.SOUNDING)
    if how.every is None or order.speak_at is None:
        return Phase(Name.FINISHED)
    turn = order.speak_at + (now - order.speak_at) // how.every * how.every
    if turn >= end and now < turn + how.reading:
        return Phase(Name.SOUNDING)
    following = turn + how.every
    if following >= order.expires_at:
        return Phase(Name.FINISHED)
    return Phase(Name.PAUSE, following)


def read_until(
    order: Order, how: Readings, words: Sequence[Word], places: Sequence[str]
) -> datetime | None:
    """When the readings that follow one another end; a silence in between puts them off. None
    where they go on until the order expires."""
    if not how.plays:
        return None
    begins = [at for at in (order.issued_at, order.speak_at, order.begins_at) if at is not None]
    lasts = how.plays * (how.reading + how.gap)
    end = max(begins, default=order.proposed_at) + lasts
    for number, word in enumerate(words, start=1):
        if word.alert or word.made_at >= end:
            continue
        if word.kind in MUTES:
            silent = [silent_until(place, words[:number], word.made_at) for place in places]
            end = max([end, *(until + lasts for until in silent if until is not None)])
        else:
            end = min(end, word.made_at + lasts)
    return end


def read_through(order: Order, words: Sequence[Word], places: Sequence[str], now: datetime) -> bool:
    """Whether nothing more of it will be read: its readings are over, and none follow."""
    how = readings_of(order)
    end = read_until(order, how, words, places)
    return end is not None and how.every is None and now >= end
