"""The least of an MQTT 3.1.1 client at QoS 0, as an asyncio protocol.

A whole client library per simulated device would cost more than what is measured. This one sends
CONNECT, SUBSCRIBE, PUBLISH, PINGREQ and DISCONNECT, and reads CONNACK, SUBACK and PUBLISH.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CONNACK, _PUBLISH, _SUBACK = 2, 3, 9
PACKET_MAX_BYTES = 2 << 20

OnMessage = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class Login:
    """Who connects; `client_id` is the user, as the node demands of devices."""

    host: str
    port: int
    user: str
    password: str
    client_id: str | None = None


class MqttLink(asyncio.Protocol):
    """One connection. `ready` is set after the last subscription was acknowledged; `lost` once it
    is over, for whatever reason."""

    def __init__(
        self,
        login: Login,
        topics: Sequence[str],
        on_message: OnMessage,
        *,
        keepalive_s: int = 120,
    ) -> None:
        self._login = login
        self._topics = tuple(topics)
        self._on_message = on_message
        self._keepalive_s = keepalive_s
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._pinging: asyncio.TimerHandle | None = None
        self.ready = asyncio.Event()
        self.lost = asyncio.Event()
        self.refused: int | None = None

    async def connect(self, limit_s: float) -> None:
        """Raises OSError or TimeoutError when the broker does not let us in."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(limit_s):
            await loop.create_connection(lambda: self, self._login.host, self._login.port)
            waits = [asyncio.ensure_future(e.wait()) for e in (self.ready, self.lost)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        if not self.ready.is_set():
            raise ConnectionRefusedError(f"{self._login.user}: {self.refused}")

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message to the broker, if there is one."""
        if self._transport is not None and not self._transport.is_closing():
            head = bytes([0x31 if retain else 0x30])
            self._transport.write(_packet(head, _text(topic) + payload))

    def close(self, *, rudely: bool = False) -> None:
        """Say good-bye; `rudely`, just be gone, as a power cut does."""
        if self._transport is None:
            return
        if rudely:
            self._transport.abort()
        else:
            self._transport.write(b"\xe0\x00")
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP gives
        self._transport = transport
        login = self._login
        flags = 0x02 | 0x80 | 0x40  # clean session, user, password
        body = _text("MQTT") + bytes([4, flags]) + self._keepalive_s.to_bytes(2, "big")
        body += _text(login.client_id or login.user) + _text(login.user) + _text(login.password)
        transport.write(_packet(b"\x10", body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (found := _split(self._buffer)) is not None:
            head, start, end = found
            body = bytes(self._buffer[start:end])
            del self._buffer[:end]
            self._packet_came(head, body)
        if len(self._buffer) > PACKET_MAX_BYTES:
            self.close(rudely=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._pinging is not None:
            self._pinging.cancel()
        self.lost.set()

    def _packet_came(self, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == _PUBLISH:
            length = int.from_bytes(body[:2], "big")
            after = 2 + length + (2 if head & 0x06 else 0)
            self._on_message(body[2 : 2 + length].decode("utf-8", "replace"), body[after:])
        elif kind == _CONNACK:
            self.refused = body[1] or None
            if self.refused:
                self.close(rudely=True)
            else:
                self._connected()
        elif kind == _SUBACK:
            self.ready.set()

    def _connected(self) -> None:
        self._ping()
        if not self._topics:
            self.ready.set()
        elif self._transport is not None:
            wanted = b"".join(_text(topic) + b"\x00" for topic in self._topics)
            self._transport.write(_packet(b"\x82", b"\x00\x01" + wanted))

    def _ping(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._pinging is not None:
            self._transport.write(b"\xc0\x00")
        loop = asyncio.get_running_loop()
        self._pinging = loop.call_later(self._keepalive_s / 2, self._ping)


def _text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(2, "big") + data


def _packet(head: bytes, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | (0x80 if size else 0))
        if not size:
            return head + bytes(length) + body


def _split(buffer: bytearray) -> tuple[int, int, int] | None:
    """The first byte, and where the body of the first whole packet begins and ends."""
    size = shift = 0
    for at in range(1, min(5, len(buffer))):
        size |= (buffer[at] & 0x7F) << shift
        shift += 7
        if not buffer[at] & 0x80:
            end = at + 1 + size
            return (buffer[0], at + 1, end) if len(buffer) >= end else None
    return None
