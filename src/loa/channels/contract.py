"""What every channel is (wall 6, second edition). `channels/demo` is its living specification.

A channel reaches people through outlets (a list of addresses, a board, a page). It speaks for an
account: a sign-in at an outside system, with typed settings and sealed secrets. The dispatcher
calls it. Before each call a row says what is about to be sent; after it, what came of it.

A channel holds no state of its own: two workers may use one account at the same time.
"""

from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict

from loa.channels.failures import Failure, MessageFailed, OutletFailed, Scope
from loa.newsroom.renditions import Form

Grade = Literal["A", "B", "C", "D"]


def grade_of(text: str) -> Grade | None:
    """A grade as it stands in the database; None for none."""
    grades: dict[str, Grade] = {"A": "A", "B": "B", "C": "C", "D": "D"}
    return grades.get(text)


class Mode(StrEnum):
    """How an outlet gets what it shows.

    `push`: each message is sent once. `state`: the outlet is told everything it should show now.
    `pull`: somebody fetches it from this node and says what became of it.
    """

    PUSH = "push"
    STATE = "state"
    PULL = "pull"


class Settings(BaseModel):
    """Base of an account's settings: typed, closed, free of secrets. The console makes its form
    from the class; `title` and `description` of a field are Vietnamese."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Secrets(BaseModel):
    """Base of an account's secrets: sealed in the database, never shown, never logged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Profile(BaseModel):
    """Base of an outlet's profile: what its form is (pixels, lines, paper, reply address)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Capability:
    """Whether an account can do something, as probed at `at`; `code` is the refusal's."""

    state: Literal["works", "refused", "unknown"]
    at: datetime
    code: str = ""


