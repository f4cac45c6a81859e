"""What could be read in two ways is refused."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa_protocol.encoding import MAX_INTEGER, b64decode, b64encode, dump_object, parse_object


@given(st.binary(max_size=100))
def test_base64url_comes_back(data: bytes) -> None:
    assert b64decode(b64encode(data)) == data
    assert b64encode(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(st.text(alphabet="ABQgwxyz019_-=+/ \n", max_size=12))
def test_only_one_spelling_of_base64url_is_read(text: str) -> None:
    try:
        data = b64decode(text)
    except ValueError:
        return
    assert b64encode(data) == text


@pytest.mark.parametrize("text", ["QQ==", "QR", "QUJ", "A", "Q Q", "Q+", "Q/", "QQ\n", "é"])
def test_other_spellings_of_base64url_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        b64decode(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":-0.0}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b'{"a":1} x',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":"\n"}',
        b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    ],
)
def test_json_that_is_not_strict_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each of these fails for a reason of its own
        parse_object(text)


def test_strict_json_is_read() -> None:
    value = {"a": [MAX_INTEGER, -MAX_INTEGER, True, None], "b": {"c": "Bão 😀 \\ [{"}}
    assert parse_object(json.dumps(value).encode()) == value
    assert parse_object(dump_object(value)) == value
    assert parse_object(b'{"a":' + b"[" * 15 + b"]" * 15 + b"}")


def test_brackets_in_strings_are_not_depth() -> None:
    assert parse_object(b'{"a":"' + b"[" * 100 + b'\\"[[["}')


@pytest.mark.parametrize("filler", [b'"', b'\\"', b"\\", b'"\\', b"["])
def test_a_hostile_half_megabyte_is_refused_without_delay(filler: bytes) -> None:
    # Quadratic work on this size would take minutes, and the test would never end.
    with pytest.raises(ValueError):  # noqa: PT011
        parse_object(b'{"' + filler * (500_000 // len(filler)))
