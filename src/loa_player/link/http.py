"""One kept-alive HTTP connection to one of several addresses, with limits on everything.

The standard library's client, because another would cost memory. Not thread-safe: each thread that
talks has its own.
"""

from __future__ import annotations

import functools
import http.client
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

# A plan of 256 KiB grows by a third in base64 and carries its chain.
ANSWER_MAX_BYTES = 1024 * 1024
_PIECE_BYTES = 32 * 1024
# ValueError: an address that is none (a port of 99999), or numbers in an answer that are none.
_BROKEN = (OSError, http.client.HTTPException, ValueError)


class LinkError(OSError):
    """The node could not be reached or did not answer as a node does. Try again later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the body was read whole and within the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is read in pieces."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


class HttpLine:
    """Asks the first address that answers, and stays with it while it does."""

    def __init__(self, urls: Sequence[str], *, timeout_s: float = 15.0) -> None:
        self._urls = list(urls)
        self._timeout_s = timeout_s
        self._current = 0
        self._connection: http.client.HTTPConnection | None = None
        self._prefix = ""

    def use(self, urls: Sequence[str]) -> None:
        """Change the addresses, for instance after a new assignment."""
        if list(urls) != self._urls:
            self.close()
            self._urls = list(urls)
            self._current = 0

    @property
    def url(self) -> str:
        """The address in use."""
        return self._urls[self._current]

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """One exchange. Raises LinkError when no address answers, or too much comes back."""
        response = self._ask(method, path, body, headers or {}, timeout_s or self._timeout_s)
        fields = _lowered(response)
        data = bytearray()
        # By pieces: a negative chunk size makes `read(limit)` read without any limit.
        for piece in self._pieces(response):
            data += piece
            if len(data) > ANSWER_MAX_BYTES:
                self.close()
                raise LinkError(f"{self.url}: answer over {ANSWER_MAX_BYTES} bytes")
        return Answer(response.status, fields, bytes(data))

    @contextmanager
    def stream(self, path: str, *, headers: Mapping[str, str]) -> Iterator[Stream]:
        """GET in pieces. Reading raises LinkError when the line breaks."""
        response = self._ask("GET", path, b"", headers, self._timeout_s)
        try:
            yield Stream(response.status, _lowered(response), self._pieces(response))
        finally:
            if not response.isclosed():
                self.close()  # the rest of the body would be taken for the next answer

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _pieces(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        while True:
            try:
                piece = response.read1(_PIECE_BYTES)
            except _BROKEN as error:
                self.close()
                raise LinkError(f"{self.url}: {error}") from error
            if not piece:
                if response.length:
                    self.close()
                    raise LinkError(f"{self.url}: cut {response.length} bytes before the end")
                response.close()  # read to its end: the connection serves the next request
                return
            yield piece

    def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> http.client.HTTPResponse:
        last: Exception | None = None
        # A kept-alive connection may have been closed by the other side: once more, then onward.
        for attempt in range(len(self._urls) + 1):
            fresh = self._connection is None
            try:
                return self._try(method, path, body, headers, timeout_s)
            except _BROKEN as error:
                last = error
                self.close()
                if fresh and attempt < len(self._urls):
                    self._current = (self._current + 1) % len(self._urls)
        raise LinkError(f"{self.url}: {last}") from last

    def _try(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        sent = dict(headers)
        if body:
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, self._prefix + path, body=body or None, headers=sent)
        return connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        self._prefix = parts.path.rstrip("/")
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=_tls())
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        raise LinkError(f"{self.url}: only http and https")


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all lines: each holds its own copy of the system's certificates, a megabyte."""
    return ssl.create_default_context()


def _lowered(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}
