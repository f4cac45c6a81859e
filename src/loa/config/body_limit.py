"""Bodies bounded before a byte of them is kept: in front of Django, which spools them to disk.

Who does not sign requests or is not signed in may send little; only the pages that take files
take more. A body without a length is counted as it comes. A body has to come, and an answer has to
be taken: who stops in the middle loses the line, and what was kept for them.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LINGER_S = 20.0
"""How long what still comes is thrown away after a refusal: a browser reads the answer only when
it has sent everything, and sees a broken line where the connection is closed under it."""


STALLED_S = 30.0
"""How long the next part of a body is waited for."""
NOT_TAKEN_S = 120.0
"""How long a part of an answer waits to be taken: 64 KiB over a line of 9,600 bit/s."""
LEAST_BYTES_S = 4096
"""Who sends more slowly than this, after a minute, is not waited for."""
_GRACE_S = 60.0


class Stalled(Exception):
    """The other side stopped in the middle; the connection is ended."""


class NotTaken(Exception):
    """Nobody reads the answer; the connection is ended."""


class TooLarge(Exception):
    """More came than the limit; the connection is ended."""


class BodyLimit:
    """An ASGI application that lets `inner` see at most `limit(scope)` bytes of a body.

    `page` is an address of `inner` that says so to people; without it the answer is JSON.
    """

    def __init__(
        self,
        inner: App,
        limit: Callable[[Scope], Awaitable[int]],
        page: str = "",
        *,
        stalled_s: float = STALLED_S,
        not_taken_s: float = NOT_TAKEN_S,
    ) -> None:
        self._inner = inner
        self._limit = limit
        self._page = page
        self._stalled_s = stalled_s
        self._not_taken_s = not_taken_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        limit = await self._limit(scope)
        if announced(scope) > limit:
            await self._refuse(scope, receive, send)
            return
        body = _Body(receive, limit, self._stalled_s)
        answered = False

        async def noted(message: Mapping[str, Any]) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await self._taken(send, message)

        try:
            await self._inner(scope, body.receive, noted)
        except TooLarge:
            if not answered:
                await self._refuse(scope, receive, send)
        except Stalled:
            if not answered:
                await _say(send, 408, b'{"error":"timeout"}')
        except NotTaken:
            log.info("answer not taken in time")

    async def _taken(self, send: Send, message: Mapping[str, Any]) -> None:
        """Send a part of an answer; end the line where nobody takes it."""
        try:
            async with asyncio.timeout(self._not_taken_s):
                await send(message)
        except TimeoutError as error:
            raise NotTaken from error

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
            await _say(lingering, 413, b'{"error":"too_large"}')


class _Body:
    """A request's body as it comes, within `limit` bytes and in time."""

    def __init__(self, receive: Receive, limit: int, stalled_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._stalled_s = stalled_s
        self._began_s = time.monotonic()
        self._taken = 0
        self._whole = False

    async def receive(self) -> Mapping[str, Any]:
        """The next part. Raises TooLarge, Stalled. After the last one it waits for the line's end
        as long as an answer takes."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._stalled_s):
                message = await self._receive()
        except TimeoutError as error:
            raise Stalled from error
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._taken > self._limit:
            raise TooLarge
        late_s = time.monotonic() - self._began_s - _GRACE_S
        if not self._whole and late_s > self._taken / LEAST_BYTES_S:
            raise Stalled
        return message


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


def is_counted(scope: Scope) -> bool:
    """Whether the body has no announced length and is counted as it comes."""
    return any(name == b"transfer-encoding" for name, _ in scope["headers"])


def announced(scope: Scope) -> int:
    """The body's announced length; 0 where none is, the largest number for nonsense."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 19 else 1 << 62
    return 0


async def _say(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
