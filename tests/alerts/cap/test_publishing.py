"""Our own orders as signed CAP."""

from datetime import datetime

from loa.alerts.cap import publishing, reading
from loa.alerts.models import CapExport, CapSource, Order
from loa.lib import clock
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.cap.desk import (
    cap,
    source,
    take,
    template,
)


def exports(now: datetime) -> list[CapExport]:
    while publishing.make_next(now):
        pass
    return publishing.published(now)


def test_our_orders_go_out_signed_with_references(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    order = office.alert()
    office.mute(order)
    manual_clock.advance(5)
    cancel = office.cancel(order)
    found = exports(clock.now())
    assert {one.order_id for one in found} == {order.pk, cancel.pk}
    _key, own = publishing.identity(clock.now())
    for one in found:
        message = reading.read(bytes(one.data), clock.now(), trusted=[own], require_signature=True)
        assert message.alert.identifier == one.order_id
        if one.order_id == cancel.pk:
            assert message.alert.msg_type == "Cancel"
            assert [r.identifier for r in message.alert.references] == [order.pk]


def test_a_fill_is_published_when_nobody_stopped_it(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    template(office)
    take(cap(), source(office)[0])
    assert exports(clock.now()) == []
    manual_clock.advance(61)
    assert len(exports(clock.now())) == 1
    take(cap("KT-9"), CapSource.objects.get())
    stopped = Order.objects.order_by("-made_at").first()
    assert stopped is not None
    office.mute(stopped)
    office.cancel(stopped)
    manual_clock.advance(61)
    assert len(exports(clock.now())) == 1
