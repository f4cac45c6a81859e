"""The bare baseline of a catch-up: the same bytes over plain HTTP, the same rows by bulk insert."""

import gzip
import http.client
import sqlite3
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

Row = tuple[str, str, str]
"""Fact, kind, text of an entry."""


def pages_of(rows: Sequence[Row], most_bytes: int) -> list[list[Row]]:
    """The rows in runs of at most so many bytes, as pages carry them."""
    pages: list[list[Row]] = [[]]
    size = 0
    for row in rows:
        size += len(row[2].encode())
        if pages[-1] and size > most_bytes:
            pages.append([])
            size = len(row[2].encode())
        pages[-1].append(row)
    return pages


class Source:
    """A plain HTTP server that gives each page's bytes, compressed, as one file."""

    def __init__(self, pages: Sequence[Sequence[Row]]) -> None:
        bodies = [
            gzip.compress("\n".join("\t".join(row) for row in page).encode(), 6) for page in pages
        ]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = bodies[int(self.path[1:])]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def copy_s(url: str, pages: int, into: Path) -> float:
    """Seconds to fetch all pages from `url` and insert their rows, one durable commit a page;
    counted from when the first page was in."""
    place = urlsplit(url)
    base = sqlite3.connect(into, isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE copied (fact TEXT PRIMARY KEY, kind TEXT, body TEXT)")
    began_s = 0.0
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    for number in range(pages):
        line.request("GET", f"/{number}")
        text = gzip.decompress(line.getresponse().read()).decode()
        rows = [tuple(row.split("\t")) for row in text.split("\n")]
        base.execute("BEGIN IMMEDIATE")
        base.executemany("INSERT INTO copied VALUES (?, ?, ?)", rows)
        base.execute("COMMIT")
        began_s = began_s or time.perf_counter()
    took_s = time.perf_counter() - began_s
    line.close()
    base.close()
    return took_s
