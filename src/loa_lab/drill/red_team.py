"""The drill's red team: the broker's own password, the node's own key, and what was recorded."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loa.alerts.selectors import order_get
from loa.gateway.mqtt import address_for
from loa.lib import clock
from loa.people.acceptance import trust_now
from loa.people.authority import node_identity
from loa_lab.drill.evidence import RedTeam, TourFailed
from loa_lab.drill.ground import TRAINEES, Ground, hand
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import commune_code
from loa_protocol.payloads import Issuer
from loa_swarm.attacker import Tally, assault
from loa_swarm.attacks import ABOUT_THE_GENUINE, Attack, Loot, attacks, every_byte
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet
from loa_swarm.mqtt import Login


class Red:
    """An attacker who owns the broker and the node's disk, and lacks the officers' keys."""

    def __init__(
        self,
        fleet: Fleet,
        keys: Path,
        order: str,
        ground: Ground,
        devices: Mapping[str, Sequence[SwarmDevice]],
    ) -> None:
        self._fleet, self._keys, self._order = fleet, keys, order
        self._ground, self._devices = ground, devices

    def attack(self, into: RedTeam) -> None:
        """Every attack on every commune; each altered byte on the smallest one."""
        first, second, third = self._ground.communes
        for commune in (first, second, third):
            known = commune in self._ground.targets
            found = attacks(self._loot(commune))
            tried = [one for one in found if known or one.name not in ABOUT_THE_GENUINE]
            self._assault(into, commune, tried)
        self._assault(into, third, list(every_byte(self._loot(third))))

    def replay(self, into: RedTeam) -> None:
        """The recorded order once more, after it was cancelled."""
        again = Attack("replayed_later", self._genuine().to_bytes() + b"\n", frozenset({"seen"}))
        for commune in self._ground.targets:
            self._assault(into, commune, [again] * 3)

    def _assault(self, into: RedTeam, commune: str, found: Sequence[Attack]) -> None:
        here = [d for d in self._devices[commune] if d in set(self._fleet.connected)]
        code = commune_code(commune)
        if code is None:
            raise TourFailed(commune)
        tally: Tally = assault(self._fleet, _login(), code, here, found)
        into.tried += tally.tried
        into.sounded += tally.sounded
        for name, count in tally.refusals.items():
            into.refusals[name] = into.refusals.get(name, 0) + count

    def _genuine(self) -> Envelope:
        order = order_get(self._order)
        if order is None or order.envelope is None:
            raise TourFailed(self._order)
        return Envelope.parse(bytes(order.envelope))

    def _loot(self, target: str) -> Loot:
        first, _, third = self._ground.communes
        province = first.rpartition("/")[0]
        node = node_identity()
        officers = [hand(self._keys, name) for name in ("binh", "ha")]
        trainees = [hand(self._keys, name) for name in TRAINEES]
        villagers = [hand(self._keys, name) for name in ("duc", "van")]
        return Loot(
            genuine=self._genuine(),
            officers=[one.key for one in officers],
            officer_papers=_papers(*(one.key.kid for one in officers), kind=Kind.ALERT),
            officer=Issuer(path=province, person=officers[0].person),
            villagers=[one.key for one in villagers],
            village_papers=_papers(*(one.key.kid for one in villagers), kind=Kind.ALERT),
            villager=Issuer(path=first, person=villagers[0].person),
            drillers=[one.key for one in trainees],
            drill_papers=_papers(*(one.key.kid for one in trainees), kind=Kind.DRILL),
            driller=Issuer(path=province, person=trainees[0].person),
            node=node.key,
            node_papers=node.chain,
            node_issuer=node.issuer,
            target=target,
            elsewhere=third,
            now=clock.now(),
        )


def _papers(*kids: str, kind: Kind) -> tuple[Envelope, ...]:
    """The delegations of these keys for `kind`, with the registrars'."""
    grants = trust_now().state.grants.values()
    registrars = [g.envelope for g in grants if g.doc.subject.type == "registrar"]
    own = [g.envelope for g in grants if g.kid in kids and kind in g.doc.kinds]
    return (*registrars, *own)


def _login() -> Login:
    """The lane's own password: whoever has the node's disk publishes what they like."""
    address = address_for("lane")
    return Login(address.host, address.port, address.user, address.password, "red-team")
