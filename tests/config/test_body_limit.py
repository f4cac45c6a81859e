"""A body is bounded before it is kept, with a length or without."""

from collections.abc import Mapping
from typing import Any

import pytest

from loa.config.body_limit import BodyLimit

LIMIT = 1000


async def inner(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body, then says how long it was."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def ask(parts: list[bytes], length: bytes | None) -> tuple[int, bytes, int]:
    """Status, answer, and how many parts were taken."""
    waiting = list(parts)
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-length", length)] if length is not None else []
    scope = {"type": "http", "path": "/", "headers": headers}
    await BodyLimit(inner, lambda scope: LIMIT)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"], len(parts) - len(waiting)


async def test_what_fits_passes() -> None:
    assert await ask([b"x" * 600, b"x" * 400], None) == (200, b"1000", 2)
    assert await ask([b"x" * 1000], b"1000") == (200, b"1000", 1)


@pytest.mark.parametrize("length", [b"1001", b"9000000000", b"-1", b"1e9", b"9" * 30])
async def test_too_long_a_body_is_refused_before_anything_is_taken(length: bytes) -> None:
    status, body, taken = await ask([b"x" * 100], length)
    assert (status, taken) == (413, 0)
    assert b"too_large" in body


async def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    status, _, taken = await ask([b"x" * 400] * 100, None)
    assert (status, taken) == (413, 3)
