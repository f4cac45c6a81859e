"""A pole that lives through a reorganisation, and what it is told."""

from pathlib import Path
from typing import Any

from loa.alerts.models import Order
from loa.alerts.orders import reorganised_targets, rights
from loa.gateway import lane
from loa.gateway.admission import permissions_of
from loa.outlets.selectors import device_of
from loa_player.clock import Probe, TrustedClock
from loa_player.database import Database
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.report import caller_of
from loa_player.store import Store
from loa_protocol import Channel, Envelope, ManualClock, Receiver, Refused, topics
from loa_protocol.device_api import Orders, Policies, TrustDocuments, parse_body
from loa_protocol.kinds import Kind
from loa_protocol.paths import commune_code
from loa_protocol.payloads import Issuer
from tests.alerts.office import Office
from tests.alerts.test_lane import Broker
from tests.device.device import Box


class Pole(Box):
    """A box with the player's gate: it believes what the gate believes, and speaks from there."""

    def __init__(self, node: str, folder: Path, manual: ManualClock) -> None:
        super().__init__(node, serial=folder.name)
        folder.mkdir()
        database = Database(folder / "player.db")
        self.store = Store(database)
        self.manual = manual
        self.trusted = TrustedClock(
            manual, floor=self.store.time_floor(), anchor=self.store.anchor(), boot="boot"
        )
        self.gate = Gate(GateStore(database, self.store), self.store, self.trusted, self._news)
        self.news: list[Kind] = []

    def _news(self, news: News) -> None:
        self.news.append(news.verified.envelope.kind)

    def issuer(self) -> Issuer:
        return super().issuer() if self.gate.receiver is None else caller_of(self.gate).issuer

    def begin(self, claim: str) -> None:
        answer = self.enrol(claim).json()
        root = Envelope.from_value(answer["root"])
        self.gate.begin(root, root.id, Receiver(outlet=answer["outlet"], node=self.node))
        sent_s = self.manual.monotonic()
        nonce = "A" * 22
        told = self.gate.take_time(self.get(f"/device/v1/time?nonce={nonce}").content, nonce)
        self.gate.take_round([Probe(sent_s, sent_s + 0.001, told.now)])
        for value in answer["chain"]:
            self.offer(value, Channel.TRUST)
        assert self.offer(answer["assignment"], Channel.TRUST) is None
        for value in answer["policy"]:
            self.offer(value, Channel.POLICY)

    def offer(self, value: Any, channel: Channel) -> str | None:
        """The refusal's name, or None."""
        envelope = Envelope.parse(value) if isinstance(value, bytes) else Envelope.from_value(value)
        try:
            self.gate.take(envelope, channel)
        except Refused as refused:
            return refused.reason.value
        return None

    @property
    def area(self) -> str:
        assert self.gate.receiver is not None
        return self.gate.receiver.area or ""

    def ask(self) -> None:
        """Its errands: trust and assignment, policy, plan, what is open."""
        found = parse_body(TrustDocuments, self.get("/device/v1/trust").content)
        for value in (*found.root, *found.chain, *found.trust, found.assignment):
            self.offer(value, Channel.TRUST)
        for value in parse_body(Policies, self.get("/device/v1/policy").content).policy:
            self.offer(value, Channel.POLICY)
        self.ask_plan()
        self.ask_orders()

    def ask_plan(self) -> None:
        answer = self.get("/device/v1/plan")
        if answer.status_code == 200:
            assert self.offer(answer.content, Channel.PLAN) in {None, "seen"}

    def ask_orders(self) -> None:
        found = parse_body(Orders, self.get("/device/v1/orders").content)
        assert self.offer(found.open, Channel.OPEN) is None
        for value in found.orders:
            assert self.offer(value, Channel.AREA) in {None, "seen"}

    def hear(self, broker: Broker) -> list[str]:
        """What comes by its four topics; the names of what it refused."""
        receiver = self.gate.receiver
        assert receiver is not None
        mine = topics.subscriptions(
            commune=commune_code(self.area) or "",
            station=receiver.station or "",
            outlet=receiver.outlet,
        )
        ways = {mine[0]: Channel.AREA, mine[1]: Channel.OPEN, mine[3]: Channel.OUTLET}
        device = device_of(receiver.outlet)
        assert device is not None
        assert set(mine) <= set(permissions_of(device).read), "the broker would not let it listen"
        return [
            said
            for topic, data, _ in broker.messages
            if topic in ways and (said := self.offer(data, ways[topic]))
        ]

    def holds(self, order: Order) -> bool:
        """Whether the order is in force here, or done with."""
        return order.pk in self.gate.state().orders


def alert(office: Office, target: str) -> tuple[Order, int]:
    """As the author's page makes it: with the former paths that are still needed."""
    author = office.author
    entitled = rights.entitled_with(Kind.ALERT, author.person, [target])
    reached = reorganised_targets.with_former([target], entitled)
    order = office.alert(targets=reached.targets)
    return order, reached.unreached


def ring(broker: Broker) -> None:
    lane.rush(broker)  # type: ignore[arg-type]
    lane.refresh(broker)  # type: ignore[arg-type]
