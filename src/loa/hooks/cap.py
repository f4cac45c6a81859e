"""CAP to and from other systems: a source's own address to post to, and our orders for everybody.

No session and no cookie on either. What is published is what was signed and sent already.
"""

import hashlib
from uuid import UUID
from xml.sax.saxutils import escape

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from loa.alerts.cap import desk, publishing, sources
from loa.alerts.cap.parsing import MAX_BYTES
from loa.alerts.models import CapExport
from loa.lib import clock

log = structlog.get_logger()

FRESH_S = 10


@csrf_exempt
@require_POST
def take(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """One CAP message under the source's token. 200 with what became of it, 422 with the reason of
    its refusal; the same message again is 200 and changes nothing."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    source = sources.source_of_token(str(source_id), token.strip())
    if scheme != "Bearer" or source is None:
        return JsonResponse({"error": "unknown_token"}, status=401)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BYTES:
        return JsonResponse({"error": "too_large"}, status=413)
    taken = desk.message_take(request.body, by="node", path=source.path, source=source, token=True)
    row = taken.message
    if row.refused:
        return JsonResponse({"error": row.refused, "text": row.refused_text}, status=422)
    became = "order" if row.order_id else "draft" if row.draft else "kept"
    return JsonResponse({"id": str(row.pk), "known": taken.known, "became": became})


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """Our orders of the last week, newest first, at most a hundred."""
    found = publishing.published(clock.now())
    body = _feed(found).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/atom+xml; charset=utf-8")
    response["ETag"], response["Cache-Control"] = etag, f"public, max-age={FRESH_S}"
    return response


def _feed(found: list[CapExport]) -> str:
    home = settings.ENV.web_url
    newest = found[0].made_at if found else clock.now().replace(hour=0, minute=0, second=0)
    entries = "".join(_entry(one, home) for one in found)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{escape(home)}/cap/phat.atom</id><title>Loa</title>"
        f"<updated>{newest.replace(microsecond=0).isoformat()}</updated>"
        f"<author><name>{escape(publishing.sender())}</name></author>"
        f'<link rel="self" href="{escape(home)}/cap/phat.atom"/>{entries}</feed>\n'
    )


def _entry(one: CapExport, home: str) -> str:
    order = one.order
    title = f"DIỄN TẬP: {order.title}" if order.drill else order.title
    url = f"{escape(home)}/cap/{order.pk}.xml"
    return (
        f"<entry><id>urn:loa:{order.pk}</id><title>{escape(title)}</title>"
        f"<updated>{one.made_at.replace(microsecond=0).isoformat()}</updated>"
        f'<link rel="alternate" type="application/cap+xml" href="{url}"/></entry>'
    )


@require_safe
def document(request: HttpRequest, order_id: str) -> HttpResponse:
    """One order as signed CAP: the same bytes for ever."""
    data = publishing.document(order_id)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="application/cap+xml")
    response["Cache-Control"] = "public, max-age=86400, immutable"
    return response


@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    """The certificate that our CAP is signed with."""
    return HttpResponse(publishing.certificate_pem(), content_type="application/x-pem-file")
