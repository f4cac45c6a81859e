"""What the attacker of the unit tests has: the test world's keys, and one device to try them on."""

from datetime import timedelta
from pathlib import Path

from tools.protocol.world import COMMUNE, OTHER_COMMUNE, PROVINCE, World

from loa_player.clock import Probe, TrustedClock
from loa_player.database import Database
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.store import Store
from loa_protocol import Channel, Envelope, ManualClock, Receiver, Refused
from loa_protocol.payloads import Issuer
from loa_swarm.attacks import Loot


class Pole:
    """A device with the player's own gate and a store on disk, and nobody behind it."""

    def __init__(self, folder: Path, world: World, clock: ManualClock | None = None) -> None:
        self.world = world
        self.folder = folder
        self.manual = clock or ManualClock(world.now)
        self.begun: list[str] = []
        self.power_ons = 0
        self.boot()
        self.gate.begin(world.root, world.root.id, Receiver(outlet="o1", node="node24"))
        self.tell_time()
        self.gate.take(world.assignment(), Channel.TRUST)

    def boot(self, *, power_cut: bool = False) -> None:
        """Start the program: only what is on disk is left. After a power cut the machine's
        monotonic clock is another one, too."""
        self.power_ons += power_cut
        self.database = Database(self.folder / "player.db")
        self.store = Store(self.database)
        self.clock = TrustedClock(
            self.manual,
            floor=self.store.time_floor(),
            anchor=self.store.anchor(),
            boot=f"boot-{self.power_ons}-{id(self)}",
        )
        self.gate = Gate(GateStore(self.database, self.store), self.store, self.clock, self._news)

    def tell_time(self) -> None:
        """The node says what time it is in the world."""
        sent_s = self.manual.monotonic()
        answer = self.world.time(self.world.now)
        from loa_protocol import parse_payload

        nonce = parse_payload(answer.kind, answer.payload).nonce
        told = self.gate.take_time(answer.to_bytes(), nonce)
        self.gate.take_round([Probe(sent_s, sent_s + 0.001, told.now)])

    def offer(self, data: bytes | Envelope, channel: Channel = Channel.AREA) -> str | None:
        """The name of the refusal, or None if it was accepted."""
        try:
            self.gate.take(data, channel)
        except Refused as refused:
            return str(refused.reason)
        return None

    def _news(self, news: News) -> None:
        if news.changes.start is not None:
            self.begun.append(news.changes.start)


def loot_of(world: World, genuine: Envelope) -> Loot:
    """Everything but the root's, the registrars' and the right officers' will."""
    return Loot(
        genuine=genuine,
        officers=[world.key("p1"), world.key("p2")],
        officer_papers=world.officers,
        officer=Issuer(path=PROVINCE, person="p1"),
        villagers=[world.key("v1"), world.key("v2")],
        village_papers=world.village,
        villager=Issuer(path=COMMUNE, person="v1"),
        drillers=[world.key("d1"), world.key("d2")],
        drill_papers=world.drillers,
        driller=Issuer(path=PROVINCE, person="d1"),
        node=world.key("node24"),
        node_papers=world.nodes[:1],
        node_issuer=Issuer(path=PROVINCE, node="node24"),
        target=COMMUNE,
        elsewhere=OTHER_COMMUNE,
        now=world.now,
    )


def floor_of(world: World) -> Envelope:
    """An `open` whose floor is a day back, as a node's is at the most."""
    return world.open(floor=world.now - timedelta(hours=24))
