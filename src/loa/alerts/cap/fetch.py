"""One GET to an address that an office named: bounded in time and size, without redirects and
proxies, and to the open network only.

Whoever may add a source could otherwise have the node ask the province's inner servers. So a
connection goes to the very address that was looked at: a name cannot mean another one afterwards.
"""

import io
import ipaddress
import queue
import socket
import ssl
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext

from loa.alerts.cap.parsing import MAX_BYTES

ANSWER_S = 20.0
"""From the look at the name to the last byte, however slowly they come."""
_HERE = ("localhost", "127.0.0.1")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `data` None: nothing new."""

    data: bytes | None
    etag: str


class NotAnswered(OSError):
    """No answer that can be used; says why, in Vietnamese."""


def get(url: str, *, until_s: float, etag: str = "") -> Answer:
    """Ask once, for at most `ANSWER_S` and never beyond `until_s` (of `time.monotonic`).

    Raises OSError, HTTPException, ValueError.
    """
    until_s = min(until_s, time.monotonic() + ANSWER_S)
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or is_demo(parts)):
        raise NotAnswered(gettext("Địa chỉ phải bắt đầu bằng https://."))
    try:
        with closing(_connected(parts, until_s)) as line:
            return _asked(parts, line, until_s, etag)
    except TimeoutError as error:
        raise NotAnswered(gettext("Máy chủ trả lời quá chậm nên đã ngừng chờ.")) from error


def is_demo(parts: SplitResult) -> bool:
    """This machine's own addresses without TLS, only where everything is a demonstration."""
    return settings.ENV.demo and parts.scheme == "http" and parts.hostname in _HERE


def may_be_named(host: str) -> bool:
    """Whether a source's address may say `host`: False for the literal address of an inner one."""
    try:
        return _allowed(host, host)
    except ValueError:  # a name
        return True


def inner_sentence() -> str:
    """What to do about an address in an inner network."""
    return gettext(
        "Địa chỉ nằm trong mạng nội bộ nên không hỏi. Quản trị máy chủ cho phép bằng"
        " LOA_CAP_INNER_HOSTS."
    )


def _allowed(host: str, address: str) -> bool:
    """Raises ValueError where `address` is none."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _inside_it(ip) or ip
    plain = ip.version == 4 or ip in _GLOBAL_UNICAST
    if plain and ip.is_global and not ip.is_multicast:
        return True
    return host in settings.ENV.cap_inner_hosts or (settings.ENV.demo and ip.is_loopback)


def _inside_it(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a translator, tunnel or the system itself would go to in its place."""
    if ip in _NAT64 or (ip in _COMPATIBLE and not ip.is_loopback):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _connected(parts: SplitResult, until_s: float) -> socket.socket:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = _looked_up(host, port, _left(until_s))
    open_ones = [(str(ip), int(at)) for ip, at in found if _allowed(host, str(ip))]
    if not open_ones:
        raise NotAnswered(inner_sentence())
    line = _first(open_ones, until_s)
    if parts.scheme != "https":
        return line
    try:
        line.settimeout(_left(until_s))
        return tls().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


def _looked_up(host: str, port: int, wait_s: float) -> list[Any]:
    """What a name means. The system's resolver takes no time limit and may wait for minutes for a
    name server that is silent, so it works on a thread that is not waited for any longer than
    there is time; it ends by itself when the resolver gives up."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([one[4][:2] for one in rows])
        except (OSError, UnicodeError) as error:  # a name that cannot be one
            found.put(error if isinstance(error, OSError) else NotAnswered(str(error)))

    threading.Thread(target=look, name="cap-name", daemon=True).start()
    try:
        answer = found.get(timeout=wait_s)
    except queue.Empty as nothing:
        raise TimeoutError from nothing
    if isinstance(answer, OSError):
        raise answer
    return answer


def _first(addresses: list[tuple[str, int]], until_s: float) -> socket.socket:
    """The first that answers; the last one's failure if none does."""
    for address in addresses[:-1]:
        try:
            return socket.create_connection(address, timeout=_left(until_s) / 2)
        except OSError:
            continue
    return socket.create_connection(addresses[-1], timeout=_left(until_s))


def tls() -> ssl.SSLContext:
    """The system's authorities, and the name must fit."""
    return ssl.create_default_context()


def _asked(parts: SplitResult, line: socket.socket, until_s: float, etag: str) -> Answer:
    made = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = made(parts.hostname or "", parts.port)
    connection.sock = cast(socket.socket, _Line(line, until_s))
    headers = {"User-Agent": "Loa", "Connection": "close"}
    if etag:
        headers["If-None-Match"] = etag
    what = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("GET", what, headers=headers)
    answer = connection.getresponse()
    if answer.status == 304:
        return Answer(None, etag)
    if answer.status != 200:
        raise NotAnswered(gettext("Máy chủ trả lời mã %(status)d.") % {"status": answer.status})
    return Answer(_bounded(answer), answer.headers.get("ETag", "") or "")


def _bounded(answer: HTTPResponse) -> bytes:
    data = answer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotAnswered(gettext("Câu trả lời lớn quá 1 MiB nên không đọc."))
    return data


def _left(until_s: float) -> float:
    left = until_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A connected socket as `http.client` uses it, with one end to all its waiting: a server that
    sends a letter every few seconds never runs into a socket's own time-out."""

    def __init__(self, line: socket.socket, until_s: float) -> None:
        self._line = line
        self._until_s = until_s

    def sendall(self, data: Any) -> None:
        self._line.settimeout(_left(self._until_s))
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Arriving(self._line, self._until_s))

    def close(self) -> None:
        """`get` closes: the answer may still be being read."""


class _Arriving(io.RawIOBase):
    def __init__(self, line: socket.socket, until_s: float) -> None:
        super().__init__()
        self._line = line
        self._until_s = until_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(_left(self._until_s))
        return self._line.recv_into(buffer)
