"""POST /device/v1/enrol: a device with a key of its own becomes an outlet's."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from loa.device.asking import address_of, answer, own_urls, parent_urls, refuse
from loa.lib import clock
from loa.outlets import knocks
from loa.outlets.enrolment import (
    Caller,
    Enrolled,
    EnrolRefused,
    assignment,
    enrol_waiting,
)
from loa.outlets.enrolment import enrol as bind
from loa.people import authority
from loa.people.authority import NoAuthority, NodeIdentity, node_identity
from loa_protocol.device_api import (
    REQUEST_HEADER,
    Enrol,
    EnrolWait,
    Mqtt,
    check_request,
    parse_body,
    read_request,
)
from loa_protocol.device_api import Enrolled as EnrolledAnswer
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.refusals import Reason, Refused

log = structlog.get_logger()


def enrol(request: HttpRequest) -> HttpResponse:
    """The device proves its key by signing the request with it, and names its claim code."""
    if request.method != "POST":
        return refuse("bad_method", 405)
    try:
        node = node_identity()
        asked, key = _checked(request, node)
        bound = _bound(asked, key, address_of(request))
        if bound is None:
            return answer(EnrolWait(retry_s=knocks.retry_s()), 202)
    except NoAuthority:
        return refuse("not_ready", 503)
    except EnrolRefused as refusal:
        log.warning("enrol refused", reason=refusal.code)
        return refuse(refusal.code, 429 if refusal.code == "claim_locked" else 403)
    except Refused as refusal:
        log.info("enrol refused", reason=refusal.reason.value)
        return refuse(refusal.reason.value)
    return answer(_papers(bound, node))


def _bound(asked: Enrol, key: PublicKey, address: str) -> Enrolled | None:
    """The device's binding; None while nobody has bound it."""
    if asked.claim is not None:
        return bind(
            code=asked.claim, serial=asked.serial, model=asked.model, key=key, address=address
        )
    caller = Caller(
        serial=asked.serial,
        model=asked.model,
        key=key,
        address=address,
        area=asked.area or "",
    )
    return enrol_waiting(caller=caller)


def _checked(request: HttpRequest, node: NodeIdentity) -> tuple[Enrol, PublicKey]:
    header = request.headers.get(REQUEST_HEADER)
    if header is None:
        raise Refused(Reason.UNKNOWN_KEY, "no Loa-Request")
    asked = parse_body(Enrol, request.body)
    key = PublicKey.from_text(asked.alg, asked.key)
    check_request(
        read_request(header),
        key,
        node=node.id,
        method="POST",
        path=request.get_full_path(),
        body=request.body,
        now=clock.now(),
    )
    return asked, key


def _papers(bound: Enrolled, node: NodeIdentity) -> EnrolledAnswer:
    outlet = bound.device.outlet
    area = outlet.station.place.path
    root = authority.newest(Kind.ROOT)
    if root is None:
        raise NoAuthority("no root")
    return EnrolledAnswer(
        outlet=outlet.wire_id,
        root=root.to_value(),
        chain=tuple(e.to_value() for e in authority.documents(Kind.DELEGATION)),
        assignment=assignment(
            device=bound.device, node=node, urls=own_urls(), parents=parent_urls()
        ).to_value(),
        policy=tuple(e.to_value() for e in authority.documents_over(Kind.POLICY, area)),
        trust=tuple(e.to_value() for e in authority.documents_over(Kind.TRUST, area)),
        mqtt=Mqtt(urls=settings.ENV.broker_device_urls, password=bound.broker_password),
    )
