"""Orders: alert, drill, update, cancel, mute, resume; templates and their fillings; commands."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from loa_protocol.kinds import Kind

from .common import (
    Class,
    Common,
    Date,
    Id,
    KeyText,
    Percent,
    Positive,
    Sha256,
    State,
    Text,
    Time,
    Title,
    Version,
    Wire,
    alias,
    type_is_list,
)

SPEAK_AFTER_MIN_S = 3
SPEAK_AFTER_MAX_S = 60
MUTE_MAX_S = 600
EVERY_MIN_S = 60
PAUSE_MIN_S = 1
"""What a shorter `gap_s` counts as: no device ends a reading and begins the next at one moment."""
ORDERS_MAX = 32

OrderIds = Annotated[tuple[Sha256, ...], type_is_list, Field(min_length=1, max_length=ORDERS_MAX)]


class Speech(Wire):
    """The spoken text as a file."""

    sha256: Sha256
    bytes: Positive
    ms: Positive


class Sounding(Common):
    """What an order that sounds carries. `plays` 0 means again and again until expiry. `every_s`:
    after its `plays` readings it is read once more in every so many seconds, until expiry."""

    class_: Class = alias("class")
    hazard: Id
    title: Title
    text: Text
    languages: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...],
        type_is_list,
        Field(min_length=1, max_length=8),
    ]
    speech: Speech | None = None
    siren: Id | None = None
    speak_at: Time
    plays: Annotated[int, Field(ge=0, le=1000)]
    gap_s: Annotated[int, Field(ge=0, le=3600)]
    every_s: Annotated[int, Field(ge=EVERY_MIN_S, le=3600)] | None = None
    map_date: Date

    @property
    def pause(self) -> timedelta:
        """How long after the end of a reading the next one begins."""
        return timedelta(seconds=max(PAUSE_MIN_S, self.gap_s))

    @model_validator(mode="after")
    def _sounding(self) -> Self:
        after = self.speak_at - self.issued
        if (
            not timedelta(seconds=SPEAK_AFTER_MIN_S)
            <= after
            <= timedelta(seconds=SPEAK_AFTER_MAX_S)
        ):
            raise ValueError("speak_at is not 3 to 60 s after issued")
        return self


class Alert(Sounding):
    """A real warning."""

    KIND: ClassVar[Kind] = Kind.ALERT

    kind: Literal["alert"] = "alert"


class Drill(Sounding):
    """An exercise: it has no siren, and the device says so first."""

    KIND: ClassVar[Kind] = Kind.DRILL

    kind: Literal["drill"] = "drill"

    @model_validator(mode="after")
    def _no_siren(self) -> Self:
        if self.siren is not None:
            raise ValueError("a drill has no siren")
        return self


class Update(Sounding):
    """A new wording of an alert. The highest revision wins."""

    KIND: ClassVar[Kind] = Kind.UPDATE

    kind: Literal["update"] = "update"
    alert: Sha256
    revision: Positive


class Cancel(Common):
    """The end of an alert. Final."""

    KIND: ClassVar[Kind] = Kind.CANCEL

    kind: Literal["cancel"] = "cancel"
    alert: Sha256
    reason: Title


class DrillCancel(Common):
    """The end of a drill. Final."""

    KIND: ClassVar[Kind] = Kind.DRILL_CANCEL

    kind: Literal["drill-cancel"] = "drill-cancel"
    alert: Sha256
    reason: Title


class Mute(Common):
    """Silence for a while, by one person, while a second one decides."""

    KIND: ClassVar[Kind] = Kind.MUTE

    kind: Literal["mute"] = "mute"
    orders: OrderIds
    seconds: Annotated[int, Field(ge=1, le=MUTE_MAX_S)]


class DrillMute(Common):
    """The same for drills."""

    KIND: ClassVar[Kind] = Kind.DRILL_MUTE

    kind: Literal["drill-mute"] = "drill-mute"
    orders: OrderIds
    seconds: Annotated[int, Field(ge=1, le=MUTE_MAX_S)]


class Resume(Common):
    """The end of a mute; what is unused of it is given back."""

    KIND: ClassVar[Kind] = Kind.RESUME

    kind: Literal["resume"] = "resume"
    orders: OrderIds


class Blank(Wire):
    """A gap in a template, and what may stand in it."""

    type: Literal["place", "level", "time"]
    values: Annotated[tuple[Title, ...], type_is_list, Field(max_length=200)] = ()


class CapRule(Wire):
    """By which CAP 1.2 messages a node's own reader may fill a template, and from what of them.

    `senders` are CAP senders whose messages were authenticated at the node; a message counts from
    class `least` up; `blanks` says which part of the message stands in each blank.
    """

    senders: Annotated[tuple[Title, ...], type_is_list, Field(min_length=1, max_length=16)]
    hazards: Annotated[tuple[Id, ...], type_is_list, Field(min_length=1, max_length=16)]
    least: Class
    blanks: dict[Id, Literal["area", "level", "onset", "expires"]] = Field(default_factory=dict)


class Template(State):
    """A text that two persons signed in advance for a machine's feed to fill in.

    `title` and `hazard`, where they are given, bind the fill as the text does. `cap` binds the
    node that reads CAP; devices pass over it.
    """

    KIND: ClassVar[Kind] = Kind.TEMPLATE

    kind: Literal["template"] = "template"
    id: Id
    feed: KeyText
    class_: Class = alias("class")
    hazard: Id | None = None
    title: Title | None = None
    text: Text
    blanks: dict[Id, Blank]
    cap: CapRule | None = None
    cancel_s: Annotated[int, Field(ge=0, le=600)]
    max_per_day: Annotated[int, Field(ge=1, le=100)]


class Fill(Sounding):
    """A filled-in template: an alert after `cancel_s` in which one person may stop it."""

    KIND: ClassVar[Kind] = Kind.FILL

    kind: Literal["fill"] = "fill"
    template: Id
    template_version: Version
    blanks: dict[Id, Title]


class CommandArgs(Wire):
    """What a command needs."""

    volume_pct: Percent | None = None
    level_lufs: Annotated[int, Field(ge=-40, le=0)] | None = None
    # What a self-test says instead of its tone. A device that does not know it sounds the tone.
    speech: Speech | None = None
    receipts: (
        Annotated[tuple[Sha256, ...], type_is_list, Field(min_length=1, max_length=200)] | None
    ) = None


class Command(Common):
    """What a node asks of one device. `volume` never lowers the alert level.

    `confirm` names receipts (by the id of their envelope) that the node has stored. `measure` asks
    for the level of the device's output over one second, answered by a receipt. A device that does
    not know a word of `do` refuses the command with `bad_field`.
    """

    KIND: ClassVar[Kind] = Kind.COMMAND

    kind: Literal["command"] = "command"
    do: Literal[
        "volume",
        "self-test",
        "measure",
        "level",
        "restart",
        "fetch-assignment",
        "look-for-software",
        "confirm",
    ]
    args: CommandArgs = CommandArgs()

    @model_validator(mode="after")
    def _args(self) -> Self:
        needed = {"volume": "volume_pct", "level": "level_lufs", "confirm": "receipts"}.get(self.do)
        if needed is not None and getattr(self.args, needed) is None:
            raise ValueError(f"{self.do} needs {needed}")
        return self
