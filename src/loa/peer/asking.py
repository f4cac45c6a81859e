"""Who asks: a node proved by its own signature under the root, or nobody."""

import gzip
import hashlib
from dataclasses import dataclass

import structlog
from django.http import HttpRequest, HttpResponse

from loa.federation import admission, selectors
from loa.federation.line import unpack
from loa.federation.models import Link
from loa.federation.refusals import Fault, LinkRefused
from loa.federation.talk import ensure_linked
from loa.lib import clock
from loa.people.acceptance import trust_now
from loa.people.authority import NodeIdentity
from loa_protocol import peer_api
from loa_protocol.context import Channel, Context
from loa_protocol.device_api import REQUEST_HEADER, dump_body, read_request
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.paths import node_address
from loa_protocol.payloads import Issuer, Request, Wire
from loa_protocol.refusals import Reason, Refused

log = structlog.get_logger()

JSON = "application/json"
STATUS: dict[str, int] = {
    Reason.TOO_LARGE: 413,
    Reason.UNKNOWN_KEY: 401,
    Reason.BAD_SIGNATURE: 401,
    Reason.REVOKED: 403,
    Reason.STORE_FULL: 507,
    Fault.MAILBOX_FULL: 507,
    Fault.EPOCH_TOO_SOON: 429,
    Fault.NOT_LINKED: 403,
    Fault.CODE_UNKNOWN: 403,
    Fault.CODE_USED: 403,
    Fault.CODE_EXPIRED: 403,
    Fault.CODE_OTHER_PLACE: 403,
    Fault.GAP: 409,
    Fault.REPLAY: 409,
    Fault.FORK: 409,
    Fault.OLD_EPOCH: 409,
}
COMPRESS_FROM_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Asker:
    """A node that proved its key: who it says it is, with which key."""

    issuer: Issuer
    kid: str


def body_of(request: HttpRequest) -> bytes:
    """The request's body, unpacked within bounds. Raises LinkRefused."""
    data = request.body
    if len(data) > peer_api.ANSWER_MAX_BYTES:
        raise LinkRefused(Reason.TOO_LARGE, f"{len(data)} bytes")
    if request.headers.get("Content-Encoding", "identity") == "identity":
        return data
    return unpack(data)


def asker(request: HttpRequest, node: NodeIdentity) -> Asker:
    """The node that signed this request for us, just now. Raises Refused, LinkRefused."""
    header = request.headers.get(REQUEST_HEADER)
    if header is None:
        raise Refused(Reason.UNKNOWN_KEY, "no Loa-Request")
    trust = trust_now()
    context = Context(trust=trust.state, now=clock.now(), cache=trust.cache)
    envelope = read_request(header)
    if envelope.kind is not Kind.REQUEST:
        raise Refused(Reason.WRONG_CHANNEL, envelope.kind.value)
    payload = verify(envelope, Channel.LINK, context).payload
    assert isinstance(payload, Request)  # noqa: S101  the kind was checked
    if payload.target != (node_address(node.id),):
        raise Refused(Reason.WRONG_NODE, payload.target[0])
    digest = hashlib.sha256(request.body).hexdigest()
    said = (payload.method, payload.path, payload.body)
    if said != (request.method, request.get_full_path(), digest):
        raise Refused(Reason.BAD_FIELD, "another method, path or body was signed")
    return Asker(payload.issuer, envelope.sigs[0].kid)


def linked(asking: Asker) -> Link:
    """The link of a node that asks. Raises LinkRefused: NOT_LINKED, KEY_CHANGED, WRONG_SCOPE."""
    link = ensure_linked(selectors.link_with(asking.issuer.node or ""))
    if link.kid != asking.kid:
        raise LinkRefused(Fault.KEY_CHANGED, asking.kid)
    if not admission.follow_place(link, asking.issuer.path):
        raise LinkRefused(Fault.WRONG_SCOPE, asking.issuer.path)
    return link


def answer(message: Wire) -> HttpResponse:
    """A message, compressed where that pays: every asker of this side reads gzip."""
    data = dump_body(message)
    response = HttpResponse(content_type=JSON)
    if len(data) >= COMPRESS_FROM_BYTES:
        data = gzip.compress(data, 6, mtime=0)
        response["Content-Encoding"] = "gzip"
    response.content = data
    return response


def refuse(reason: str, detail: str = "", status: int | None = None) -> HttpResponse:
    """`{"error": name}`: the only shape of an error on this side."""
    fault = peer_api.Fault(error=reason, detail=detail[:200] or None)
    return HttpResponse(
        dump_body(fault), status=status or STATUS.get(reason, 400), content_type=JSON
    )
