"""Hướng dẫn: the officers' guide, which is the Markdown of `docs/guide`, read in the console.

Each page of the console names the guide's page about it, so that help is one press away. The
guide is trusted text of ours; raw HTML in it is shown as text all the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

PAGE = re.compile(r"[a-z0-9-]{1,40}")

ABOUT = (
    ("/hom-nay/ngay-dau", "ngay-dau"),
    ("/hom-nay/", "hom-nay"),
    ("/soan/", "soan"),
    ("/duyet/", "duyet"),
    ("/tin/", "tin"),
    ("/lich/", "lich-phat"),
    ("/kenh/cho-ghep", "ghep-thiet-bi"),
    ("/cot/", "ghep-thiet-bi"),
    ("/kenh/khac", "kenh-khac"),
    ("/kenh/diem", "kenh-khac"),
    ("/kenh/luot-gui", "kenh-khac"),
    ("/kenh/", "kenh"),
    ("/nhat-ky/", "nhat-ky"),
    ("/chi-dao", "chi-dao"),
    ("/lien-thong", "lien-thong"),
    ("/them/dia-gioi", "dia-gioi"),
    ("/tiep-am", "lich-phat"),
    ("/so-lieu", "so-lieu"),
    ("/them/bang-tinh", "bang-tinh"),
    ("/them/tai-khoan", "tai-khoan"),
    ("/them/quyen", "tai-khoan"),
    ("/them/nguoi-thay", "tai-khoan"),
    ("/them/phien", "tai-khoan"),
    ("/tai-khoan/", "tai-khoan"),
    ("/them/", "them"),
)
"""Which page of the guide is about which part of the console; the first that fits."""


FOLDER = Path(__file__).parents[3] / "docs" / "guide"
"""Beside the program in the checkout that a node is installed from."""


def page_for(address: str) -> str:
    """The guide's page about the console's page at `address`; empty where there is none."""
    name = next((name for start, name in ABOUT if address.startswith(start)), "")
    return name if name and (FOLDER / "vi" / f"{name}.md").is_file() else ""


@dataclass(frozen=True, slots=True)
class Guide:
    """One page: its title and its text as HTML."""

    name: str
    title: str
    html: SafeString


@lru_cache(maxsize=64)
def read(name: str) -> Guide:
    """The guide's page of this name. Raises LookupError for what is not there."""
    file = FOLDER / "vi" / f"{name}.md"
    if not PAGE.fullmatch(name) or not file.is_file():
        raise LookupError(name)
    text = file.read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").strip()
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(_linked(text))
    return Guide(name, title, mark_safe(body))  # noqa: S308  our own text, HTML in it is escaped


def _linked(text: str) -> str:
    """Links between files of the guide, as addresses of the console."""
    text = re.sub(r"\]\(([a-z0-9-]+)\.md\)", r"](../\1/)", text)
    return re.sub(r"\]\(\.\./img/([a-z0-9.-]+)\)", r"](../anh/\1)", text)


@lru_cache(maxsize=1)
def contents() -> tuple[tuple[str, str], ...]:
    """(name, title) of every page, in the order of the guide's own index."""
    index = (FOLDER / "vi" / "index.md").read_text(encoding="utf-8")
    found = re.findall(r"\[([^\]]+)\]\(([a-z0-9-]+)\.md\)", index)
    return tuple((name, title) for title, name in found)
