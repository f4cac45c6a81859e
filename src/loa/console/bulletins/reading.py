"""The text beside its reading: what the voice will say otherwise than it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.media.programme import CHIMES_S
from loa.newsroom import selectors
from loa.newsroom.hearing import heard_sentences
from loa.newsroom.rules import BulletinRefused, own_words_clean, spoken_source, text_clean
from loa.speech.duration import estimate_s
from loa.speech.legacy import Encoding, mend
from loa.speech.normalise import spoken
from loa.web.requests import sentence

if TYPE_CHECKING:
    from loa.console.bulletins.typed import Typed

MARKS_MAX = 400
UNSURE_MAX = 20
SENTENCE_SALT = "loa.console.sentence"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the text as written; `said` where the voice says something else. `number`
    counts those, so that a button can name one. `sure` is False where the rules only guessed."""

    text: str
    said: str = ""
    number: int = 0
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """The marked text and the whole spoken text; `problem` in words where it cannot be read.

    `unsure` are the guesses, each writing once: they are looked at first.
    `seconds` is how long it will sound, chimes included, before anybody has spoken it.
    `legacy` says that words stand there in an encoding from before Unicode.
    """

    stretches: tuple[Stretch, ...]
    spoken: str
    problem: str = ""
    seconds: float = 0.0
    legacy: bool = False
    mixed: bool = False
    unsure: tuple[Stretch, ...] = ()


def read(path: str, page: "Typed") -> Read:
    """The reading of what stands on the page now."""
    if not page.title.strip() and not page.body.strip():
        return Read((), "")
    try:
        title = " ".join(text_clean(page.title, settings.LOA_TEXT_LIMIT).split())
        body = text_clean(page.body, settings.LOA_TEXT_LIMIT)
        own = own_words_clean(dict(page.own_words), settings.LOA_TEXT_LIMIT)
    except BulletinRefused as refusal:
        return Read((), "", sentence(refusal))
    text = spoken_source(title, body)
    made = spoken(text, dictionary=selectors.dictionary_for(path) | own)
    stretches: list[Stretch] = []
    position = 0
    for number, reading in enumerate(made.readings[:MARKS_MAX], start=1):
        stretches.append(Stretch(text[position : reading.start]))
        stretches.append(Stretch(reading.source, reading.said, number, reading.sure))
        position = reading.end
    stretches.append(Stretch(text[position:]))
    problem = ""
    if len(made.readings) > MARKS_MAX:
        problem = _("Chỉ đánh dấu %(count)d chỗ đầu tiên.") % {"count": MARKS_MAX}
    said = page.spoken if page.own_words_typed else made.text
    old = mend(text)
    return Read(
        tuple(stretches),
        made.text,
        problem,
        estimate_s(said) + CHIMES_S,
        old.changed and set(old.found) != {Encoding.UNICODE},
        old.mixed,
        _guesses(stretches),
    )


def _guesses(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    first: dict[tuple[str, str], Stretch] = {}
    for stretch in stretches:
        if not stretch.sure:
            first.setdefault((stretch.text, stretch.said), stretch)
    return tuple(first.values())[:UNSURE_MAX]


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence to hear, the silence after it, and the address of its sound."""

    text: str
    pause_s: float
    url: str


def heard(page: "Typed", read: Read) -> Iterator[Heard]:
    """What will be said, breath by breath, in the order of the page's spoken text."""
    said = page.spoken if page.own_words_typed else read.spoken
    for part in heard_sentences(said):
        yield Heard(part.text, part.pause_s, _sentence_url(part.text))


def _sentence_url(text: str) -> str:
    ticket = signing.dumps(text, salt=SENTENCE_SALT, compress=True)
    return reverse("console:sentence", args=[ticket])
