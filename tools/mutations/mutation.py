"""One rule, broken: an edit of the reference's source."""

from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Mutation:
    """`old`, which stands exactly once in `file` (below src), becomes `new`."""

    rule: str
    file: str
    old: str
    new: str

    def applied(self) -> str:
        """The file's text with the rule broken. Raises ValueError if `old` is not there once."""
        text = (SOURCES / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.rule}: {self.old!r} stands {text.count(self.old)} times")
        return text.replace(self.old, self.new)


def in_file(file: str, *rules: tuple[str, str, str]) -> tuple[Mutation, ...]:
    """Mutations of one file: (rule, old, new)."""
    return tuple(Mutation(rule, file, old, new) for rule, old, new in rules)
