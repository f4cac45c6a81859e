"""Strict base64url and strict JSON (protocol page, section 1).

Two parsers that read one document differently are a hole; so everything that could be read in two
ways is refused: duplicate keys, fractions, huge integers, padding, byte order marks.
"""

import base64
import binascii
import json
import re
import string
from typing import Any, NoReturn

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

# A string, or the unfinished rest of the document: it always matches once it starts, so that
# a hostile document costs linear time.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ROUND = bytes.maketrans(b"[{]}", b"(())")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))
_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# A last group of 2 characters leaves 4 bits over, one of 3 leaves 2: they must be zero.
_LAST_CHARACTERS = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}


def b64encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64decode(text: str) -> bytes:
    """The bytes of canonical base64url without padding.

    Raises ValueError for padding, other characters, an impossible length, and for stray bits in the
    last character (so that one value has exactly one spelling).
    """
    raw = text.encode()
    if raw.translate(None, _BASE64URL):
        raise ValueError("not base64url without padding")
    rest = len(raw) % 4
    if rest == 1:
        raise ValueError("impossible length of base64url")
    if rest and text[-1] not in _LAST_CHARACTERS[rest]:
        raise ValueError("base64url is not canonical")
    return binascii.a2b_base64(raw.translate(_TO_STANDARD) + b"=" * (-rest % 4))


def parse_object(data: bytes) -> dict[str, Any]:
    """The JSON object that `data` spells.

    Raises ValueError for anything but one strict object: see the module's head. The depth is
    checked before the parser runs; the caller has bounded the size.
    """
    text = data.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    _check_depth(data)
    value = _DECODER.decode(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    if "\\u" in text:
        # An escaped half of a surrogate pair survives the parser, but not the encoder.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def dump_object(value: dict[str, Any]) -> bytes:
    """Compact UTF-8 JSON, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _check_depth(data: bytes) -> None:
    # Between quotes is every second piece, as long as no quote is escaped.
    outside = _STRING.sub(b"", data) if b"\\" in data else b"".join(data.split(b'"')[::2])
    nested = outside.translate(_ROUND, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        nested = nested.replace(b"()", b"")  # the innermost level
    if nested:
        raise ValueError(f"deeper than {MAX_DEPTH}, or brackets that do not match")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _integer(text: str) -> int:
    # The length first: Python takes quadratic time for very long integers.
    if len(text) > 17 or text == "-0":
        raise ValueError("integer out of range or -0")
    value = int(text)
    if len(text) > 15 and abs(value) > MAX_INTEGER:
        raise ValueError("integer out of range")
    return value


def _no_fraction(_text: str) -> NoReturn:
    raise ValueError("a number that is not an integer")


def _no_constant(_text: str) -> NoReturn:
    raise ValueError("NaN or Infinity")


# Made once: the parser's own shortcut would make one for every document.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_no_fraction,
    parse_constant=_no_constant,
)
