"""The records of the official exchange, in our own words. Values within bounds, no judgement.

A field that the other side does not know is absent, never invented. Times have an offset, codes are
the official ones (province two digits, commune five, never derived from each other), hashes are
lowercase hex SHA-256.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

LINE_MAX, LONG_MAX, LIST_MAX = 300, 40_000, 4_000


def _plain(text: str) -> str:
    """Letters that XML and JSON both carry unchanged, and no blanks at the ends."""
    if text != text.strip() or any(ord(c) < 32 and c not in "\n\t" for c in text):
        raise ValueError("control characters, or blanks at the ends")
    if any(0xD800 <= ord(c) <= 0xDFFF or ord(c) in (0xFFFE, 0xFFFF) for c in text):
        raise ValueError("no letter of XML")
    return text


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise ValueError("a time without an offset, or of another century")
    return moment.replace(microsecond=0)


Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE_MAX), AfterValidator(_plain)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=LONG_MAX), AfterValidator(_plain)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,80}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Province = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
Commune = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Area = Annotated[str, StringConstraints(pattern=r"^(vn|[0-9]{2}|[0-9]{5})$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,280}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Moment = Annotated[datetime, AfterValidator(_aware)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Percent = Annotated[int, Field(ge=0, le=100)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Way(StrEnum):
    """Which way a record travels: from the centre, to it, or both."""

    DOWN = "down"
    UP = "up"
    BOTH = "both"


class Part(BaseModel):
    """A record, or a piece of one: closed, and never changed once made."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Record(Part):
    """One record of the exchange. `NAME` is its name here, `WAY` where it goes. `PERSONAL` are
    fields that hold personal data: they are filled only where the law asks for them."""

    NAME: ClassVar[str]
    WAY: ClassVar[Way]
    PERSONAL: ClassVar[frozenset[str]] = frozenset()


class Media(Part):
    """A file that a bulletin brings."""

    url: Url
    sha256: Sha256
    kind: Literal["audio", "image", "video", "document"]
    bytes: Count
    seconds: Count | None = None


Many = Annotated[tuple[Area, ...], Field(max_length=LIST_MAX)]


class Bulletin(Record):
    """A bulletin on its way to stations, or shared upwards. `recalled` takes it back."""

    NAME: ClassVar[str] = "bulletin"
    WAY: ClassVar[Way] = Way.BOTH

    id: Id
    source_system: Id
    issuer: Line
    title: Line
    summary: Long | None = None
    text: Long | None = None
    category: Code
    level: Literal["normal", "priority", "urgent"]
    language: Language
    media: Annotated[tuple[Media, ...], Field(max_length=20)] = ()
    areas: Annotated[tuple[Area, ...], Field(min_length=1, max_length=LIST_MAX)]
    channels: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    times: Annotated[tuple[Moment, ...], Field(max_length=100)] = ()
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    approved_at: Moment | None = None
    version: Annotated[int, Field(ge=1, le=10**6)] = 1
    recalled: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "Bulletin":
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until is not after valid_from")
        return self


class AirReport(Record):
    """What one cluster did with one bulletin."""

    NAME: ClassVar[str] = "air_report"
    WAY: ClassVar[Way] = Way.UP

    bulletin: Id
    station: Id
    device: Id
    planned_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    result: Literal["completed", "partial", "failed", "skipped"]
    reason: Line | None = None
    volume: Percent | None = None
    evidence: Literal["measured_at_horn", "measured_by_player", "other_system", "person", "none"]
    received_at: Moment


class Acknowledgement(Record):
    """Whether a message was taken."""

    NAME: ClassVar[str] = "acknowledgement"
    WAY: ClassVar[Way] = Way.BOTH

    message: Id
    accepted: bool
    error: Code | None = None
    at: Moment


class Station(Record):
    NAME: ClassVar[str] = "station"
    WAY: ClassVar[Way] = Way.UP

    id: Id
    commune: Commune
    name: Line
    technology: Literal["wired", "fm", "ip", "mixed"]
    decision: Line | None = None
    operator: Line | None = None
    clusters: Count
    speakers: Count | None = None
    status: Literal["working", "silent", "closed"]
    staff: Count | None = None


