"""Files of the store over HTTP: Range, ETag, immutable caching (RFC 9110)."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse

from loa.media.ranges import answer_for
from loa.media.selectors import file_get
from loa.media.store import MediaMissing, MediaStore

PART_MAX_BYTES = 16 << 20
"""One answer reads at most this much; a longer file is fetched in ranges."""


def file_response(request: HttpRequest, folder: Path, sha256: str) -> HttpResponse:
    """The stored file, or the part of it that the request asks for; 404 where it is not here.

    Who may see it is the caller's decision. A file above PART_MAX_BYTES is always answered in
    parts (206 with its `Content-Range`), whatever was asked.
    """
    store, known = MediaStore(folder), file_get(sha256)
    try:
        if known is None:
            raise MediaMissing(sha256)
        size = store.info(sha256).bytes
        wanted = request.headers.get("Range")
        if wanted is None and size > PART_MAX_BYTES:
            wanted = f"bytes=0-{PART_MAX_BYTES - 1}"
        decided = answer_for(
            sha256=sha256,
            size=size,
            method=request.method or "GET",
            range_header=wanted,
            if_range=request.headers.get("If-Range"),
            if_none_match=request.headers.get("If-None-Match"),
        )
        with store.open(sha256) as file:
            file.seek(decided.start)
            data = file.read(decided.length)
    except MediaMissing:
        return HttpResponse(status=404)
    return HttpResponse(
        data, status=decided.status, content_type=known.mime, headers=dict(decided.headers)
    )
