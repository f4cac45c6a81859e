"""The pages people read, taken apart: code in them, links, headings."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """Inline code."""
        return _SPAN.findall(self.prose)

    @property
    def lines(self) -> list[str]:
        """Lines of fenced blocks and inline code: what a reader may type."""
        blocks = [line.strip() for block in _FENCE.findall(self.text) for line in block.split("\n")]
        return [*blocks, *self.spans]

    @property
    def links(self) -> list[str]:
        """Targets inside the repository."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def anchors(self) -> set[str]:
        """Names of its headings, as the usual renderers make them."""
        names = (heading.lower() for heading in _HEADING.findall(self.prose))
        return {re.sub(r"[^\w\- ]", "", name).replace(" ", "-") for name in names}


def pages() -> list[Page]:
    """Every Markdown file of the repository, but for what others are generated from."""
    found = list(ROOT.glob("*.md"))
    for folder in ("docs", "src", "tests", "tools"):
        found += (ROOT / folder).rglob("*.md")
    written = (path for path in sorted(found) if not path.name.endswith(".template.md"))
    return [Page(path, path.read_text(encoding="utf-8")) for path in written]


def sources() -> dict[Path, str]:
    """The program's Python files."""
    return {path: path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")}
