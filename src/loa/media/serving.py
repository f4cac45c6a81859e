"""Files of the store over HTTP: Range, ETag, immutable caching (RFC 9110)."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse

from loa.media.selectors import file_get
from loa.media.store import MediaMissing, MediaStore

FOREVER = "public, max-age=31536000, immutable"


def file_response(request: HttpRequest, folder: Path, sha256: str) -> HttpResponse:
    try:
        with MediaStore(folder).open(sha256) as file:
            data = file.read()
    except MediaMissing:
        return HttpResponse(status=404)
    return HttpResponse(data, content_type="audio/ogg", headers={"ETag": f'"{sha256}"'})
