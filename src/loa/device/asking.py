"""Who asks: a device proved by its own signature, or nobody."""

from collections.abc import Callable
from functools import wraps

import structlog
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from loa.federation import selectors as links
from loa.lib import clock, db
from loa.outlets import enrolment, knocks
from loa.outlets import selectors as outlets
from loa.outlets.models import Device
from loa.people.authority import NoAuthority, NodeIdentity, node_identity
from loa_protocol.device_api import (
    REQUEST_HEADER,
    ErrorAnswer,
    check_request,
    dump_body,
    read_request,
)
from loa_protocol.encoding import parse_object
from loa_protocol.payloads import Wire
from loa_protocol.refusals import Reason, Refused

log = structlog.get_logger()

View = Callable[[HttpRequest, Device, NodeIdentity], HttpResponse]
JSON = "application/json"
STATUS = {
    Reason.TOO_LARGE: 413,
    Reason.UNKNOWN_KEY: 401,
    Reason.BAD_SIGNATURE: 401,
    Reason.WRONG_NODE: 421,
    Reason.REVOKED: 403,
    Reason.STORE_FULL: 507,
}


def refuse(name: str, status: int = 400) -> HttpResponse:
    """`{"error": name}`: the only shape of an error on this side."""
    return HttpResponse(dump_body(ErrorAnswer(error=name)), status=status, content_type=JSON)


def answer(message: Wire, status: int = 200) -> HttpResponse:
    return HttpResponse(dump_body(message), status=status, content_type=JSON)


def own_urls() -> tuple[str, ...]:
    return (settings.ENV.device_url,)


def parent_urls() -> tuple[str, ...]:
    """Where devices ask when this node is silent: as the operator says, else the node above."""
    return tuple(settings.ENV.parent_urls) or tuple(link.url for link in links.parents())


def address_of(request: HttpRequest) -> str:
    """Where the request comes from; behind our own proxy, what the proxy saw."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.ENV.tls_proxy else ""
    return forwarded.rpartition(",")[2].strip()[:45] or request.META.get("REMOTE_ADDR", "")


def asker(request: HttpRequest, node: NodeIdentity) -> Device:
    """The device that signed this request. Raises Refused; a revoked or unknown one too."""
    header = request.headers.get(REQUEST_HEADER)
    if header is None:
        raise Refused(Reason.UNKNOWN_KEY, "no Loa-Request")
    envelope = read_request(header)
    claimed = _claimed_outlet(envelope.payload)
    device = outlets.device_of(claimed) if claimed else None
    if device is None:
        raise Refused(Reason.UNKNOWN_KEY, "no such live device")
    checked = check_request(
        envelope,
        outlets.device_key(device),
        node=node.id,
        method=request.method or "",
        path=request.get_full_path(),
        body=request.body,
        now=clock.now(),
    )
    if checked.issuer.outlet != device.outlet.wire_id:
        raise Refused(Reason.ISSUER_MISMATCH, str(checked.issuer.outlet))
    enrolment.area_note(device=device, path=checked.issuer.path)
    knocks.address_note(device=device, address=address_of(request))
    return device


def _claimed_outlet(payload: bytes) -> str | None:
    """Whom the request says it comes from: only good for finding the key to check it with."""
    try:
        issuer = parse_object(payload).get("issuer")
    except ValueError as error:
        raise Refused(Reason.BAD_JSON, str(error)) from error
    outlet = issuer.get("outlet") if isinstance(issuer, dict) else None
    return outlet if isinstance(outlet, str) else None


def for_devices(method: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """A view for enrolled devices only: the request is checked before the view sees it."""

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                return refuse("bad_method", 405)
            try:
                node = node_identity()
                return view(request, asker(request, node), node)
            except NoAuthority:
                return refuse("not_ready", 503)
            except OperationalError as error:
                full = db.is_full(error)
                log.exception("database", full=full)
                return refuse("store_full", 507) if full else refuse("busy", 503)
            except Refused as refusal:
                log.info("refused", path=request.path, reason=refusal.reason.value)
                return refuse(refusal.reason.value, STATUS.get(refusal.reason, 400))

        return checked

    return decorate
