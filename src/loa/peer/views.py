"""Joining, cursor, pull by long poll, push, media."""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from loa.federation import admission, outgoing, selectors, talk
from loa.federation.refusals import LinkRefused
from loa.lib import db
from loa.media.serving import file_response
from loa.peer.asking import answer, asker, body_of, linked, log, refuse
from loa.peer.board import LOOK_EVERY_S, Board
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import peer_api
from loa_protocol.device_api import parse_body
from loa_protocol.refusals import Refused

_board = Board()

T = TypeVar("T")
View = Callable[..., HttpResponseBase]


def _named(path: str, work: Callable[[], T]) -> T | HttpResponse:
    """What `work` gives, or the answer that names its refusal; then nothing of it was kept."""
    try:
        return work()
    except NoAuthority:
        return refuse("not_ready", status=503)
    except (Refused, LinkRefused) as refused:
        log.info("refused", path=path, reason=refused.reason.value)
        return refuse(refused.reason.value, refused.detail)
    except OperationalError as error:
        full = db.is_full(error)
        log.exception("database", full=full)
        return refuse("store_full" if full else "busy", status=507 if full else 503)


def for_nodes(method: str) -> Callable[[View], View]:
    """A view that is asked by one method, and names what it refuses."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, **found: str) -> HttpResponseBase:
            if request.method != method:
                return refuse("bad_method", status=405)
            return _named(request.path, lambda: view(request, **found))

        return checked

    return decorate


@for_nodes("POST")
def join(request: HttpRequest) -> HttpResponse:
    """A node shows its code and its key."""
    node = node_identity()
    asking = asker(request, node)
    asked = parse_body(peer_api.Join, body_of(request))
    link = admission.admit(
        code=asked.code, issuer=asking.issuer, kid=asking.kid, software=asked.software
    )
    log.info("linked", peer=link.peer)
    head = outgoing.head_sign(node, link).to_value()
    return answer(peer_api.Joined(head=head, software=talk.SOFTWARE))


@for_nodes("POST")
def cursor(request: HttpRequest) -> HttpResponse:
    """Where we stand in the asker's list."""
    link = linked(asker(request, node_identity()))
    asked = parse_body(peer_api.Asked, body_of(request))
    talk.note_seen(link, asked.software)
    return answer(talk.standing(link))


@for_nodes("POST")
def push(request: HttpRequest) -> HttpResponse:
    """A page of the asker's list; the answer says where we stand now."""
    node = node_identity()
    link = linked(asker(request, node))
    told = parse_body(peer_api.Told, body_of(request))
    try:
        talk.take(told, link, node)
    except LinkRefused as refused:
        talk.note_fault(link, refused)
        raise
    link.refresh_from_db()
    return answer(talk.standing(link))


async def pull(request: HttpRequest) -> HttpResponse:
    """The next entries for the asker; waits up to `wait_s` where there are none.

    The signature is judged when the request comes, not again after the wait.
    """
    if request.method != "POST":
        return refuse("bad_method", status=405)
    opened = await _aside(request.path, lambda: _opened(request))
    if isinstance(opened, HttpResponse):
        return opened
    peer, asked, news = opened
    loop = asyncio.get_running_loop()
    ends = loop.time() + asked.wait_s
    while not news and loop.time() < ends:
        await asyncio.sleep(LOOK_EVERY_S)
        # Another end than the cursor is news; None is a link that was ended meanwhile.
        news = await _board.end_of(peer) != asked.cursor.seq
    return await _aside(request.path, lambda: _told(peer, asked.cursor))


async def _aside(path: str, work: Callable[[], T]) -> T | HttpResponse:
    """Work with the database off the loop, on no request's own thread."""

    def named() -> T | HttpResponse:
        try:
            return _named(path, work)
        finally:
            close_old_connections()

    return await sync_to_async(named, thread_sensitive=False)()


def _opened(request: HttpRequest) -> tuple[str, peer_api.Pull, bool]:
    link = linked(asker(request, node_identity()))
    asked = parse_body(peer_api.Pull, body_of(request))
    talk.note_seen(link, asked.software)
    return link.peer, asked, talk.has_news(link, asked)


def _told(peer: str, cursor: peer_api.Cursor) -> HttpResponse:
    link = talk.ensure_linked(selectors.link_with(peer))
    try:
        return answer(talk.tell(node_identity(), link, cursor))
    except LinkRefused as refused:
        talk.note_fault(link, refused)
        raise


@for_nodes("GET")
def media(request: HttpRequest, sha256: str = "") -> HttpResponseBase:
    """A file that something told to the asker names; any other is not there."""
    link = linked(asker(request, node_identity()))
    if not outgoing.may_fetch(link, sha256):
        return refuse("not_found", status=404)
    return file_response(request, settings.ENV.media, sha256)
