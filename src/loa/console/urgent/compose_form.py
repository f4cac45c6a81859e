"""What the page for composing an order holds: a template's words with their blanks, and places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from loa.alerts import hazards
from loa.console.urgent.choices import REPEAT, REPEATS
from loa.web.hearing_words import phrase

CHOSEN_MAX = 64
WHERE = "nơi"
"""The blank that the chosen places fill in."""
BLANK_LABELS = {
    "nơi": gettext_lazy("Nơi xảy ra"),
    "nơi tránh": gettext_lazy("Nơi sơ tán đến"),
    "giờ": gettext_lazy("Giờ xảy ra, ví dụ 14 giờ"),
    "số điện thoại": gettext_lazy("Số điện thoại"),
    "tên hồ": gettext_lazy("Tên hồ"),
    "tên bệnh": gettext_lazy("Tên bệnh"),
    "triệu chứng": gettext_lazy("Triệu chứng"),
    "hướng": gettext_lazy("Hướng đi"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What the compose page holds, as typed. `speech` is the hash of a sound already made, `cap`
    the message that it began from."""

    hazard: str
    title: str
    text: str
    blanks: dict[str, str]
    targets: tuple[str, ...]
    level: int
    hours: float | None
    repeat: str
    """How often it is read, one of `urgent_choices.REPEATS`."""
    speech: str
    cap: str = ""

    @classmethod
    def empty(cls, hazard: hazards.Hazard) -> "Form":
        """A template with its blanks. No place is chosen: an alarm for a whole province must be
        somebody's own tick."""
        blanks = dict.fromkeys(blanks_of(hazard.title + hazard.text), "")
        hours = float(hazard.hours)
        return cls(
            hazard.id, hazard.title, hazard.text, blanks, (), hazard.level, hours, REPEAT, ""
        )

    def placed(self, names: Sequence[str]) -> "Form":
        """With the blank for the place filled from the chosen places where nobody wrote it."""
        if not names or self.blanks.get(WHERE, "x").strip():
            return self
        return replace(self, blanks={**self.blanks, WHERE: phrase(names)})

    def sentence(self, text: str) -> list[tuple[str, str, bool]]:
        """`text` cut at its blanks: (words, "", False), or (value, name of a blank, whether this is
        where it is filled in)."""
        found, rest, seen = list[tuple[str, str, bool]](), text, set[str]()
        while "{" in rest:
            before, _brace, after = rest.partition("{")
            name, _brace, rest = after.partition("}")
            found += [(before, "", False)] if before else []
            first = name not in seen and (text == self.text or name not in blanks_of(self.text))
            found.append((self.blanks.get(name, ""), name, first))
            seen.add(name)
        return [*found, (rest, "", False)] if rest else found

    @property
    def title_parts(self) -> list[tuple[str, str, bool]]:
        return self.sentence(self.title)

    @property
    def text_parts(self) -> list[tuple[str, str, bool]]:
        return self.sentence(self.text)

    def filled(self, text: str) -> str:
        """`text` with its blanks filled in; what is empty stays a blank and is refused."""
        for name, value in self.blanks.items():
            if value.strip():
                text = text.replace("{" + name + "}", " ".join(value.split()))
        return text


def blanks_of(text: str) -> list[str]:
    """The names in braces, each once, in their order."""
    found = [part.partition("}")[0] for part in text.split("{")[1:]]
    return list(dict.fromkeys(found))


def typed(request: HttpRequest) -> Form:
    """The form as it came, in bounds."""
    post = request.POST
    hazard = post.get("hazard", "")
    hours = post.get("hours", "")
    blanks = {
        key.removeprefix("blank-"): value[:200]
        for key, value in post.items()
        if key.startswith("blank-") and isinstance(value, str)
    }
    return Form(
        hazard=hazard if hazard in hazards.BY_ID else "",
        title=post.get("title", "")[:300],
        text=post.get("text", "")[:8000],
        blanks=blanks,
        targets=tuple(dict.fromkeys(post.getlist("target")))[:CHOSEN_MAX],
        level=_whole(post.get("level", ""), 4),
        hours=float(_whole(hours, 0)) or None,
        repeat=post.get("repeat", "") if post.get("repeat") in REPEATS else REPEAT,
        speech=post.get("speech", "")[:64],
        cap=post.get("cap", "")[:40],
    )


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise
