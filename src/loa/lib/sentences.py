"""Sentences with values in them, said in the asker's language at the edge.

The rooms speak Vietnamese and know no language setting; what they refuse keeps its sentence and
its values apart, so that a catalogue can hold the sentence.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self


class Sentence:
    """A sentence such as "Đài đã có cụm loa mã “%(code)s”." and its values by name.

    A value may itself be a Sentence. `str()` is the Vietnamese.
    """

    def __init__(self, text: str, /, **values: Any) -> None:
        self.text = text
        self.values = values

    def said(self, translate: Callable[[str], str] = str) -> str:
        """With its values, after `translate` had the bare sentence."""
        told = translate(self.text)
        if not self.values:
            return told
        return told % {
            name: value.said(translate) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }

    def __str__(self) -> str:
        return self.said()


class Refusal(Exception):
    """Why not, as a sentence for whoever asked."""

    def __init__(self, text: str, /, **values: Any) -> None:
        self.sentence = Sentence(text, **values)
        self.field = ""
        super().__init__(str(self.sentence))

    def at(self, field: str) -> Self:
        """The same, said beside the field of this name."""
        self.field = field
        return self


def duration(seconds: float) -> Sentence:
    """`7200` -> `2 giờ`, `440` -> `7 phút 20 giây`."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    if hours and (minutes or left):
        return Sentence("%(h)s giờ %(m)s phút", h=hours, m=minutes)
    if hours:
        return Sentence("%(h)s giờ", h=hours)
    if minutes and left:
        return Sentence("%(m)s phút %(s)s giây", m=minutes, s=left)
    if minutes:
        return Sentence("%(m)s phút", m=minutes)
    return Sentence("%(s)s giây", s=left)


def clock_time(moment: datetime) -> Sentence:
    """A local time of day as people say it: `16 giờ 40`."""
    return Sentence("%(hour)s giờ %(minute)s", hour=moment.hour, minute=f"{moment:%M}")


def grouped(number: int) -> str:
    """`20000` -> `20.000`."""
    return f"{number:,}".replace(",", ".")
