"""Why something was not sent: how far a failure reaches, and when trying again makes sense."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Scope(StrEnum):
    """What a failure is about. The wider the scope, the more messages wait for one remedy."""

    PERSON = "person"
    MESSAGE = "message"
    OUTLET = "outlet"
    ACCOUNT = "account"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why something did not happen. `sentence` is Vietnamese, for the officer, ends with a full
    stop and says what to do. `retry_at`: when trying again makes sense; None: a person must look.
    """

    code: str
    sentence: str
    scope: Scope = Scope.MESSAGE
    retry_at: datetime | None = None

    @property
    def permanent(self) -> bool:
        return self.retry_at is None


class ChannelError(Exception):
    """A call that did not succeed as a whole. The subclass says what the failure is about."""

    scope: ClassVar[Scope]

    def __init__(self, code: str, sentence: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(sentence)
        self.failure = Failure(code=code, sentence=sentence, scope=self.scope, retry_at=retry_at)


class MessageFailed(ChannelError):
    """This message cannot be sent; others can."""

    scope = Scope.MESSAGE


class OutletFailed(ChannelError):
    """Nothing reaches this outlet now; other outlets of the account are well."""

    scope = Scope.OUTLET


class AccountFailed(ChannelError):
    """Nothing can be sent by this account now: expired, refused, unreachable, without money."""

    scope = Scope.ACCOUNT
