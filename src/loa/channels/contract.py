"""What every channel is (wall 6). `channels/demo` is its living specification.

A channel says what it can do (`features`), checks its typed settings, carries a job and takes one
back. A failure says what to do about it: `permanent`, or try again after `retry_after_s`. Who
calls has recorded the attempt before.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SecretStr


class Feature(StrEnum):
    """What a channel can do; the caller never guesses."""

    AUDIO = "audio"
    TEXT = "text"
    IMAGE = "image"
    PREEMPT = "preempt"
    CANCEL = "cancel"
    RECEIPT = "receipt"
    QUOTA = "quota"


class ChannelConfig(BaseModel):
    """Base of a channel's settings: typed, closed. Secrets are `SecretStr` and never printed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ChannelError(Exception):
    """A delivery or cancel that did not happen.

    `permanent`: trying again will not help; a person must look. Otherwise it may be tried again,
    after `retry_after_s` if that is given. The message is a sentence for the officer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        permanent: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One message for one outlet. `key` is the same for every try: a channel sends it once.

    `urgent`: an order by two persons; a channel with Feature.PREEMPT shows it before all else.
    """

    key: UUID
    outlet_id: UUID
    bulletin_id: UUID
    title: str
    text: str
    at: datetime
    expires: datetime
    audio_sha256: str | None = None
    urgent: bool = False
    images: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a channel can say after `deliver`.

    `carried`: it is on its way, the proof comes later by itself; `shown`: another system says it
    reached people. `grade` is the grade of that word (protocol.md 10), None while only carried.
    """

    state: Literal["carried", "shown"]
    reference: str
    grade: Literal["A", "B", "C", "D"] | None = None


ConfigT = TypeVar("ConfigT", bound=ChannelConfig)


class Channel(ABC, Generic[ConfigT]):
    """One way of reaching people."""

    kind: ClassVar[str]
    label: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    Config: ClassVar[type[ChannelConfig]]

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def check(self) -> list[str]:
        """What is wrong with the settings, one sentence each; empty when it can deliver."""

    @abstractmethod
    def deliver(self, job: Job) -> Receipt:
        """Carry the job. Twice with the same key is once. Raises ChannelError."""

    def cancel(self, job: Job) -> None:
        """Take the job back. Only with Feature.CANCEL; a job that was never there is no error."""
        raise ChannelError("unsupported", "Kênh này không rút lại tin được.", permanent=True)


def redacted(config: ChannelConfig) -> dict[str, object]:
    """The settings as they may be shown and logged: secrets as dots."""
    return {
        name: "••••" if isinstance(value, SecretStr) else value
        for name, value in config.model_dump().items()
    }
