"""From the devices: receipts, health, presence. Bounded before parsed; wrong ones are counted."""

from collections.abc import Iterable

import structlog
from django.db import DataError

from loa.delivery import services as delivery
from loa.gateway.mqtt import Message
from loa.gateway.quota import MESSAGE_MAX_BYTES
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.outlets import telemetry
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import topics
from loa_protocol.device_api import Health, Presence, parse_body
from loa_protocol.envelope import Envelope
from loa_protocol.refusals import Refused
from loa_protocol.topics import TopicKind

log = structlog.get_logger()


def store(messages: Iterable[Message]) -> None:
    """Store one batch. What does not verify is logged by its reason and leaves nothing.

    Who came and who went is written for all of a batch together: after a power cut ten thousand
    devices come at once, and a commit for each would keep them waiting for one another.
    """
    receipts: dict[str, list[Envelope]] = {}
    presences: dict[str, bool] = {}
    for message in messages:
        topic = topics.parse(message.topic)
        if topic is None or len(message.payload) > MESSAGE_MAX_BYTES:
            continue
        try:
            if topic.kind is TopicKind.RECEIPT:
                receipts.setdefault(topic.subject, []).append(Envelope.parse(message.payload))
            elif topic.kind is TopicKind.HEALTH:
                _store_health(topic, message.payload)
                presences.pop(topic.subject, None)  # who says how it is, is there
            elif topic.kind is TopicKind.PRESENCE and message.payload:
                presences[topic.subject] = parse_body(Presence, message.payload).online
        except (Refused, DataError) as refusal:
            _refused(topic.kind.value, refusal)
    telemetry.presences_store(presences, clock.now())
    for outlet, envelopes in receipts.items():
        try:
            _store_receipts(outlet, envelopes)
        except DataError as refusal:
            _refused("receipt", refusal)


def _store_health(topic: topics.Topic, payload: bytes) -> None:
    """Telemetry, unsigned, the newest counts."""
    telemetry.health_store(topic.subject, parse_body(Health, payload), clock.now())


def _refused(topic: str, refusal: Refused | DataError) -> None:
    """One device's nonsense is its own: the neighbours in the batch are stored all the same."""
    reason = refusal.reason.value if isinstance(refusal, Refused) else "data"
    log.info("refused", topic=topic, reason=reason)


def _store_receipts(outlet: str, envelopes: list[Envelope]) -> None:
    device = outlets.device_of(outlet)
    if device is None:
        log.info("refused", topic="receipt", reason="unknown_key")
        return
    try:
        node = node_identity()
    except NoAuthority:
        return
    outcome = delivery.receipts_store(device=device, envelopes=envelopes, node_id=node.id)
    for reason in outcome.refused.values():
        log.info("refused", topic="receipt", reason=reason)
