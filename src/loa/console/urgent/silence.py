"""Where an order is silent for a while, in the words of its page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import ngettext

from loa.alerts import selectors
from loa.alerts.models import Order
from loa.alerts.orders.acts import Acted, can_silence
from loa.alerts.orders.silence import WORDS, silent_until
from loa.places.selectors import names_of

NAMES_SHOWN = 3


class Stop(StrEnum):
    """What a press on the stop button would do for this person now: the buttons of the page are
    true to it."""

    OVER = "over"
    NOT_HERE = "not-here"
    WINDOW = "window"
    SOUNDS = "sounds"
    PARTLY = "partly"
    SILENT = "silent"
    SPENT = "spent"


def stop_of(
    found: Acted,
    later: Sequence[Order],
    presses: Sequence[Order],
    own: Sequence[str],
    person: str,
    now: datetime,
) -> dict[str, Any]:
    """`stop`: whether the order is silent in the person's own part of its places (all of it: there
    is nothing to stop; some of it; none) or cannot be silenced there any more. `stop_until`: when
    the first place of a wholly silent part sounds again."""
    ends = [silent_until(path, found.words, now) for path in own]
    silent = [end for end in ends if end is not None]
    if found.over:
        stop = Stop.OVER
    elif not own:
        stop = Stop.NOT_HERE
    elif found.waits:
        stop = Stop.WINDOW
    elif len(silent) == len(ends):
        stop = Stop.SILENT
    elif not can_silence(found, later, presses, own, person, now):
        stop = Stop.SPENT
    else:
        stop = Stop.PARTLY if silent else Stop.SOUNDS
    return {"stop": stop, "stop_until": min(silent) if stop is Stop.SILENT else None}


def silence_of(found: Acted, later: Sequence[Order]) -> dict[str, Any]:
    """`muted`: all of it is silent. Else `silent_in` names where it is; `sounds_in` names where it
    sounds again although the rest is silent. `later_where`: by order, the places of a mute or
    resumption that is for a part. Two queries, none where nobody ever silenced it."""
    said = [one for one in later if one.state == "issued" and one.kind in WORDS]
    if not said:
        return {"muted": False, "silent_in": "", "sounds_in": "", "later_where": {}}
    paths = selectors.targets_of_orders([one.pk for one in said])
    quiet = found.silence
    parts = {pk: where for pk, where in paths.items() if set(where) != set(found.targets)}
    names = names_of({*quiet.parts, *quiet.but, *(p for where in parts.values() for p in where)})
    return {
        "muted": quiet.whole,
        "silent_in": _named(quiet.parts, names),
        "sounds_in": _named(quiet.but, names),
        "later_where": {pk: _named(where, names) for pk, where in parts.items()},
    }


def _named(paths: Iterable[str], names: dict[str, str]) -> str:
    """`Xã Tam Đảo, Xã Bên Cạnh và 12 nơi khác`."""
    known = [names.get(path, path) for path in paths]
    text, more = ", ".join(known[:NAMES_SHOWN]), len(known) - NAMES_SHOWN
    if more <= 0:
        return text
    rest = ngettext("%(text)s và %(more)d nơi khác", "%(text)s và %(more)d nơi khác", more)
    return rest % {"text": text, "more": more}
