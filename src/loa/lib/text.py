"""Vietnamese text as people search for it."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Lower case without diacritics, `đ` as `d`, single spaces: the form that is searched.

    "Hoàn Kiếm", "hoan kiem" and "HOAN  KIEM" fold to the same string.
    """
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _SPACES.sub(" ", plain).strip()


def nfc(text: str) -> str:
    """Composed form: the only one that is stored, compared and spoken."""
    return unicodedata.normalize("NFC", text)
