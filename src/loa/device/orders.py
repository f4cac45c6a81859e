"""GET /device/v1/orders: everything open, by long poll."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse

from loa.alerts import selectors as alerts
from loa.delivery.open_documents import open_at, open_issue
from loa.device.asking import STATUS, answer, asker, log, refuse
from loa.device.board import LOOK_EVERY_S, Board
from loa.outlets.selectors import area_of
from loa.people.authority import NoAuthority, node_identity
from loa_protocol.device_api import Orders
from loa_protocol.envelope import Envelope
from loa_protocol.refusals import Refused

WAIT_MAX_S = 55

_board = Board()


async def orders(request: HttpRequest) -> HttpResponse:
    """The open orders of the device's area with the signed `open`.

    `after` is the id of the `open` the device knows: while it is still the newest the answer
    waits, up to `wait` seconds, and then comes all the same.
    """
    wait = request.GET.get("wait", "0")
    wait_s = min(int(wait), WAIT_MAX_S) if wait.isdecimal() and len(wait) < 4 else 0
    try:
        area = await sync_to_async(_area, thread_sensitive=False)(request)
    except NoAuthority:
        return refuse("not_ready", 503)
    except Refused as refusal:
        log.info("refused", path=request.path, reason=refusal.reason.value)
        return refuse(refusal.reason.value, STATUS.get(refusal.reason, 400))
    after = request.GET.get("after", "")
    loop = asyncio.get_running_loop()
    ends = loop.time() + wait_s
    # Each round looks at the shared board, which no event of this process could replace.
    while loop.time() < ends and await _board.newest(area) == after:  # noqa: ASYNC110  see above
        await asyncio.sleep(LOOK_EVERY_S)
    return await sync_to_async(_answer, thread_sensitive=False)(area)


def _area(request: HttpRequest) -> str:
    try:
        return area_of(asker(request, node_identity()))
    finally:
        close_old_connections()


def _answer(area: str) -> HttpResponse:
    """The stored `open`; a first one is made where the lane has not been yet."""
    try:
        document = open_at(area) or open_issue(node=node_identity(), area=area)
        opened = Envelope.parse(bytes(document.envelope))
        orders = tuple(envelope.to_value() for envelope in alerts.envelopes(area))
        return answer(Orders(orders=orders, open=opened.to_value()))
    finally:
        close_old_connections()
