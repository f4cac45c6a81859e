"""Asking other offices' addresses for CAP: bounded, no redirects, and only what is new.

The answer is one CAP message, or an Atom or RSS list whose entries link to messages on the same
server. A server that hangs, grows or lies costs a time-out and a line on the sources' page.
"""

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import IO
from urllib.parse import urljoin, urlsplit

import structlog
from lxml import etree

from loa.alerts import cap_desk
from loa.alerts.cap.parsing import MAX_BYTES, NAMESPACE, parse_tree
from loa.alerts.cap.refusals import CapRefused
from loa.alerts.models import CapSource, CapWay
from loa.lib import clock

log = structlog.get_logger()

EVERY = timedelta(seconds=60)
TIMEOUT_S = 10.0
LINKS_MAX = 50
"""Messages fetched in one round; the rest in the next."""
LINKS_KEPT = 1000
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `data` None: nothing new."""

    data: bytes | None
    etag: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """None: a redirect is an error here."""


_opener = urllib.request.build_opener(_NoRedirects)


def poll_due() -> bool:
    """Ask the source that has waited longest, if one is due; whether there was one."""
    now = clock.now()
    found = CapSource.objects.filter(way=CapWay.URL, stopped_at=None).order_by("asked_at")
    source = next((s for s in found if s.asked_at is None or now - s.asked_at >= EVERY), None)
    if source is None:
        return False
    # Claimed by a conditional update, so that several workers ask once.
    if CapSource.objects.filter(pk=source.pk, asked_at=source.asked_at).update(asked_at=now):
        poll(source)
    return True


def poll(source: CapSource) -> int:
    """Ask once; returns how many messages were new here."""
    failure, fresh, etag, links = "", 0, source.etag, list(source.links)
    try:
        answer = get(source.url, etag=source.etag)
        if answer.data is not None:
            fresh, whole = _take(source, answer.data, links)
            etag = answer.etag if whole else ""
    except (OSError, HTTPException, CapRefused, ValueError) as error:
        failure = error.sentence if isinstance(error, CapRefused) else str(error)
        log.warning("cap source failed", source=source.name, why=failure[:200])
    now = clock.now()
    CapSource.objects.filter(pk=source.pk).update(
        failure=failure[:200],
        etag=etag[:200],
        links=links[-LINKS_KEPT:],
        answered_at=source.answered_at if failure else now,
    )
    return fresh


def get(url: str, *, etag: str = "") -> Answer:
    """GET with a bound on time and size. Raises OSError, HTTPException, ValueError."""
    request = urllib.request.Request(url, headers={"User-Agent": "Loa"})  # noqa: S310  https only
    if etag:
        request.add_header("If-None-Match", etag)
    try:
        with _opener.open(request, timeout=TIMEOUT_S) as answer:
            return Answer(_bounded(answer), answer.headers.get("ETag", "") or "")
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return Answer(None, etag)
        raise


def _bounded(answer: IO[bytes]) -> bytes:
    data = answer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("more than 1 MiB")
    return data


def _take(source: CapSource, data: bytes, links: list[str]) -> tuple[int, bool]:
    """(new messages, whether all of the list was seen)."""
    root = parse_tree(data)
    if etree.QName(root).namespace == NAMESPACE:
        return int(_one(source, data)), True
    wanted = [url for url in _links(root, source.url) if _mark(url) not in links]
    fresh = 0
    for url in wanted[:LINKS_MAX]:
        answer = get(url)
        fresh += int(answer.data is not None and _one(source, answer.data))
        links.append(_mark(url))
    return fresh, len(wanted) <= LINKS_MAX


def _one(source: CapSource, data: bytes) -> bool:
    taken = cap_desk.message_take(data, by="node", path=source.path, source=source)
    return not taken.known and not taken.message.refused


def _links(root: etree._Element, base: str) -> list[str]:
    """The entries' links to the same server, oldest first."""
    found = []
    for entry in root.iter(f"{_ATOM}entry", "item"):
        atom = [
            link.get("href", "")
            for link in entry.iter(f"{_ATOM}link")
            if link.get("rel", "alternate") in {"alternate", "enclosure", "related"}
            and link.get("type", "application/cap+xml").endswith("xml")
        ]
        rss = [link.text or "" for link in entry.findall("link")]
        found += [urljoin(base, text.strip()) for text in (atom or rss)[:1]]
    home = urlsplit(base)
    same = [u for u in found if urlsplit(u)[:2] == home[:2]]
    return list(reversed(dict.fromkeys(same)))


def _mark(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]
