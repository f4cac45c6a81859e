"""A CAP message to the draft of an order of ours. Pure; the draft is a proposal to persons."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from loa.alerts.cap.areas import Centre, Found, places_of
from loa.alerts.cap.model import Alert, Info, Reference, polygon_of
from loa.alerts.cap.plain import plain
from loa.alerts.cap.remarks import Remark
from loa.alerts.cap.rings import crosses_itself
from loa.lib.text import nfc

_CODES = Path(__file__).parent / "codes.tsv"
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


MAX_LIFE = timedelta(hours=72)
"""The longest life of an order. A message may live longer: its signers are offered this much."""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What an officer would begin from. `hazard` None: the event is in no row of the table.

    `expires` is at most `MAX_LIFE` after the message was looked at; `ends` is what it said."""

    kind: Kind
    references: tuple[Reference, ...]
    level: int | None = None
    hazard: str | None = None
    title: str = ""
    text: str = ""
    expires: datetime | None = None
    areas: tuple[tuple[str, Found], ...] = ()
    onset: datetime | None = None
    ends: datetime | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Every place once, in the order of the message."""
        return tuple(dict.fromkeys(path for _, found in self.areas for path in found.paths))


def draft_of(alert: Alert, centres: Sequence[Centre], now: datetime) -> OrderDraft | None:
    """The draft of its severest part, or None where nothing of the message may ever be aired."""
    return next(iter(drafts_of(alert, centres, now)), None)


def drafts_of(alert: Alert, centres: Sequence[Centre], now: datetime) -> list[OrderDraft]:
    """A draft of every part that counts, the severest first; none where nothing of the message may
    ever be aired."""
    kind = _KINDS.get((alert.status, alert.msg_type))
    if kind is None or alert.scope != "Public":
        return []
    parts = counted(alert, now)
    if not parts:
        return [OrderDraft(kind, alert.references)]
    of_all = _remarks_of_all(alert)
    return [_draft(kind, alert, info, centres, now, of_all) for info in parts]


def _draft(
    kind: Kind,
    alert: Alert,
    info: Info,
    centres: Sequence[Centre],
    now: datetime,
    of_all: tuple[Remark, ...],
) -> OrderDraft:
    said = [part for part in (plain(info.description), plain(info.instruction)) if part]
    longest = now + MAX_LIFE
    return OrderDraft(
        kind,
        alert.references,
        level_of(info),
        hazard_of(info),
        title_of(info),
        "\n".join(said),
        min(info.expires, longest) if info.expires else None,
        tuple((plain(area.description), places_of(area, centres)) for area in info.areas),
        info.onset or info.effective,
        info.expires,
        (*of_all, *_remarks(alert, info, now)),
    )


def title_of(info: Info) -> str:
    """The headline, or the event where there is none."""
    return " ".join((plain(info.headline) or plain(info.event)).split())


def chosen(alert: Alert, now: datetime) -> Info | None:
    """The severest part that counts."""
    return next(iter(counted(alert, now)), None)


def counted(alert: Alert, now: datetime) -> list[Info]:
    """The parts that still stand, in Vietnamese, else in the language of the first; the severest
    first. Parts in one language are about different things, and each counts."""
    standing = [info for info in alert.infos if info.expires is None or info.expires > now]
    spoken = [info for info in standing if _language(info) == "vi"]
    same = spoken or [info for info in standing if _language(info) == _language(standing[0])]
    return sorted(same, key=lambda info: (_is_all_clear(info), -level_of(info)))


def _language(info: Info) -> str:
    return info.language.lower().replace("_", "-").partition("-")[0]


def _is_all_clear(info: Info) -> bool:
    return "AllClear" in info.responses or hazard_of(info) == "all-clear"


_DRILL = re.compile(
    r"\b(?:diễn tập|diễn thử|thử nghiệm|phát thử|chạy thử|bản tin thử|tin thử|drill|exercise"
    r"|this is (?:only )?a test|test message)\b"
)


def _remarks(alert: Alert, info: Info, now: datetime) -> Iterator[Remark]:
    if _codes_disagree(info):
        yield Remark.EVENT_DISAGREES
    if _is_all_clear(info):
        yield Remark.ALL_CLEAR
    if info.expires is not None and info.expires - min(alert.sent, now) > MAX_LIFE:
        yield Remark.LONG_LIFE
    if info.expires is not None and info.onset is not None and info.expires <= info.onset:
        yield Remark.ENDS_FIRST
    if any(crosses_itself(polygon_of(text)) for area in info.areas for text in area.polygons):
        yield Remark.RING_CROSSES


def _remarks_of_all(alert: Alert) -> tuple[Remark, ...]:
    """What is true of every part: words about a drill in one of them make all doubtful."""
    said = [alert.note]
    for info in alert.infos:
        said += [info.event, info.headline, info.description, info.instruction]
    drill = _DRILL.search(nfc(" ".join(filter(None, said))).casefold())
    return (Remark.DRILL_WORDS,) if alert.status == "Actual" and drill else ()


def _codes_disagree(info: Info) -> bool:
    """Whether a code names another hazard than the event's words. A code that is in no list says
    nothing."""
    coded = {hazard for code in info.event_codes if (hazard := _hazard_of_code(code.value))}
    return bool(coded) and hazard_of(info) not in coded


def _hazard_of_code(value: str) -> str | None:
    text = nfc(value).strip()
    return _codes().get(text.upper()) or hazard_of_words(text)


@cache
def _codes() -> dict[str, str]:
    with _CODES.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["hazard"] for row in csv.DictReader(lines, delimiter="\t")}


def level_of(info: Info) -> int:
    """1 to 5: severity, less what is late or doubtful. What is unknown lowers nothing."""
    level = _OF_SEVERITY[info.severity]
    return max(1, level - _LESS_URGENT[info.urgency] - _LESS_CERTAIN[info.certainty])


def hazard_of(info: Info) -> str | None:
    """The hazard whose words stand in the event; the first row that fits."""
    return hazard_of_words(info.event)


def hazard_of_words(text: str) -> str | None:
    """The hazard that these words name."""
    event = nfc(text).casefold()
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
