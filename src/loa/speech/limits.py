"""What is refused before any rule looks at it: no text, too much text, what is no text at all."""

from __future__ import annotations

LIMIT_CHARACTERS = 20_000
"""Longest text by default: about an hour and a half of speech."""

_ALLOWED_CONTROLS = "\t\n\r"


class TextRefused(ValueError):
    """A text that is not taken. `code` is empty, too_long or binary; `str()` is for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def checked_text(source: str | bytes, *, limit: int = LIMIT_CHARACTERS) -> str:
    """The text, decoded from UTF-8 if bytes, with line ends as `\\n`; nothing else is changed.

    Raises `TextRefused` if it is empty, longer than `limit` characters, or binary: undecodable,
    or with control characters other than tab and line ends, or with lone surrogates.
    """
    if len(source) > (limit * 4 if isinstance(source, bytes) else limit):
        raise _too_long(limit)
    text = _decoded(source) if isinstance(source, bytes) else source
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > limit:
        raise _too_long(limit)
    if is_binary(text):
        raise _binary()
    if not text.strip():
        raise TextRefused("empty", "Chưa có nội dung. Hãy nhập văn bản cần đọc.")
    return text


def is_binary(text: str) -> bool:
    """True if the text holds control characters or lone surrogates that no writer types."""
    return any(
        (character < " " and character not in _ALLOWED_CONTROLS)
        or "\x7f" <= character <= "\x9f"
        or "\ud800" <= character <= "\udfff"
        for character in text
    )


def _decoded(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _binary() from error


def _too_long(limit: int) -> TextRefused:
    figures = f"{limit:,}".replace(",", ".")
    return TextRefused(
        "too_long",
        f"Văn bản dài quá {figures} ký tự. Hãy rút ngắn hoặc chia thành nhiều tin.",
    )


def _binary() -> TextRefused:
    return TextRefused(
        "binary",
        "Đây không phải văn bản đọc được. Hãy dán chữ hoặc lưu lại tệp dạng văn bản UTF-8.",
    )
