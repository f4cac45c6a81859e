"""A body is bounded before it is kept, with a length or without."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore

from loa.config.body_limit import BodyLimit

LIMIT = 1000


async def ask(
    parts: list[bytes], length: bytes | None, page: str = ""
) -> tuple[int, bytes, int, int]:
    """Status, answer, how many parts the application saw, and how many were never asked for."""
    waiting = list(parts)
    sent: list[Mapping[str, Any]] = []
    seen: list[bytes] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        """Reads the whole body, then says how long it was."""
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
            seen.extend([message["body"]] if message["body"] else [])
        said = f"{scope['method']} {scope['path']}" if scope["path"] == page else str(length)
        status = 413 if scope["path"] == page else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": said.encode()})

    async def receive() -> Mapping[str, Any]:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def limit(scope: Any) -> int:
        return LIMIT

    headers = [(b"content-length", length)] if length is not None else []
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await BodyLimit(inner, limit, page)(scope, receive, send)
    assert not sent[-1].get("more_body")
    return sent[0]["status"], sent[1]["body"], len(seen), len(waiting)


async def test_what_fits_passes() -> None:
    assert await ask([b"x" * 600, b"x" * 400], None) == (200, b"1000", 2, 0)
    assert await ask([b"x" * 1000], b"1000") == (200, b"1000", 1, 0)


@pytest.mark.parametrize("length", [b"1001", b"9000000000", b"-1", b"1e9", b"9" * 30])
async def test_too_long_a_body_is_refused_before_anything_is_taken(length: bytes) -> None:
    status, body, seen, _ = await ask([b"x" * 100], length)
    assert (status, seen) == (413, 0)
    assert b"too_large" in body


async def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    status, _, seen, _ = await ask([b"x" * 400] * 100, None)
    assert (status, seen) == (413, 2)


@pytest.mark.parametrize("length", [b"40000", None])
async def test_people_are_told_by_a_page_and_the_line_is_held_until_they_can_read_it(
    length: bytes | None,
) -> None:
    status, body, _, unread = await ask([b"x" * 400] * 100, length, page="/qua-lon")
    assert (status, body, unread) == (413, b"GET /qua-lon", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "megabytes"),
    [
        ("/soan/moi", 200),
        ("/cot/o-j87x8853g9/anh", 15),
        ("/chi-dao/van-ban/moi", 20),
        ("/khan-cap/giong", 20),
        ("/them/bang-tinh/cum-loa/xem", 5),
        ("/them/dia-gioi/", 4),
        ("/them/thon", 1),
        ("/so-lieu/", 1),
    ],
)
async def test_a_page_that_takes_a_file_gets_it_from_who_is_signed_in(
    path: str, megabytes: int
) -> None:
    from loa.config.asgi import SMALL_BYTES, body_limit

    signed_in = await sync_to_async(session)(_auth_user_id="1")
    assert await body_limit(sending(path, signed_in)) > megabytes << 20
    assert await body_limit(sending("/nguon/nhap", signed_in)) == SMALL_BYTES
    for cookie in ("", "x", await sync_to_async(session)(nobody="1"), "z" * 32):
        assert await body_limit(sending(path, cookie)) == SMALL_BYTES, cookie


def session(**values: str) -> str:
    made = SessionStore()
    made.update(values)
    made.create()
    return str(made.session_key)


def sending(path: str, cookie: str) -> dict[str, Any]:
    headers = [(b"cookie", b"theme=x; sessionid=" + cookie.encode()), (b"content-length", b"9" * 8)]
    return {"type": "http", "method": "POST", "path": path, "headers": headers}


async def waiting_for_ever() -> Mapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError("never")


async def test_a_body_that_stops_half_way_ends_the_line() -> None:
    sent: list[Mapping[str, Any]] = []
    parts = [{"type": "http.request", "body": b"x" * 100, "more_body": True}]

    async def receive() -> Mapping[str, Any]:
        return parts.pop() if parts else await waiting_for_ever()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await BodyLimit(reads_all, no_limit, stalled_s=0.05)(HALF_SENT, receive, send)
    assert sent[0]["status"] == 408


async def test_after_the_whole_body_came_the_line_waits_for_the_answer() -> None:
    sent: list[Mapping[str, Any]] = []
    parts = [{"type": "http.request", "body": b"x", "more_body": False}]

    async def thinks(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await receive()  # as Django does, to hear that the asker has gone
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Mapping[str, Any]:
        return parts.pop() if parts else await waiting_for_ever()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await BodyLimit(thinks, no_limit, stalled_s=0.05)(HALF_SENT, receive, send)
    assert sent[0]["status"] == 200


async def test_an_answer_that_nobody_reads_ends_the_line() -> None:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await waiting_for_ever()

    async with asyncio.timeout(5):
        await BodyLimit(reads_all, no_limit, not_taken_s=0.05)(HALF_SENT, receive, send)


HALF_SENT = {"type": "http", "method": "POST", "path": "/", "headers": []}


async def no_limit(scope: Any) -> int:
    return 1 << 30


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
