"""Files of the store over HTTP: Range, ETag, immutable caching (RFC 9110)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from loa.media.ranges import Answer, answer_for
from loa.media.selectors import file_get
from loa.media.store import MediaMissing, MediaStore

PIECE_BYTES = 64 << 10
WHOLE_MAX_BYTES = 256 << 10
"""What is longer is read piece by piece, as fast as its reader takes it: a reader holds one piece
of it in memory, whatever was asked for."""


def file_response(request: HttpRequest, folder: Path, sha256: str) -> HttpResponseBase:
    """The stored file, or the part of it that the request asks for; 404 where it is not here.

    Who may see it is the caller's decision.
    """
    store, known = MediaStore(folder), file_get(sha256)
    try:
        if known is None:
            raise MediaMissing(sha256)
        decided = answer_for(
            sha256=sha256,
            size=store.info(sha256).bytes,
            method=request.method or "GET",
            range_header=request.headers.get("Range"),
            if_range=request.headers.get("If-Range"),
            if_none_match=request.headers.get("If-None-Match"),
        )
        if decided.length > WHOLE_MAX_BYTES:
            return _streamed(request, store, sha256, decided, known.mime)
        with store.open(sha256) as file:
            file.seek(decided.start)
            data = file.read(decided.length)
    except MediaMissing:
        return HttpResponse(status=404)
    return HttpResponse(
        data, status=decided.status, content_type=known.mime, headers=dict(decided.headers)
    )


def _streamed(
    request: HttpRequest, store: MediaStore, sha256: str, decided: Answer, mime: str
) -> HttpResponseBase:
    served = isinstance(request, ASGIRequest)
    pieces = _pieces(store, sha256, decided)
    return StreamingHttpResponse(
        _in_turn(pieces) if served else pieces,
        status=decided.status,
        content_type=mime,
        headers=dict(decided.headers),
    )


def _pieces(store: MediaStore, sha256: str, decided: Answer) -> Iterator[bytes]:
    with store.open(sha256) as file:
        file.seek(decided.start)
        left = decided.length
        while left and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece


async def _in_turn(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is read, in a thread, when the one before has been sent."""
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
