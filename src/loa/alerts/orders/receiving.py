"""Orders between nodes: an order of another node is put in force here as its issuer's own bytes.

Nobody here signs, shortens or holds it up. It is judged as a device will judge it, and then stands
in the same table that the lane publishes from.
"""

from django.db import transaction

from loa.alerts import rules, selectors, services
from loa.alerts.models import Order, State
from loa.alerts.order_templates import filling
from loa.alerts.orders import rights
from loa.outlets import selectors as outlets
from loa.people.authority import node_identity
from loa.people.rules import Actor
from loa_protocol.context import Verified
from loa_protocol.encoding import parse_object
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside
from loa_protocol.payloads import Sounding, parse_payload
from loa_protocol.refusals import Reason, Refused

targets = selectors.targets_of


def issued(order_id: str) -> Order | None:
    """An order in its issued form, for those it must be passed on to."""
    found = Order.objects.filter(pk=order_id, state=State.ISSUED).select_related("speech")
    return found.first()


def own_path() -> str:
    """The place of this node."""
    return node_identity().path


def targets_in(data: bytes) -> tuple[str, ...]:
    """The places an order names, read before it is judged. Raises Refused, ValueError."""
    named = parse_object(Envelope.parse(data).payload).get("target")
    if not isinstance(named, list) or not all(isinstance(path, str) for path in named):
        raise ValueError("target")
    return tuple(named)


def order_receive(*, actor: str, data: bytes) -> bool:
    """Put another node's order in force, byte for byte; False if it stands here already.

    Raises Refused by the names that a device would use; then nothing is kept.
    """
    envelope = Envelope.parse(data)
    standing = selectors.order_get(envelope.id)
    if standing is not None and standing.state == State.ISSUED:
        return False
    if envelope.kind is Kind.FILL:
        filling.fill_receive(actor=actor, envelope=envelope)
        return True
    verified = rights.judged(envelope)
    _check_about(verified)
    order = services.order_row(envelope, verified.payload)
    if envelope.kind in rules.CANCELS and order.level == 0:
        order.level = verified.ceiling  # its alert has not come: judged by this when it does
    order.approver = next((one for one in verified.signers if one != order.author), "")
    if order.speech_id and not services.speech_is_here(order.speech_id):
        order.speech_id = None
    areas = outlets.live_by_commune(tuple(verified.payload.target))
    services.put_in_force(Actor(actor), order, verified, areas)
    return True


def _check_about(verified: Verified) -> None:
    """What is said of an alert that stands here must be its signers' to say, as every device will
    judge it: otherwise two of a village could end the nation's alert at this node. Raises Refused.

    Of an alert that has not come yet nothing is known: then `standing` judges when it comes."""
    kind, doc = verified.envelope.kind, verified.payload
    known = selectors.known(services.about(doc)) if kind not in rules.OPENING else None
    if known is None:
        return
    drill = kind in rules.DRILLS or (kind is Kind.RESUME and known.drill)
    if known.drill != drill:
        raise Refused(Reason.UNKNOWN_ORDER, "drills and alerts have orders of their own")
    if kind in rules.CANCELS or kind is Kind.UPDATE:
        if not inside(known.path, doc.issuer.path):
            raise Refused(Reason.NOT_ANCESTOR, doc.issuer.path)
        if kind in rules.CANCELS and verified.ceiling < known.level:
            raise Refused(Reason.ABOVE_CEILING, f"class {known.level}")


def speech_arrived(sha256: str) -> int:
    """A recording has come: orders in force that speak with it may give it to devices."""
    found = 0
    for order in selectors.in_force():
        if order.speech_id is not None:
            continue
        try:
            doc = parse_payload(
                Envelope.parse(bytes(order.envelope or b"")).kind, bytes(order.payload)
            )
        except Refused:
            continue
        if isinstance(doc, Sounding) and doc.speech and doc.speech.sha256 == sha256:
            with transaction.atomic():
                found += Order.objects.filter(pk=order.pk).update(speech_id=sha256)
    return found
