"""Where machines speak: a template's feed asks for its exact bytes, and brings them signed.

No session and no cookie: the feed's own key proves who speaks. An error is
`{"error": name, "text": sentence}` and nothing was sent.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from loa.alerts.models import Template
from loa.alerts.order_templates import filling, wordings
from loa.alerts.rules import OrderRefused
from loa.lib import clock
from loa.people.authority import NoAuthority, node_identity
from loa_protocol.device_api import REQUEST_HEADER, check_request, read_request
from loa_protocol.encoding import b64encode, parse_object
from loa_protocol.keys import PublicKey
from loa_protocol.refusals import Reason, Refused

log = structlog.get_logger()

DRAFT_MAX_BYTES = 16 * 1024
HOURS_MAX = 72


def _error(status: int, name: str, text: str = "") -> HttpResponse:
    return JsonResponse({"error": name, "text": text}, status=status)


@csrf_exempt
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """`{template, blanks, target?, level?, hours?, voice?}` under a signed `Loa-Request` of the
    template's feed: the bytes that it may sign, with the node's voice in them."""
    try:
        body = _body(request, DRAFT_MAX_BYTES)
        asked = parse_object(body)
        row = _asked_template(request, asked, body)
        made = filling.draft_asked(row, **_fields(asked))
    except OrderRefused as refusal:
        return _error(422, refusal.code, str(refusal))
    except Refused as refusal:
        status = 413 if refusal.reason is Reason.TOO_LARGE else 401
        return _error(status, refusal.reason.value)
    except NoAuthority:
        return _error(503, "not_ready")
    except (ValueError, TypeError):
        return _error(400, "bad_field")
    return JsonResponse({"kind": "fill", "payload": b64encode(made.payload)})


@csrf_exempt
@require_POST
def fill(request: HttpRequest) -> HttpResponse:
    """A fill as its feed signed it. 200 says that it is in force; the same bytes again say the
    same."""
    try:
        order = filling.fill_take(_body(request, filling.FILL_MAX_BYTES), by="HTTP")
    except OrderRefused as refusal:
        log.info("fill refused", why=refusal.code)
        return _error(422, refusal.code, str(refusal))
    except Refused as refusal:
        return _error(413, refusal.reason.value)
    except NoAuthority:
        return _error(503, "not_ready")
    begins = order.begins_at or order.made_at
    return JsonResponse({"id": order.pk, "begins": begins.isoformat()})


def _body(request: HttpRequest, most: int) -> bytes:
    """The body, if it is no longer than `most`."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > most:
        raise Refused(Reason.TOO_LARGE, "body")
    return request.body


def _asked_template(request: HttpRequest, asked: dict[str, Any], body: bytes) -> Template:
    name = asked.get("template")
    header = request.headers.get(REQUEST_HEADER)
    if header is None:
        raise Refused(Reason.UNKNOWN_KEY, "not signed")
    signed = read_request(header)
    kids = {one.kid for one in signed.sigs}
    row = next(
        (one for one in wordings.standing() if one.name == name and one.feed_kid in kids), None
    )
    if row is None:
        raise Refused(Reason.UNKNOWN_KEY, "no such template of this feed")
    doc = wordings.doc_of(bytes(row.payload))
    check_request(
        signed,
        PublicKey.from_text(doc.feed.alg, doc.feed.key),
        node=node_identity().id,
        method="POST",
        path=request.get_full_path(),
        body=body,
        now=clock.now(),
    )
    return row


def _fields(asked: dict[str, Any]) -> dict[str, Any]:
    """What a feed may say in a draft. Raises ValueError, TypeError."""
    blanks = asked.get("blanks", {})
    targets = asked.get("target", [])
    if not isinstance(blanks, dict) or not isinstance(targets, list):
        raise TypeError("blanks or target")
    if not all(isinstance(one, str) and len(one) <= 300 for one in (*blanks.values(), *targets)):
        raise TypeError("texts")
    hours, level = asked.get("hours", filling.HOURS), asked.get("level")
    if type(hours) is not int or not 1 <= hours <= HOURS_MAX:
        raise ValueError("hours")
    if level is not None and (type(level) is not int or not 1 <= level <= 5):
        raise ValueError("level")
    now = clock.now()
    return {
        "blanks": blanks,
        "targets": tuple(targets),
        "now": now,
        "expires": now + timedelta(hours=hours),
        "level": level,
        "voice": asked.get("voice", True) is True,
    }
