"""A stored file that an officer has handed in, by a name that we signed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing

if TYPE_CHECKING:
    pass


SALT = "loa.console.upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file the officer has handed in; `ticket` is its signed name for the form."""

    sha256: str
    label: str
    seconds: float = 0.0
    words: str = ""
    """Of a recording: mark of the words it was handed in for; empty before the page was sent."""

    @property
    def ticket(self) -> str:
        return signing.dumps([self.sha256, self.label, self.seconds, self.words], salt=SALT)


def redeem(ticket: str) -> Upload | None:
    """The upload of a ticket that we signed; None for anything else."""
    try:
        sha256, label, seconds, *words = signing.loads(ticket, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Upload(str(sha256), str(label), float(seconds), str(words[0]) if words else "")
