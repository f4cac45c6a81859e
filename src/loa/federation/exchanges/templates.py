"""Words signed in advance: the centre's templates to the provinces whose devices must hold them."""

from collections.abc import Iterable

from loa.alerts import events
from loa.alerts.order_templates import links, wordings
from loa.federation.contract import Arrived, Body, Direction, Exchange, NotTaken, Outward, Peer
from loa.federation.exchanges.papers import FROM_LINK
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads.common import Sha256
from loa_protocol.refusals import Refused


class Template(Body):
    """A template's envelope, byte for byte (base64url)."""

    envelope: str


def _export(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK) or not peer.below:
        return
    row = wordings.by_subject(fact.subject)
    if row is None:
        return
    yield Outward(
        place=row.path,
        body=Template(envelope=b64encode(bytes(row.envelope or b""))),
        audience=tuple(row.targets),
    )


class TemplateWithdrawn(Body):
    """No fill of it counts any more."""

    template: Sha256


def _export_withdrawn(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK) or not peer.below:
        return
    row = links.withdrawn(fact.subject)
    if row is not None:
        body = TemplateWithdrawn(template=row.pk)
        yield Outward(place=row.path, body=body, audience=tuple(row.targets))


def _handle_withdrawn(arrived: Arrived) -> None:
    links.withdraw_received(
        actor=f"{FROM_LINK}{arrived.peer.node}",
        template_id=arrived.body.template,
        office=arrived.place,
    )


def _handle(arrived: Arrived) -> None:
    try:
        envelope = Envelope.parse(b64decode(arrived.body.envelope))
        if envelope.kind is not Kind.TEMPLATE:
            raise NotTaken(Fault.BAD_BODY, str(envelope.kind))
        wordings.template_receive(actor=f"{FROM_LINK}{arrived.peer.node}", envelope=envelope)
    except Refused as refused:
        raise NotTaken(refused.reason, refused.detail) from refused
    except ValueError as error:
        raise NotTaken(Fault.BAD_BODY, str(error)) from error


EXCHANGES = (
    Exchange(
        kind="template.issued",
        direction=Direction.DOWN,
        schema=Template,
        # With the orders and before them: a fill is nothing without its template.
        first=True,
        facts=frozenset({events.TEMPLATE_ISSUED}),
        export=_export,
        handle=_handle,
    ),
    Exchange(
        kind="template.withdrawn",
        direction=Direction.DOWN,
        schema=TemplateWithdrawn,
        first=True,
        facts=frozenset({events.TEMPLATE_WITHDRAWN}),
        export=_export_withdrawn,
        handle=_handle_withdrawn,
    ),
)
