"""Bodies bounded before a byte of them is kept: in front of Django, which spools them to disk.

Who does not sign requests or is not signed in may send little; only the pages that take files
take more. A body without a length is counted as it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LINGER_S = 20.0
"""How long what still comes is thrown away after a refusal: a browser reads the answer only when
it has sent everything, and sees a broken line where the connection is closed under it."""


class TooLarge(Exception):
    """More came than the limit; the connection is ended."""


class BodyLimit:
    """An ASGI application that lets `inner` see at most `limit(scope)` bytes of a body.

    `page` is an address of `inner` that says so to people; without it the answer is JSON.
    """

    def __init__(self, inner: App, limit: Callable[[Scope], int], page: str = "") -> None:
        self._inner = inner
        self._limit = limit
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        limit = self._limit(scope)
        if _announced(scope) > limit:
            await self._refuse(scope, receive, send)
            return
        taken, answered = 0, False

        async def bounded() -> Mapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooLarge
            return message

        async def noted(message: Mapping[str, Any]) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._inner(scope, bounded, noted)
        except TooLarge:
            if not answered:
                await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 at once, then let the sender finish for a while."""

        async def lingering(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [one for one in message["headers"] if one[0].lower() != b"connection"]
                await send({**message, "headers": [*kept, (b"connection", b"close")]})
            elif message.get("more_body"):
                await send(message)
            else:
                await send({**message, "more_body": True})
                await _throw_away(receive)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        if self._page:
            await self._inner(_asking_for(self._page, scope), _silence(), lingering)
        else:
            await _refuse(lingering)


def _asking_for(page: str, scope: Scope) -> Scope:
    """The same asker without the body, at another address."""
    bodily = (b"content-length", b"content-type", b"transfer-encoding", b"expect")
    headers = [one for one in scope["headers"] if one[0].lower() not in bodily]
    moved = {"path": page, "raw_path": page.encode(), "query_string": b"", "method": "GET"}
    return {**scope, **moved, "headers": headers}


def _silence() -> Receive:
    """An empty body, then nothing more for as long as anybody listens."""
    waiting = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Mapping[str, Any]:
        for message in waiting:
            return message
        await asyncio.Event().wait()
        raise AssertionError("never")

    return receive


async def _throw_away(receive: Receive) -> None:
    try:
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body"):
                pass
    except TimeoutError:
        pass


def _announced(scope: Scope) -> int:
    """The body's announced length; 0 where none is, the largest number for nonsense."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 19 else 1 << 62
    return 0


async def _refuse(send: Send) -> None:
    body = b'{"error":"too_large"}'
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
