"""A stored file that an officer has handed in, by a name that we signed for that officer."""

from dataclasses import dataclass

from django.core import signing

SALT = "loa.console.upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file that the account `owner` has handed in, or reads in a saved bulletin; `ticket`
    is its signed name for that account's forms."""

    sha256: str
    label: str
    seconds: float = 0.0
    owner: str = ""
    words: str = ""
    """Of a recording: mark of the words it was handed in for; empty before the page was sent."""

    @property
    def ticket(self) -> str:
        named = [self.sha256, self.label, self.seconds, self.words, self.owner]
        return signing.dumps(named, salt=SALT)


class NotYours(ValueError):
    """A ticket that was given to another account."""


def redeem(ticket: str, owner: str) -> Upload | None:
    """The upload of a ticket that we signed for `owner`; None for what we never signed.

    Raises NotYours for a ticket of another account.
    """
    try:
        sha256, label, seconds, *more = signing.loads(ticket, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    words, whose = [*more, "", ""][:2]
    if not owner or whose != owner:
        raise NotYours(label)
    return Upload(str(sha256), str(label), float(seconds), owner, str(words))
