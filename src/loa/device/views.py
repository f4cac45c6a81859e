"""Time, trust, policy, plan, receipts."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from loa.alerts.order_templates import wordings
from loa.delivery import services as delivery
from loa.device.asking import JSON, answer, for_devices, own_urls, parent_urls, refuse
from loa.lib import clock
from loa.outlets import commands as outlet_commands
from loa.outlets.enrolment import assignment
from loa.outlets.models import Device
from loa.outlets.selectors import area_of
from loa.people import authority
from loa.people.authority import NodeIdentity
from loa.schedule import selectors as schedule
from loa_protocol.device_api import (
    Commands,
    Policies,
    Receipts,
    ReceiptsStored,
    TrustDocuments,
    parse_body,
)
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import outlet_address
from loa_protocol.payloads import TimeAnswer
from loa_protocol.refusals import Reason, Refused

TIME_LIFE = timedelta(minutes=5)


@for_devices("GET")
def time(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """The node's clock under the device's own nonce."""
    nonce = request.GET.get("nonce", "")
    moment = clock.now()
    try:
        payload = TimeAnswer(
            issuer=node.issuer,
            target=(outlet_address(device.outlet.wire_id),),
            issued=moment,
            expires=moment + TIME_LIFE,
            nonce=nonce,
            now=moment,
        )
    except ValueError as error:
        raise Refused(Reason.BAD_FIELD, "nonce") from error
    return HttpResponse(node.sign(Kind.TIME, payload).to_bytes(), content_type=JSON)


@for_devices("GET")
def trust(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """Roots by version, delegations, trust documents and the device's assignment."""
    return answer(
        TrustDocuments(
            root=tuple(envelope.to_value() for envelope in authority.root_versions()),
            chain=tuple(envelope.to_value() for envelope in authority.documents(Kind.DELEGATION)),
            trust=tuple(e.to_value() for e in _over(Kind.TRUST, device)),
            assignment=assignment(
                device=device, node=node, urls=own_urls(), parents=parent_urls()
            ).to_value(),
        )
    )


def _over(kind: Kind, device: Device) -> list[Envelope]:
    """The papers over where the device is and, until it has learnt that, over where it was."""
    areas = (area_of(device), device.outlet.station.place.path)
    found = {e.id: e for area in areas for e in authority.documents_over(kind, area)}
    return list(found.values())


@for_devices("GET")
def policy(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """Policies from the nation down, and the templates that feeds may fill in here."""
    found = [*_over(Kind.POLICY, device), *wordings.envelopes_over(area_of(device))]
    return answer(Policies(policy=tuple(envelope.to_value() for envelope in found)))


@for_devices("GET")
def plan(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """The newest plan of the device's station, as it was signed."""
    newest = schedule.newest_plan(device.outlet.station_id)
    if newest is None:
        return refuse("no_plan", 404)
    etag = f'"{newest.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    return HttpResponse(bytes(newest.envelope), content_type=JSON, headers={"ETag": etag})


@for_devices("GET")
def commands(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """The commands to the device that are open and unanswered: the mailbox behind the doorbell."""
    outlet_commands.volume_wanted(device.outlet)
    found = outlet_commands.open_for(device.outlet, node)
    return answer(Commands(commands=tuple(envelope.to_value() for envelope in found)))


@for_devices("POST")
def receipts(request: HttpRequest, device: Device, node: NodeIdentity) -> HttpResponse:
    """Store receipts; the answer names what the device may forget."""
    body = parse_body(Receipts, request.body)
    envelopes = [Envelope.from_value(value) for value in body.receipts]
    outcome = delivery.receipts_store(device=device, envelopes=envelopes, node_id=node.id)
    return answer(ReceiptsStored(stored=outcome.stored, refused=outcome.refused))


def alive(request: HttpRequest) -> HttpResponse:
    """For the supervisor and a reverse proxy: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse("bad_request", 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse("not_found", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours broke: logged in full, answered in one word."""
    return refuse("broken", 500)
