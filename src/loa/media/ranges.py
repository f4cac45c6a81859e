"""Which bytes to answer with, and whether to answer with any: RFC 9110, sections 13 and 14. Pure.

Stored media never changes under its hash, so the hash is a strong entity tag and a copy may be
kept for ever. One byte range is served; several in one request are answered with the whole file,
which the RFC allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

IMMUTABLE = "public, max-age=31536000, immutable"

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send: the status, its headers, and the bytes `start` to `stop` (not included).

    For 304 and 416, and for HEAD, no bytes are sent: `length` is 0 then.
    """

    status: int
    start: int
    stop: int
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """How many bytes of the file to send."""
        return self.stop - self.start


def etag_of(sha256: str) -> str:
    """The strong entity tag of a stored file."""
    return f'"{sha256}"'


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """`bytes=0-499`, `bytes=500-`, `bytes=-500` as (start, stop) within `size`.

    None if the header is to be ignored: another unit, several ranges, or not well formed.
    (0, 0) if it is well formed and no byte of the file is in it.
    """
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        count = min(int(found[2]), size)
        return (size - count, size) if count else (0, 0)
    first = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    return (first, min(last, size - 1) + 1) if first < size else (0, 0)


def answer_for(
    *,
    sha256: str,
    size: int,
    method: str = "GET",
    range_header: str | None = None,
    if_range: str | None = None,
    if_none_match: str | None = None,
) -> Answer:
    """Decide on one request for one stored file of `size` bytes; header values as received.

    `If-None-Match` goes before `Range`; a `Range` counts only for GET, and with `If-Range` only if
    that is this file's strong tag (a date never is: the hash is the only validator).
    """
    tag = etag_of(sha256)
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": IMMUTABLE}
    if if_none_match is not None and _matches(if_none_match, tag):
        return Answer(304, 0, 0, headers)
    whole = Answer(200, 0, size, headers | {"Content-Length": str(size)})
    if method == "HEAD":
        return Answer(200, 0, 0, whole.headers)
    if range_header is None or (if_range is not None and if_range.strip() != tag):
        return whole
    part = parse_range(range_header.strip(), size)
    if part is None:
        return whole
    start, stop = part
    if start == stop:
        none = {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
        return Answer(416, 0, 0, headers | none)
    some = {
        "Content-Range": f"bytes {start}-{stop - 1}/{size}",
        "Content-Length": str(stop - start),
    }
    return Answer(206, start, stop, headers | some)


def _matches(if_none_match: str, tag: str) -> bool:
    """Weak comparison: `*`, or any of the listed tags."""
    if if_none_match.strip() == "*":
        return True
    return tag in {found.removeprefix("W/") for found in _TAG.findall(if_none_match)}
