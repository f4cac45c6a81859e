"""A device without hardware: verifies, judges, remembers."""

from dataclasses import dataclass, field
from datetime import datetime

from tools.protocol.world import World

from loa_protocol import Channel, Envelope, Reason, Refused, TrustState, verify
from loa_protocol.context import StoredTemplate, Verified
from loa_protocol.fills import template_key
from loa_protocol.order_book import Order, Voice, voice
from loa_protocol.payloads import Fill, Template
from loa_protocol.replay import Changes, ReplayState, apply, decide, expire, played


@dataclass
class Device:
    """The world's device o1, with a state in memory."""

    world: World
    now: datetime
    state: ReplayState = field(default_factory=ReplayState)
    templates: dict[str, StoredTemplate] = field(default_factory=dict)
    trust: TrustState | None = None
    started: list[str] = field(default_factory=list)

    def take(self, envelope: Envelope, channel: Channel = Channel.AREA) -> Changes:
        """Accept `envelope`, or raise Refused and remember nothing."""
        trust = self.trust or self.world.trust
        context = self.world.context(now=self.now, templates=self.templates, trust=trust)
        verified: Verified = verify(envelope, channel, context)
        doc = verified.payload
        named = self.templates.get(template_key(doc)) if isinstance(doc, Fill) else None
        changes = decide(self.state, verified, self.now, named)
        if isinstance(doc, Template):
            self.templates = {**self.templates, template_key(doc): StoredTemplate(envelope, doc)}
        self.state = apply(self.state, changes)
        self.trust = verified.trust
        if changes.start is not None:
            self.started.append(changes.start)
        return changes

    def offer(self, envelope: Envelope, channel: Channel = Channel.AREA) -> Reason | None:
        """Take `envelope`, or say why it was refused."""
        try:
            self.take(envelope, channel)
        except Refused as refused:
            return refused.reason
        return None

    def hear(self) -> Voice:
        """What is heard now; a play counts."""
        self.state = apply(self.state, expire(self.state, self.now))
        heard = voice(self.state.orders.values(), self.state.mutes, self.now)
        if heard.order is not None:
            self.state = apply(self.state, played(self.state, heard.order.key, self.now))
        return heard

    def order(self, envelope: Envelope) -> Order:
        """The order that `envelope` opened."""
        return self.state.orders[envelope.id]
