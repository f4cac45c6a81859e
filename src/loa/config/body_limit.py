"""Bodies bounded before a byte of them is kept: in front of Django, which spools them to disk.

Who does not sign requests or is not signed in may send little; only the pages that take files
take more. A body without a length is counted as it comes.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLarge(Exception):
    """More came than the limit; the connection is ended."""


class BodyLimit:
    """An ASGI application that lets `inner` see at most `limit(scope)` bytes of a body."""

    def __init__(self, inner: App, limit: Callable[[Scope], int]) -> None:
        self._inner = inner
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        limit = self._limit(scope)
        if _announced(scope) > limit:
            await _refuse(send)
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
                await _refuse(send)


def _announced(scope: Scope) -> int:
    """The body's announced length; 0 where none is, the largest number for nonsense."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 19 else 1 << 62
    return 0


async def _refuse(send: Send) -> None:
    body = b'{"error":"too_large"}'
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
