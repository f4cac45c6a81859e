"""Urgent orders, as the issuer's unchanged bytes.

Down: into the province's lane with no local step. Up: so that the centre lists them in the `open`
that devices ask for when their own node is silent (protocol.md 8).
"""

from collections.abc import Iterable
from datetime import timedelta

from loa.alerts import events
from loa.alerts.orders import receiving
from loa.alerts.rules import OrderRefused
from loa.federation import fetching
from loa.federation.contract import (
    Arrived,
    Body,
    Direction,
    Exchange,
    File,
    NotTaken,
    Outward,
    Peer,
)
from loa.federation.exchanges.papers import FROM_LINK
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa.lib import clock
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.paths import inside, inside_any
from loa_protocol.payloads.common import Positive, Sha256
from loa_protocol.refusals import Refused

SPEECH_MIME = "audio/ogg"
KEPT = timedelta(hours=1)
"""An order that ended longer ago than this is history: it is not told to a new link."""


class Order(Body):
    """An order's envelope, byte for byte (base64url), and the file that it speaks with."""

    envelope: str
    speech: Sha256 | None = None
    speech_bytes: Positive | None = None


def _export(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK):
        return
    order = receiving.issued(fact.subject.partition(":")[2])
    if order is None or order.expires_at < clock.now() - KEPT:
        return
    media = (
        (File(order.speech_id, order.speech.bytes, order.speech.mime, order.speech.ms),)
        if order.speech is not None and order.speech_id
        else ()
    )
    yield Outward(
        place=order.path,
        body=Order(
            envelope=b64encode(bytes(order.envelope or b"")),
            speech=media[0].sha256 if media else None,
            speech_bytes=media[0].bytes if media else None,
        ),
        audience=receiving.targets(order) if peer.below else ("vn",),
        media=media,
    )


def _handle(arrived: Arrived) -> None:
    peer = arrived.peer
    try:
        data = b64decode(arrived.body.envelope)
        targets = receiving.targets_in(data)
        if peer.below and not all(peer.covers(target) for target in targets):
            raise NotTaken(Fault.OUTSIDE_SENDER, ", ".join(targets))
        own = receiving.own_path()
        if not peer.below and not any(
            inside_any(target, (own,)) or inside(own, target) for target in targets
        ):
            raise NotTaken(Fault.OUTSIDE_SENDER, ", ".join(targets))
        receiving.order_receive(actor=f"{FROM_LINK}{peer.node}", data=data)
    except Refused as refused:
        raise NotTaken(refused.reason, refused.detail) from refused
    except OrderRefused as refused:
        raise NotTaken(Fault.BAD_BODY, refused.code) from refused
    except ValueError as error:
        raise NotTaken(Fault.BAD_BODY, str(error)) from error
    if arrived.body.speech and arrived.body.speech_bytes:
        # It sounds without: devices speak the template until the recording is here.
        speech = File(arrived.body.speech, arrived.body.speech_bytes, SPEECH_MIME)
        fetching.ask(peer.link, (speech,))


EXCHANGES = tuple(
    Exchange(
        kind="order.issued",
        direction=direction,
        schema=Order,
        critical=True,
        facts=frozenset({events.ORDER_ISSUED, events.ORDER_FILLED}),
        first=True,
        export=_export,
        handle=_handle,
    )
    for direction in Direction
)
