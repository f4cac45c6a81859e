"""Texts that are refused, each with a sentence for people."""

import pytest

from loa.speech.limits import TextRefused, checked_text


def test_gives_the_text_with_plain_line_ends() -> None:
    assert checked_text("\ufeffMột\r\nhai\rba".encode()) == "Một\nhai\nba"
    assert checked_text("a" * 20_000) == "a" * 20_000


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        (b"", "empty"),
        ("a" * 20_001, "too_long"),
        ("ố".encode() * 20_001, "too_long"),
        (b"a" * 200_000, "too_long"),
        ("a\x00b", "binary"),
        ("a\x1bb", "binary"),
        ("a\x85b", "binary"),
        ("a\ud800b", "binary"),
        (b"\xff\xfeM\x00", "binary"),
        ("Một".encode("utf-16"), "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
    ],
)
def test_refuses(given: str | bytes, code: str) -> None:
    with pytest.raises(TextRefused) as caught:
        checked_text(given)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def test_the_limit_is_the_callers() -> None:
    with pytest.raises(TextRefused, match=r"quá 1\.500 ký tự"):
        checked_text("a" * 1_501, limit=1_500)
