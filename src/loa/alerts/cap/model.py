"""The elements of CAP 1.2 in the order of its schema, with its code lists. Values, no judgement."""

import re
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError
from pydantic_xml import BaseXmlModel, element

from loa.alerts.cap.parsing import NAMESPACE

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,5}(\.\d{0,40})?([eE][+-]?\d{1,2})?", re.ASCII)
"""As programs print what they reckon with: also `9.1999999999999993` and `4e-05`."""
_COMMA = re.compile(r"\s*,\s*")
_EARTH_HALF_KM = 20_000
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
"""Beyond these nobody warns, and at the ends of the calendar a zone cannot be applied."""

Point = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""


class Reference(NamedTuple):
    """An earlier message."""

    sender: str
    identifier: str
    sent: datetime


def polygon_of(text: str) -> tuple[Point, ...]:
    """The closed ring of a `polygon`. Raises PydanticCustomError."""
    points = tuple(_point(part) for part in _COMMA.sub(",", text).split())
    if len(points) < 4 or points[0] != points[-1]:
        raise PydanticCustomError("bad_area", "not a closed ring")
    return points


def circle_of(text: str) -> tuple[Point, float]:
    """Centre and radius in km of a `circle`. Raises PydanticCustomError."""
    parts = _COMMA.sub(",", text).split()
    if len(parts) != 2 or not _NUMBER.fullmatch(parts[1]):
        raise PydanticCustomError("bad_area", "not a circle")
    radius_km = float(parts[1])
    if not 0 <= radius_km <= _EARTH_HALF_KM:
        raise PydanticCustomError("bad_area", "radius out of range")
    return _point(parts[0]), radius_km


def references_of(text: str) -> tuple[Reference, ...]:
    """The messages of `references`. Raises PydanticCustomError."""
    found = []
    for part in text.split():
        fields = part.split(",")
        if len(fields) != 3 or not all(fields):
            raise PydanticCustomError("bad_reference", "not sender,identifier,sent")
        found.append(Reference(fields[0], fields[1], _time(fields[2])))
    if not found:
        raise PydanticCustomError("bad_reference", "empty")
    return tuple(found)


def _time(value: object) -> datetime:
    """RFC 3339 with a numeric offset: CAP forbids letters for zones."""
    text = str(value).strip()
    if _TIME.fullmatch(text):
        try:
            if _FIRST_YEAR <= int(text[:4]) <= _LAST_YEAR:
                return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise PydanticCustomError("bad_time", "not a time with an offset")


def _point(text: str) -> Point:
    parts = text.split(",")
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise PydanticCustomError("bad_area", "not a point")
    latitude, longitude = float(parts[0]), float(parts[1])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PydanticCustomError("bad_area", "point out of range")
    return latitude, longitude


def _polygon(text: str) -> str:
    polygon_of(text)
    return text


def _circle(text: str) -> str:
    circle_of(text)
    return text


def _references(text: str) -> str:
    references_of(text)
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\s,<&]{1,500}$", strip_whitespace=True)]
Time = Annotated[datetime, BeforeValidator(_time)]
Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra",
    "CBRNE", "Other",
]  # fmt: skip
Response = Literal[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
]  # fmt: skip

_NSMAP = {"": NAMESPACE}


class _Part(BaseXmlModel, nsmap=_NSMAP, search_mode="strict", extra="forbid"):
    pass


class Named(_Part):
    """`valueName` and `value` of codes, parameters and geocodes. A value may be empty."""

    name: Said = element(tag="valueName")
    value: Text = element(default="")


class Resource(_Part):
    """A file that belongs to the message. It is never fetched here."""

    description: Said = element(tag="resourceDesc")
    mime_type: Said = element(tag="mimeType")
    size: Text | None = element(default=None)
    uri: Text | None = element(default=None)
    deref_uri: str | None = element(tag="derefUri", default=None)
    digest: Text | None = element(default=None)


class Area(_Part):
    """A place in words, and in rings, circles or codes."""

    description: Said = element(tag="areaDesc")
    polygons: list[Annotated[str, AfterValidator(_polygon)]] = element(tag="polygon", default=[])
    circles: list[Annotated[str, AfterValidator(_circle)]] = element(tag="circle", default=[])
    geocodes: list[Named] = element(tag="geocode", default=[])
    altitude: Text | None = element(default=None)
    ceiling: Text | None = element(default=None)


class Info(_Part):
    """What is said, in one language."""

    language: Text = element(default="en-US")
    categories: list[Category] = element(tag="category", min_length=1)
    event: Said = element()
    responses: list[Response] = element(tag="responseType", default=[])
    urgency: Urgency = element()
    severity: Severity = element()
    certainty: Certainty = element()
    audience: Text | None = element(default=None)
    event_codes: list[Named] = element(tag="eventCode", default=[])
    effective: Time | None = element(default=None)
    onset: Time | None = element(default=None)
    expires: Time | None = element(default=None)
    sender_name: Text | None = element(tag="senderName", default=None)
    headline: Text | None = element(default=None)
    description: Text | None = element(default=None)
    instruction: Text | None = element(default=None)
    web: Text | None = element(default=None)
    contact: Text | None = element(default=None)
    parameters: list[Named] = element(tag="parameter", default=[])
    resources: list[Resource] = element(tag="resource", default=[])
    areas: list[Area] = element(tag="area", default=[])


class Alert(_Part, tag="alert"):
    """One CAP message."""

    identifier: Name = element()
    sender: Name = element()
    sent: Time = element()
    status: Status = element()
    msg_type: MsgType = element(tag="msgType")
    source: Text | None = element(default=None)
    scope: Scope = element()
    restriction: Text | None = element(default=None)
    addresses: Text | None = element(default=None)
    codes: list[Text] = element(tag="code", default=[])
    note: Text | None = element(default=None)
    references_text: Annotated[str, AfterValidator(_references)] | None = element(
        tag="references", default=None
    )
    incidents: Text | None = element(default=None)
    infos: list[Info] = element(tag="info", default=[])

    @property
    def references(self) -> tuple[Reference, ...]:
        return references_of(self.references_text) if self.references_text else ()