SettingsT = TypeVar("SettingsT", bound=Settings)
SecretsT = TypeVar("SecretsT", bound=Secrets)
ProfileT = TypeVar("ProfileT", bound=Profile)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAccount(Generic[SettingsT, SecretsT]):
    """An account with its secrets unsealed, for the length of one call. `place` is a wire path."""

    id: UUID
    name: str
    place: str
    settings: SettingsT
    secrets: SecretsT = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target(Generic[ProfileT]):
    """An outlet as its channel sees it. `place` is a wire path; `station_id` only for poles."""

    id: UUID
    name: str
    place: str
    profile: ProfileT
    station_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture of a rendition: a file of the media store, and words for who cannot see it."""

    sha256: str
    alt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendition:
    """One form of what is said, as it was approved. `sha256` is its hash in the approval; for an
    urgent order it is the order's id. `url` is the item's own page."""

    form: Form
    sha256: str
    title: str
    text: str
    issuer: str = ""
    place: str = ""
    language: str = "vi"
    url: str = ""
    correction: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    audio_sha256: str | None = None
    urgent: bool = False
    drill: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What an outlet would get: the officer sees it before the approval. `data` is what is sent
    where that is a file; `warnings` are sentences about what is lost in this form."""

    title: str
    text: str
    mime: str = "text/plain"
    data: bytes = field(default=b"", repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a rendition has no form for an outlet."""

    code: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One person of a list. `ref` is ours and says nothing about the person; `address` is where
    the message goes (an e-mail address, a telephone number)."""

    ref: UUID
    address: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Message(Generic[ProfileT]):
    """One dispatch on its way. `key` is the same for every try.

    `recipients` are those of the list to be reached by this try; empty where the outlet is not a
    list. `bulletin_id` and `begins_at` say which item of a programme is meant.
    """

    key: UUID
    target: Target[ProfileT]
    rendition: Rendition
    content: Content
    expires_at: datetime | None = None
    begins_at: datetime | None = None
    bulletin_id: UUID | None = None
    recipients: tuple[Recipient, ...] = ()

    @property
    def units(self) -> int:
        """What this message counts against the account's limits."""
        return max(1, len(self.recipients))


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientOutcome:
    """What became of one person's copy. `unknown`: it was given away and nobody said whether it was
    taken."""

    ref: UUID
    state: Literal["carried", "unknown", "shown", "failed"]
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is known of a dispatch now.

    `carried`: on its way, the proof comes later. `shown`: it reached people, by the word of
    `grade` (protocol.md 10). `failed`: with `failure`, which says whether trying again helps.
    It may come late, twice, or after a newer one.
    """

    key: UUID
    state: Literal["carried", "shown", "failed"]
    at: datetime
    grade: Grade | None = None
    reference: str = ""
    failure: Failure | None = None
    recipients: tuple[RecipientOutcome, ...] = ()

    @property
    def final(self) -> bool:
        """Whether the dispatch need not be tried again. What the account cannot do now, the message
        has not failed at."""
        if self.state != "failed" or self.failure is None:
            return True
        return self.failure.permanent and self.failure.scope is not Scope.ACCOUNT


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """What became of taking a message back. `asked`: the outside system or a person was asked and
    has not said yes. `confirmed`: it is gone there. `cannot`: with `why`."""

    key: UUID
    state: Literal["asked", "confirmed", "cannot"]
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What sending a batch would mean. `people` counts those of lists; `cost_vnd` is None where
    nothing is charged or the price is not known; `refused` says what will not go and why."""

    messages: int
    people: int
    cost_vnd: int | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    refused: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundRequest:
    """What came in, byte for byte, as it was stored."""

    key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonEvent:
    """Something a person or their mail system said about a list's copy: `stop` (wants no more) or
    `bounced` (cannot be reached; `failure` says for how long)."""

    kind: Literal["stop", "bounced"]
    ref: UUID
    failure: Failure | None = None


Event = Outcome | Withdrawal | PersonEvent


class Channel(ABC, Generic[SettingsT, SecretsT, ProfileT]):
    """One way of reaching people.

    `check`, `capabilities`, `send`, `sync`, `withdraw`, `receive` and `poll` are called outside any
    database transaction. They may use the network, for `timeout_s` together. The others may not.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    modes: ClassVar[frozenset[Mode]]
    Settings: ClassVar[type[Settings]] = Settings
    Secrets: ClassVar[type[Secrets]] = Secrets
    Profile: ClassVar[type[Profile]] = Profile

    forms: ClassVar[tuple[Form, ...]]
    """The forms it can use, the best first."""
    takes_orders: ClassVar[bool] = True
    """Whether urgent orders go out by it. An audio channel must be able to interrupt for it."""
    repeatable: ClassVar[bool] = False
    """Whether sending one key twice reaches people once. Where it does not, a try that a dying
    worker left open is not repeated: it becomes `unknown`, and a person decides."""
    has_lists: ClassVar[bool] = False
    """Whether an outlet is a list of persons, each of whom gets a copy."""
    batch_max: ClassVar[int] = 1
    """How many units (persons, or messages without a list) one `send` takes."""
    word_within: ClassVar[timedelta | None] = None
    """After which time a `carried` without any further word becomes `unknown`."""
    capability_labels: ClassVar[Mapping[str, str]] = {}
    """What the names of `capabilities` are called by officers, in Vietnamese."""
    timeout_s: ClassVar[float] = 30.0
    """A call that takes longer is given up for lost by other workers."""

    def mode(self, settings: SettingsT) -> Mode:
        """The mode of an account with these settings. A channel with several modes says which."""
        (mode,) = self.modes
        return mode

    def check(self, account: OpenAccount[SettingsT, SecretsT]) -> list[str]:
        """What is wrong with the account, one Vietnamese sentence each; nothing is sent to
        people. Empty when it can send."""
        return []

    def capabilities(self, account: OpenAccount[SettingsT, SecretsT]) -> dict[str, Capability]:
        """What the account can do, as probed now."""
        return {}

    def prepare(self, rendition: Rendition, profile: ProfileT) -> Content | Problem:
        """What an outlet with this profile would get. Pure: the same input, the same content."""
        return Content(title=rendition.title, text=rendition.text)

    def clean_address(self, text: str) -> str:
        """An address as it is kept (with `has_lists`). Pure. Raises ValueError for what is none."""
        raise ValueError("this channel has no lists")

    def recipients(self, target: Target[ProfileT]) -> Iterable[Recipient]:
        """The persons of a list who agreed and can be reached (with `has_lists`)."""
        return ()

    def estimate(self, batch: Sequence[Message[ProfileT]]) -> Estimate:
        """What sending the batch would mean. Pure."""
        people = sum(len(message.recipients) for message in batch)
        return Estimate(messages=len(batch), people=people)

    def send(
        self, account: OpenAccount[SettingsT, SecretsT], batch: Sequence[Message[ProfileT]]
    ) -> list[Outcome]:
        """Send each message (push, pull). One outcome for each key. Raises ChannelError where
        nothing of the batch was sent."""
        raise MessageFailed("unsupported", "Kênh này không nhận tin theo cách gửi từng tin.")

    def sync(
        self,
        account: OpenAccount[SettingsT, SecretsT],
        target: Target[ProfileT],
        desired: Sequence[Message[ProfileT]],
    ) -> list[Outcome]:
        """Make the outlet show exactly `desired`, the most important first (state). One outcome
        for each of them; what is not among them is gone when this returns. Raises ChannelError."""
        raise OutletFailed("unsupported", "Kênh này không nhận tin theo trạng thái.")

    def withdraw(
        self, account: OpenAccount[SettingsT, SecretsT], batch: Sequence[Message[ProfileT]]
    ) -> list[Withdrawal]:
        """Take messages back. What was never there is `confirmed`. Raises ChannelError."""
        why = gettext_noop("Tin đã gửi qua kênh này không rút lại được.")
        return [Withdrawal(key=one.key, state="cannot", why=why) for one in batch]

    def receive(
        self, account: OpenAccount[SettingsT, SecretsT] | None, request: InboundRequest
    ) -> list[Event]:
        """What an inbound request says. Called after it was stored and answered; twice with the
        same request gives the same events. Raises ValueError for what cannot be understood."""
        raise ValueError("this channel receives nothing")

    def poll(self, account: OpenAccount[SettingsT, SecretsT]) -> list[Event]:
        """Ask the outside system for what was missed, and send what the channel itself owes."""
        return []


AnyChannel = Channel[Any, Any, Any]
AnyAccount = OpenAccount[Any, Any]
AnyMessage = Message[Any]
