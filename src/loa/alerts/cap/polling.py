"""Asking other offices' addresses for CAP: bounded, no redirects, and only what is new.

The answer is one CAP message, or an Atom or RSS list whose entries link to messages on the same
server or hold them. A server that hangs, grows or lies costs a time-out and a line on the sources'
page; a dead link in a list costs itself alone.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException

import structlog
from django.utils.translation import gettext
from lxml import etree

from loa.alerts.cap import desk, fetch, listing
from loa.alerts.cap.fetch import NotAnswered
from loa.alerts.cap.parsing import NAMESPACE, parse_tree
from loa.alerts.cap.refusals import CapRefused, Reason
from loa.alerts.models import CapSource, CapWay
from loa.lib import clock
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

log = structlog.get_logger()

EVERY = timedelta(seconds=60)
ROUND_S = 60.0
"""One source's turn: others wait for the same thread."""
LINKS_MAX = 50
"""Messages fetched in one round; the rest in the next."""
LINKS_KEPT = 1000
TRIES = 10
"""Rounds in which a link may fail before it is left alone: about ten minutes."""


@dataclass(slots=True)
class Round:
    """What one round brought. `links` is the source's memory: the marks of what was dealt with,
    and one `mark!` for every time that a link failed."""

    links: list[str]
    until_s: float
    fresh: int = 0
    whole: bool = True
    failed: int = 0
    why: str = ""


def poll_due() -> bool:
    """Ask the source that has waited longest, if one is due; whether there was one."""
    now = clock.now()
    found = CapSource.objects.filter(way=CapWay.URL, stopped_at=None).order_by("asked_at")
    source = next((s for s in found if s.asked_at is None or now - s.asked_at >= EVERY), None)
    if source is None:
        return False
    # Claimed by a conditional update, so that several workers ask once.
    if CapSource.objects.filter(pk=source.pk, asked_at=source.asked_at).update(asked_at=now):
        row = str(source.pk)
        with quarantine.isolated(Queue.CAP_SOURCES, row, name=source.name, atomic=False) as done:
            poll(source)
        if done.error is not None:
            CapSource.objects.filter(pk=source.pk).update(failure=type(done.error).__name__)
    return True


def poll(source: CapSource) -> int:
    """Ask once; returns how many messages were new here."""
    this = Round(list(source.links), time.monotonic() + ROUND_S)
    failure, etag, answered = "", source.etag, source.answered_at
    try:
        answer = fetch.get(source.url, etag=source.etag, until_s=this.until_s)
        if answer.data is not None:
            _take(source, answer.data, this)
            etag = answer.etag if this.whole else ""
        answered = clock.now()
        failure = _said(this)
    except (OSError, HTTPException, CapRefused, ValueError) as error:
        failure = _why(error)
    if failure:
        log.warning("cap source failed", source=source.name, why=failure[:200])
    CapSource.objects.filter(pk=source.pk).update(
        failure=failure[:200],
        etag=etag[:200],
        links=this.links[-LINKS_KEPT:],
        answered_at=answered,
    )
    return this.fresh


def _why(error: Exception) -> str:
    said = error.sentence if isinstance(error, CapRefused) else str(error)
    return said or type(error).__name__


def _said(this: Round) -> str:
    if not this.failed:
        return this.why
    return gettext("%(count)d bản tin trong danh sách chưa lấy được: %(why)s") % {
        "count": this.failed,
        "why": this.why,
    }


def _take(source: CapSource, data: bytes, this: Round) -> None:
    root = parse_tree(data)
    if etree.QName(root).namespace == NAMESPACE:
        this.fresh = int(_one(source, data))
        return
    entries = listing.entries(root, source.url)
    if entries is None:
        raise NotAnswered(gettext("Câu trả lời không phải bản tin CAP hay danh sách Atom, RSS."))
    usable = [entry for entry in entries if entry.url or entry.alert]
    wanted = [entry for entry in usable if _mark(entry.key) not in this.links]
    # Those that failed before come last: what is dead must not use up the round of what is new.
    wanted.sort(key=lambda entry: this.links.count(_failure(entry.key)))
    this.whole = len(wanted) <= LINKS_MAX
    for entry in wanted[:LINKS_MAX]:
        if time.monotonic() >= this.until_s:
            this.whole = False
            break
        if entry.alert:
            this.fresh += int(_one(source, entry.alert))
            this.links.append(_mark(entry.key))
        else:
            _take_link(source, entry.url, this)
    if entries and not usable:
        this.whole = False  # said every time, also where the server would answer "nothing new"
        this.why = gettext(
            "Danh sách có %(count)d mục nhưng không mục nào dùng được: liên kết không dẫn tới"
            " bản tin trên cùng máy chủ, cũng không kèm bản tin."
        ) % {"count": len(entries)}


def _take_link(source: CapSource, url: str, this: Round) -> None:
    try:
        answer = fetch.get(url, until_s=this.until_s)
        this.fresh += int(answer.data is not None and _one(source, answer.data))
    except (OSError, HTTPException, ValueError) as error:
        this.failed, this.why = this.failed + 1, _why(error)
        if time.monotonic() >= this.until_s:  # the round was over: that is not the link's fault
            this.whole = False
            return
        this.links.append(_failure(url))
        if this.links.count(_failure(url)) < TRIES:
            this.whole = False
            return
        log.warning("cap link given up", source=source.name, why=this.why[:200])
    this.links[:] = [one for one in this.links if one != _failure(url)]
    this.links.append(_mark(url))


def _one(source: CapSource, data: bytes) -> bool:
    taken = desk.message_take(data, by="node", path=source.path, source=source)
    if taken.message.refused == Reason.TOO_MANY:  # it stays in the list for another day
        raise CapRefused(Reason.TOO_MANY)
    return not taken.known and not taken.message.refused


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _failure(key: str) -> str:
    return _mark(key) + "!"
