"""Public, static, cacheable: media by hash, and the signed `open` of a commune."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from loa.alerts.selectors import is_order_media
from loa.delivery.open_documents import open_of
from loa.device.asking import JSON, refuse
from loa.media.serving import file_response
from loa.outlets.commands import is_command_sound
from loa.schedule.selectors import is_issued


def media(request: HttpRequest, sha256: str) -> HttpResponse:
    """A file that an issued plan, an order or an open command names; any other is not there."""
    if not (is_issued(sha256) or is_order_media(sha256) or is_command_sound(sha256)):
        return refuse("not_found", 404)
    return file_response(request, settings.ENV.media, sha256)


def open_document(request: HttpRequest, commune: str) -> HttpResponse:
    """Everything in force in the commune, signed: the fallback of devices whose node is silent."""
    document = open_of(commune) if len(commune) == 5 and commune.isdigit() else None
    if document is None:
        return refuse("not_found", 404)
    etag = f'"{document.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=30"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(bytes(document.envelope), content_type=JSON, headers=headers)
