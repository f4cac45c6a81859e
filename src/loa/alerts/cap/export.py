"""An order of ours as CAP 1.2. Pure: the payload that was signed, in; XML, out.

Silences (mute, resume) are between a node and its devices; CAP has no word for them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loa.alerts.cap.model import Alert
from loa.alerts.hazards import BY_ID
from loa.lib import clock
from loa_protocol import payloads

Sounded = payloads.Alert | payloads.Drill | payloads.Update | payloads.Fill
Exported = Sounded | payloads.Cancel | payloads.DrillCancel

_DRILL = "DIỄN TẬP"
_OF_CLASS = {
    5: ("Immediate", "Extreme", "Likely"),
    4: ("Immediate", "Severe", "Likely"),
    3: ("Expected", "Moderate", "Likely"),
    2: ("Expected", "Minor", "Likely"),
    1: ("Expected", "Minor", "Possible"),
}
"""The other way of `mapping.level_of`: what is sent comes back as the same class."""
_CATEGORY = {
    "flood": "Met",
    "dam": "Infra",
    "storm": "Met",
    "flash-flood": "Geo",
    "fire": "Fire",
    "tsunami": "Geo",
    "earthquake": "Geo",
    "chemical": "CBRNE",
    "epidemic": "Health",
    "security": "Security",
}
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An order that a later one is about, by the id it was accepted under."""

    order: str
    payload: Sounded


def to_cap(
    payload: Exported,
    *,
    order: str,
    sender: str,
    names: Mapping[str, str],
    earlier: Sequence[Earlier] = (),
) -> bytes:
    """CAP 1.2 in UTF-8. `order` is the order's id and becomes the identifier; `names` has the name
    of every target; `earlier` is the alert and its updates, oldest first, of an update or a cancel.

    Raises ValueError if an update or cancel names none earlier, or an alert or drill names any.
    """
    about = isinstance(payload, payloads.Update | payloads.Cancel | payloads.DrillCancel)
    if about != bool(earlier):
        raise ValueError("an update or cancel is about an earlier order, and only these")
    drill = isinstance(payload, payloads.Drill | payloads.DrillCancel)
    fields: dict[str, Any] = {
        "identifier": order,
        "sender": sender,
        "sent": _when(payload.issued),
        "status": "Exercise" if drill else "Actual",
        "msg_type": _message_type(payload),
        "scope": "Public",
        "infos": [_info(payload, names, earlier, drill=drill)],
    }
    if drill:
        fields["note"] = _DRILL
    if earlier:
        fields["references_text"] = " ".join(
            f"{sender},{one.order},{_when(one.payload.issued)}" for one in earlier
        )
    xml = Alert.model_validate(fields).to_xml(
        skip_empty=True, xml_declaration=True, encoding="UTF-8"
    )
    return xml if isinstance(xml, bytes) else xml.encode()


def _message_type(payload: Exported) -> str:
    if isinstance(payload, payloads.Cancel | payloads.DrillCancel):
        return "Cancel"
    return "Update" if isinstance(payload, payloads.Update) else "Alert"


def _info(
    payload: Exported, names: Mapping[str, str], earlier: Sequence[Earlier], *, drill: bool
) -> dict[str, Any]:
    """What is said. A cancel tells its reason and takes the rest from what it ends."""
    if isinstance(payload, payloads.Cancel | payloads.DrillCancel):
        said = earlier[-1].payload
        title, text = payload.reason, payload.reason
    else:
        said = payload
        title, text = payload.title, payload.text
    hazard = BY_ID.get(said.hazard)
    urgency, severity, certainty = _OF_CLASS[said.class_]
    return {
        "language": said.languages[0],
        "categories": [_CATEGORY.get(said.hazard, "Other")],
        "event": hazard.event if hazard else said.hazard,
        "urgency": urgency,
        "severity": severity,
        "certainty": certainty,
        "effective": _when(payload.issued),
        "expires": _when(said.expires),
        # Receivers show the headline, and often nothing else.
        "headline": _letters(f"{_DRILL}: {title}" if drill else title),
        "description": _letters(text),
        "areas": [
            {"description": names[path], "geocodes": [{"name": "vn.path", "value": path}]}
            for path in payload.target
        ],
    }


def _when(moment: datetime) -> str:
    """Whole seconds on a Vietnamese clock: CAP knows neither fractions nor `Z`."""
    return clock.local(moment).replace(microsecond=0).isoformat()


def _letters(text: str) -> str:
    return _NOT_XML.sub(" ", text)
