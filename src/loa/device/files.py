"""Public, static, cacheable: media by hash, and the signed `open` of a commune."""

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from loa.alerts.selectors import envelopes, is_order_media
from loa.delivery.open_documents import open_as_parent, open_of
from loa.device.asking import JSON, refuse
from loa.media.serving import file_response
from loa.outlets.commands import is_command_sound
from loa.outlets.selectors import communes_with_devices
from loa.people.authority import documents_over, node_identity, own_path
from loa.places.selectors import commune_get
from loa.schedule.selectors import is_issued
from loa_protocol.device_api import Orders, TrustLists, dump_body
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind

if TYPE_CHECKING:
    from loa.delivery.models import OpenDocument


def media(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A file that an issued plan, an order or an open command names; any other is not there."""
    if not (is_issued(sha256) or is_order_media(sha256) or is_command_sound(sha256)):
        return refuse("not_found", 404)
    return file_response(request, settings.ENV.media, sha256)


def open_document(request: HttpRequest, commune: str) -> HttpResponse:
    """Everything in force in the commune, signed: the fallback of devices whose node is silent."""
    document = _document(commune)
    if document is None:
        return refuse("not_found", 404)
    return _static(request, document.sha256, bytes(document.envelope))


def open_orders(request: HttpRequest, commune: str) -> HttpResponse:
    """The orders that the commune's `open` lists, as they were signed, with that `open`: for a
    device that this node does not know. They are said aloud everywhere and hold no secret."""
    document = _document(commune)
    if document is None:
        return refuse("not_found", 404)
    opened = Envelope.parse(bytes(document.envelope))
    orders = tuple(envelope.to_value() for envelope in envelopes(document.area))
    return _static(
        request, document.sha256, dump_body(Orders(orders=orders, open=opened.to_value()))
    )


def open_trust(request: HttpRequest, commune: str) -> HttpResponse:
    """What was revoked over the commune. Also for devices of a node below: one that was seized
    would keep from them that its own key is dead."""
    document = _document(commune)
    if document is None:
        return refuse("not_found", 404)
    found = tuple(one.to_value() for one in documents_over(Kind.TRUST, document.area))
    body = dump_body(TrustLists(trust=found))
    return _static(request, hashlib.sha256(body).hexdigest(), body)


def _document(commune: str) -> "OpenDocument | None":
    """The commune's `open`: its own node's, or at the centre one for the devices of nodes below."""
    if len(commune) != 5 or not commune.isdigit():
        return None
    if own_path() != "vn":
        return open_of(commune)
    place = commune_get(commune)
    if place is None:
        return None
    if place.path in communes_with_devices():
        return open_of(commune)
    return open_as_parent(node_identity(), place.path)


def _static(request: HttpRequest, tag: str, body: bytes) -> HttpResponse:
    etag = f'"{tag}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=30"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type=JSON, headers=headers)
