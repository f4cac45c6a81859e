"""Byte ranges and conditions of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.media.ranges import Answer, answer_for, etag_of, parse_range

SHA = "ab" * 32
TAG = etag_of(SHA)


def ask(**headers: str) -> Answer:
    return answer_for(sha256=SHA, size=1_000, **headers)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-499", (0, 500)),
        ("bytes=500-", (500, 1000)),
        ("bytes=-200", (800, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=999-5000", (999, 1000)),
        ("Bytes=0-0", (0, 1)),
        ("bytes=1000-", (0, 0)),
        ("bytes=-0", (0, 0)),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=٣-", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 30 + "-", None),
        ("", None),
    ],
)
def test_parse(header: str, part: tuple[int, int] | None) -> None:
    assert parse_range(header, 1_000) == part


def test_no_byte_of_an_empty_file_can_be_asked_for() -> None:
    assert parse_range("bytes=0-", 0) == (0, 0)
    assert parse_range("bytes=-1", 0) == (0, 0)


def test_the_whole_file_may_be_kept_for_ever() -> None:
    answer = ask()
    assert (answer.status, answer.start, answer.stop, answer.length) == (200, 0, 1000, 1000)
    assert answer.headers["ETag"] == TAG
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Length"] == "1000"


def test_a_part() -> None:
    answer = ask(range_header="bytes=200-299")
    assert (answer.status, answer.start, answer.stop) == (206, 200, 300)
    assert answer.headers["Content-Range"] == "bytes 200-299/1000"
    assert answer.headers["Content-Length"] == "100"


def test_no_such_part() -> None:
    answer = ask(range_header="bytes=2000-")
    assert (answer.status, answer.length) == (416, 0)
    assert answer.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize("nonsense", ["bytes=5-4", "bytes=0-1,2-3", "pages=1", "x"])
def test_nonsense_gets_the_whole_file(nonsense: str) -> None:
    assert ask(range_header=nonsense).status == 200


@pytest.mark.parametrize(
    ("if_range", "status"),
    [(TAG, 206), (f"W/{TAG}", 200), ('"other"', 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200)],
)
def test_if_range_needs_the_strong_tag(if_range: str, status: int) -> None:
    assert ask(range_header="bytes=0-1", if_range=if_range).status == status


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        (TAG, 304),
        (f"W/{TAG}", 304),
        (f'"x", {TAG}', 304),
        ("*", 304),
        ('"x"', 200),
        (SHA, 200),
    ],
)
def test_if_none_match(if_none_match: str, status: int) -> None:
    answer = ask(if_none_match=if_none_match)
    assert answer.status == status
    assert answer.headers["ETag"] == TAG


def test_if_none_match_goes_before_range() -> None:
    assert ask(if_none_match=TAG, range_header="bytes=0-1").status == 304


def test_head_has_the_headers_and_no_bytes() -> None:
    answer = ask(method="HEAD", range_header="bytes=0-1")
    assert (answer.status, answer.length) == (200, 0)
    assert answer.headers["Content-Length"] == "1000"


@given(st.text(max_size=40), st.integers(0, 10_000))
def test_any_header_is_answered_within_the_file(header: str, size: int) -> None:
    answer = answer_for(sha256=SHA, size=size, range_header=header)
    assert 0 <= answer.start <= answer.stop <= size
    assert answer.status in {200, 206, 416}


@given(st.integers(1, 5_000), st.data())
def test_two_parts_make_the_whole(size: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, size - 1))
    rest = parse_range(f"bytes={cut}-", size)
    head = parse_range(f"bytes=0-{cut - 1}", size) if cut else (0, 0)
    assert head is not None
    assert rest is not None
    assert head[1] == rest[0]
    assert rest[1] == size
