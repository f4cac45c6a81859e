"""The text beside its reading: what the voice will say otherwise than it is written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from loa.newsroom import selectors
from loa.newsroom.rules import BulletinRefused, spoken_source, text_clean
from loa.speech.normalise import spoken

if TYPE_CHECKING:
    from loa.console.typed import Typed

MARKS_MAX = 400


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the text as written; `said` where the voice says something else."""

    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """The marked text and the whole spoken text; `problem` in words where it cannot be read."""

    stretches: tuple[Stretch, ...]
    spoken: str
    problem: str = ""


def spoken_for(path: str, title: str, body: str) -> str:
    """The spoken text as the newsroom would make it for this place."""
    return spoken(spoken_source(title, body), dictionary=selectors.dictionary_for(path)).text


def read(path: str, page: "Typed") -> Read:
    """The reading of what stands on the page now."""
    if not page.title.strip() and not page.body.strip():
        return Read((), "")
    try:
        title = " ".join(text_clean(page.title, settings.LOA_TEXT_LIMIT).split())
        body = text_clean(page.body, settings.LOA_TEXT_LIMIT)
    except BulletinRefused as refusal:
        return Read((), "", str(refusal))
    text = spoken_source(title, body)
    made = spoken(text, dictionary=selectors.dictionary_for(path))
    stretches: list[Stretch] = []
    position = 0
    for reading in made.readings[:MARKS_MAX]:
        stretches.append(Stretch(text[position : reading.start]))
        stretches.append(Stretch(reading.source, reading.said))
        position = reading.end
    stretches.append(Stretch(text[position:]))
    problem = ""
    if len(made.readings) > MARKS_MAX:
        problem = _("Chỉ đánh dấu %(count)d chỗ đầu tiên.") % {"count": MARKS_MAX}
    return Read(tuple(stretches), made.text, problem)
