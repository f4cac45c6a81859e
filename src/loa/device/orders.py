"""GET /device/v1/orders: everything open, by long poll."""

import asyncio

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from loa.delivery.models import OpenDocument
from loa.delivery.open_documents import open_issue, open_of
from loa.device.asking import STATUS, answer, asker, log, refuse
from loa.people.authority import NoAuthority, node_identity
from loa_protocol.device_api import Orders
from loa_protocol.envelope import Envelope
from loa_protocol.refusals import Refused

WAIT_MAX_S = 55
LOOK_EVERY_S = 1.0


async def orders(request: HttpRequest) -> HttpResponse:
    """The open orders of the device's area with the signed `open`.

    `after` is the hash of the `open` the device knows: while it is still the newest the answer
    waits, up to `wait` seconds, and then comes all the same.
    """
    wait = request.GET.get("wait", "0")
    wait_s = min(int(wait), WAIT_MAX_S) if wait.isdigit() else 0
    try:
        area = await sync_to_async(_area)(request)
    except NoAuthority:
        return refuse("not_ready", 503)
    except Refused as refusal:
        log.info("refused", path=request.path, reason=refusal.reason.value)
        return refuse(refusal.reason.value, STATUS.get(refusal.reason, 400))
    after = request.GET.get("after", "")
    ends = asyncio.get_running_loop().time() + wait_s
    document = await sync_to_async(_document)(area)
    while document.sha256 == after and asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(LOOK_EVERY_S)
        document = await sync_to_async(_document)(area)
    opened = Envelope.parse(bytes(document.envelope))
    return answer(Orders(orders=(), open=opened.to_value()))


def _area(request: HttpRequest) -> str:
    device = asker(request, node_identity())
    return str(device.outlet.station.place.path)


def _document(area: str) -> OpenDocument:
    """The stored `open`; a first one is made where the lane has not been yet."""
    found = open_of(area.rpartition("/")[2])
    return found or open_issue(node=node_identity(), area=area)
