"""Bad answers and bad addresses: an error of the line, never its end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from loa_player.link import node_line
from loa_player.link.http import ANSWER_MAX_BYTES, HttpLine, LinkError

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class RawServer:
    """Answers every request with the bytes of `answer`, then with `flood` again and again."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.answer = b""
        self.flood = b""
        self.flooded_bytes = 0
        self.connections = 0
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                try:
                    self._serve(connection)
                except OSError:
                    continue  # the line hung up, as it should

    def _serve(self, connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(self.answer)
            while self.flood and self.flooded_bytes < 64 * ANSWER_MAX_BYTES:
                connection.sendall(self.flood)
                self.flooded_bytes += len(self.flood)
            if b"Content-Length" not in self.answer:
                return


@pytest.fixture
def server() -> Iterator[RawServer]:
    made = RawServer()
    yield made
    made.close()


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"-5\r\nhello\r\n",
        HEAD + b"zz\r\nhello\r\n",
        HEAD + b"5\r\nhe",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nshort"[:-5],
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"",
    ],
)
def test_a_bad_answer_is_an_error_of_the_line(server: RawServer, answer: bytes) -> None:
    server.answer = answer
    line = HttpLine((server.url,), timeout_s=0.5)
    with pytest.raises(LinkError):
        line.request("GET", "/")
    line.close()


def test_a_negative_chunk_size_does_not_lift_the_limit(server: RawServer) -> None:
    server.answer = HEAD + b"-5\r\n"
    server.flood = bytes(64 * 1024)
    line = HttpLine((server.url,), timeout_s=5)
    with pytest.raises(LinkError, match="answer over"):
        line.request("GET", "/")
    line.close()
    assert server.flooded_bytes < 32 * ANSWER_MAX_BYTES, "it hung up, the rest was never read"


@pytest.mark.parametrize("url", ["http://h:99999", "http://[x", "http://a b/", "ftp://h/", "http:"])
def test_an_address_that_is_none_is_an_error_of_the_line(url: str) -> None:
    with pytest.raises(LinkError):
        HttpLine((url,), timeout_s=0.5).request("GET", "/")


def test_a_bad_address_gives_way_to_a_good_one_and_the_connection_is_kept(
    server: RawServer,
) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
    line = HttpLine(("http://h:99999", server.url), timeout_s=2)
    assert line.request("GET", "/").body == b"good"
    assert line.request("GET", "/").body == b"good"
    line.close()
    assert server.connections == 1


def test_an_error_that_nobody_foresaw_costs_one_try_and_not_the_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[float] = []
    enough = threading.Event()

    def errand() -> None:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise AttributeError("nobody foresaw this")
        enough.set()

    line = node_line.NodeLine("test", time.monotonic)
    line.add("errand", errand, lambda: 60.0)
    line.start()
    assert enough.wait(20)
    line.stop()
    assert "nobody foresaw this" in caplog.text


def test_what_ten_thousand_would_ask_at_once_is_spread() -> None:
    ran: list[str] = []
    line = node_line.NodeLine("spread", lambda: 1000.0)
    line.add("plan", lambda: ran.append("plan"), lambda: 3600.0)
    line._errands["plan"].due_s = 5000.0
    line.within(600.0, "plan")
    first = line._errands["plan"].due_s
    assert 1000.0 <= first <= 1600.0
    line.within(600.0, "plan")
    assert line._errands["plan"].due_s <= first, "another call delays nothing"
