"""A CAP text without the marks of web pages that systems leave in it. Pure."""

import html
import re

from loa.lib.text import nfc

_NAMES = (
    "a|abbr|b|big|blockquote|body|center|code|div|em|font|h[1-6]|head|hr|html|i|img|label|li|ol|p"
    "|pre|q|s|section|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul"
)
_VALUES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+)){0,20}"
_HIDDEN = re.compile(
    r"<(script|style|title)\b[^<>]{0,500}>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_LINE = re.compile(
    rf"<br{_VALUES}\s*/?>|</?(?:p|div|li|tr|h[1-6]|ul|ol|table|blockquote){_VALUES}\s*/?>",
    re.IGNORECASE,
)
_CELL = re.compile(rf"</(?:td|th)\s*>|<hr{_VALUES}\s*/?>", re.IGNORECASE)
_MARK = re.compile(rf"</?(?:{_NAMES}){_VALUES}\s*/?>", re.IGNORECASE)
_BLANKS = re.compile("[ \t\u00a0\u2000-\u200b\u202f\u3000\ufeff]+")
_TWICE = 2
"""Some systems write the marks themselves as entities, and those once more."""


def plain(text: str | None) -> str:
    """The words in NFC: `<br />` is a line's end, other known marks and entities (`&nbsp;`) go.

    A sign that is no mark stays: "mưa < 50 mm".
    """
    said = nfc(text or "")
    for _ in range(_TWICE):
        said = _without_marks(html.unescape(said))
    lines = (_BLANKS.sub(" ", line).strip() for line in said.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_marks(text: str) -> str:
    if "<" not in text:
        return text
    text = _HIDDEN.sub(" ", text)
    text = _LINE.sub("\n", text)
    return _MARK.sub("", _CELL.sub(" ", text))
