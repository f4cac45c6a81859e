"""A CAP message to the draft of an order of ours. Pure; the draft is a proposal to persons."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from loa.alerts.cap.areas import Centre, Found, places_of
from loa.alerts.cap.model import Alert, Info, Reference
from loa.lib.text import nfc

_EVENTS = Path(__file__).parent / "events.tsv"

Kind = Literal["alert", "update", "cancel", "drill", "drill-cancel"]

_OF_SEVERITY = {"Extreme": 5, "Severe": 4, "Moderate": 3, "Minor": 2, "Unknown": 3}
_LESS_URGENT = {"Immediate": 0, "Expected": 0, "Future": 1, "Past": 2, "Unknown": 0}
_LESS_CERTAIN = {"Observed": 0, "Likely": 0, "Possible": 1, "Unlikely": 2, "Unknown": 0}

_KINDS: dict[tuple[str, str], Kind] = {
    ("Actual", "Alert"): "alert",
    ("Actual", "Update"): "update",
    ("Actual", "Cancel"): "cancel",
    ("Exercise", "Alert"): "drill",
    ("Exercise", "Cancel"): "drill-cancel",
}
"""What may become an order. All else (System, Test, Draft, Ack, Error) is never aired; drills have
no updates."""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What an officer would begin from. `hazard` None: the event is in no row of the table."""

    kind: Kind
    references: tuple[Reference, ...]
    level: int | None = None
    hazard: str | None = None
    title: str = ""
    text: str = ""
    expires: datetime | None = None
    areas: tuple[tuple[str, Found], ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Every place once, in the order of the message."""
        return tuple(dict.fromkeys(path for _, found in self.areas for path in found.paths))


def draft_of(alert: Alert, centres: Sequence[Centre], now: datetime) -> OrderDraft | None:
    """The draft, or None where nothing of the message may ever be aired."""
    kind = _KINDS.get((alert.status, alert.msg_type))
    if kind is None or alert.scope != "Public":
        return None
    info = chosen(alert, now)
    if info is None:
        return OrderDraft(kind, alert.references)
    said = [part for part in (info.description, info.instruction) if part]
    return OrderDraft(
        kind,
        alert.references,
        level_of(info),
        hazard_of(info),
        nfc(info.headline or info.event),
        nfc("\n".join(said)),
        info.expires,
        tuple((area.description, places_of(area, centres)) for area in info.areas),
    )


def chosen(alert: Alert, now: datetime) -> Info | None:
    """Of what still stands, the Vietnamese words; else the first."""
    standing = [info for info in alert.infos if info.expires is None or info.expires > now]
    spoken = [info for info in standing if info.language.lower().startswith("vi")]
    return next(iter(spoken or standing), None)


def level_of(info: Info) -> int:
    """1 to 5: severity, less what is late or doubtful. What is unknown lowers nothing."""
    level = _OF_SEVERITY[info.severity]
    return max(1, level - _LESS_URGENT[info.urgency] - _LESS_CERTAIN[info.certainty])


def hazard_of(info: Info) -> str | None:
    """The hazard whose words stand in the event; the first row that fits."""
    event = nfc(info.event).casefold()
    for hazard, words in _table():
        if words.search(event):
            return hazard
    return None


@cache
def _table() -> tuple[tuple[str, re.Pattern[str]], ...]:
    # Letters are compared with their marks: "báo" (to report) is not "bão" (a storm).
    with _EVENTS.open(encoding="utf-8", newline="") as lines:
        return tuple(
            (row["hazard"], re.compile(rf"\b(?:{nfc(row['words'])})\b"))
            for row in csv.DictReader(lines, delimiter="\t")
        )