class Device(Record):
    """A transceiver cluster."""

    NAME: ClassVar[str] = "device"
    WAY: ClassVar[Way] = Way.UP

    id: Id
    station: Id
    commune: Commune
    hamlet: Line | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    vendor: Line | None = None
    model: Line | None = None
    serial: Line | None = None
    firmware: Line | None = None
    speakers: Count | None = None
    status: Literal["online", "offline", "playing", "fault", "maintenance", "unknown"]
    last_seen: Moment | None = None
    installed_at: Moment | None = None


class Board(Record):
    """A public electronic board."""

    NAME: ClassVar[str] = "board"
    WAY: ClassVar[Way] = Way.UP

    id: Id
    commune: Commune
    owner: Line
    level: Literal["centre", "province", "commune", "hamlet"]
    square_metres: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    kind: Literal["led", "lcd", "other"] | None = None
    location: Line | None = None
    connected: bool
    status: Literal["online", "offline", "fault", "unknown"]


class Page(Record):
    """A web page, a Zalo official account, or another account of an office."""

    NAME: ClassVar[str] = "page"
    WAY: ClassVar[Way] = Way.UP

    url: Url
    commune: Commune
    kind: Literal["web", "zalo_oa", "social"]
    owner: Line
    followers: Count | None = None
    posts: Count | None = None
    period: Line | None = None


class Propagandist(Record):
    """A grassroots propagandist, as little of the person as can be."""

    NAME: ClassVar[str] = "propagandist"
    WAY: ClassVar[Way] = Way.UP
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"person"})

    person: Id
    commune: Commune
    hamlet: Line | None = None
    role: Line | None = None
    decision: Line | None = None
    languages: Annotated[tuple[Language, ...], Field(max_length=10)] = ()
    trained_at: date | None = None


class Case(Record):
    """A voice from the people and what became of it."""

    NAME: ClassVar[str] = "case"
    WAY: ClassVar[Way] = Way.BOTH
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"text"})

    id: Id
    channel: Code
    identity: Literal["anonymous", "declared", "verified"]
    area: Area
    category: Code
    text: Long | None = None
    received_at: Moment
    assigned_to: Line | None = None
    transfers: Count = 0
    due_at: Moment | None = None
    status: Literal["new", "assigned", "answered", "closed", "wrong_channel"]
    answer: Long | None = None
    published_at: Url | None = None
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None


class Directive(Record):
    """A directive document of a superior body."""

    NAME: ClassVar[str] = "directive"
    WAY: ClassVar[Way] = Way.DOWN

    number: Line
    issued_on: date
    issuer: Line
    subject: Line
    file: Media | None = None
    deadline: Moment | None = None
    read_at: Moment | None = None
    acted_at: Moment | None = None


class IndicatorValue(Record):
    """One figure of one area and period. Without a denominator it is a plain count."""

    NAME: ClassVar[str] = "indicator_value"
    WAY: ClassVar[Way] = Way.UP

    indicator: Code
    area: Area
    period: Line
    as_of: date
    value: Count
    denominator: Count | None = None
    submitted_at: Moment | None = None
    status: Literal["draft", "submitted", "returned", "accepted"]


class Incident(Record):
    NAME: ClassVar[str] = "incident"
    WAY: ClassVar[Way] = Way.UP

    id: Id
    subject: Id
    commune: Commune
    kind: Code
    opened_at: Moment
    closed_at: Moment | None = None
    cause: Line | None = None


RECORDS: tuple[type[Record], ...] = (
    Bulletin,
    AirReport,
    Acknowledgement,
    Station,
    Device,
    Board,
    Page,
    Propagandist,
    Case,
    Directive,
    IndicatorValue,
    Incident,
)
BY_NAME = {record.NAME: record for record in RECORDS}


class Message(Part):
    """Records of one sort on their way, from one system to another."""

    id: Id
    sender: Id
    receiver: Id
    sent_at: Moment
    records: Annotated[tuple[Any, ...], Field(max_length=5_000)]

    @property
    def name(self) -> str:
        """The records' sort; empty for a message without any."""
        return self.records[0].NAME if self.records else ""
