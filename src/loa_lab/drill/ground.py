"""The ground of a drill: a node of its own, three communes, their poles, officers' key files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from loa.alerts.models import Order
from loa.alerts.orders.acts import edition_now
from loa.alerts.orders.drafting import Draft
from loa.alerts.services import about, order_approve, order_propose
from loa.config import env
from loa.lib import clock
from loa.outlets import services
from loa.outlets.models import Outlet
from loa.people.rules import NODE, Actor
from loa.people.selectors import account_named, actor_of
from loa.places.selectors import commune_get, communes_inside, place_get
from loa.places.services import gazetteer_load
from loa_lab.demo import accounts, command, commune, papers, trust
from loa_lab.drill.evidence import Drill, TourFailed
from loa_protocol.envelope import signing_input
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import parse_payload

PLAYERS = 2
TRAINEES = ("lan", "hoa")
"""They may drill and nothing else: what happens when they sign a real order is tried."""
OUTSIDE = 20
"""Simulated devices in the third commune, which no order names."""


@dataclass(frozen=True)
class Ground:
    """Three communes: the order reaches the first two, and never the third."""

    communes: tuple[str, str, str]
    players: list[Path]
    claims: dict[str, list[Path]]

    @property
    def targets(self) -> tuple[str, ...]:
        return self.communes[:2]


@dataclass
class Hand:
    """An officer at a desk, with a key in a file."""

    username: str
    key: SigningKey

    @property
    def actor(self) -> "Actor":
        return actor_of(account_named(self.username))

    @property
    def person(self) -> str:
        account = account_named(self.username)
        return account.person_id if account else ""

    def sign(self, draft: "Draft") -> bytes:
        """The signature over the draft's exact bytes."""
        return self.key.sign(signing_input(draft.kind, draft.payload))

    def propose(self, draft: "Draft", seen: str | None = None) -> "Order":
        """As from a page shown this moment, or one that showed the edition `seen`."""
        if seen is None:
            seen = edition_now(about(parse_payload(draft.kind, draft.payload)))
        return order_propose(
            seen=seen,
            actor=self.actor,
            kind=draft.kind,
            payload=draft.payload,
            kid=self.key.kid,
            sig=self.sign(draft),
        )

    def approve(self, order: "Order", seen: str | None = None) -> "Order":
        """The second signature, from a page as in `propose`."""
        draft = Draft(Kind(order.kind), bytes(order.payload))
        return order_approve(
            actor=self.actor,
            order_id=order.pk,
            digest=order.pk,
            kid=self.key.kid,
            sig=self.sign(draft),
            seen=edition_now(order.alert) if seen is None else seen,
        )


def hand(folder: Path, username: str) -> Hand:
    """The officer of that name, with the key that the demo keeps."""
    return Hand(username, SigningKey.load(papers.officer_file(folder, username)))


def prepare(drill: Drill, folders: command.Folders) -> Ground:
    """Database, trust, people, three stations with their poles and claim files."""
    surroundings = env.read()
    surroundings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_command("migrate", verbosity=0, interactive=False)
    command.collect_static()
    gazetteer_load(actor="cli:drill")
    communes = _communes(drill.commune)
    province = communes[0].split("/")[1]
    keys = folders.demo / "keys"
    root = trust.ensure_trust(
        keys=keys, node_keys=surroundings.keys, province=province, now=clock.now()
    )
    accounts.ensure_people(
        file=folders.accounts, province=province, commune=communes[0].split("/")[2]
    )
    papers.ensure_officers(keys=keys, now=clock.now())
    for username in TRAINEES:
        papers.delegate_drill(username, f"vn/{province}", keys, clock.now())
    share = (drill.swarm - OUTSIDE) // 2
    wanted = (share, drill.swarm - OUTSIDE - share, OUTSIDE)
    claims: dict[str, list[Path]] = {}
    for number, (path, count) in enumerate(zip(communes, wanted, strict=True)):
        players = PLAYERS if number == 0 else 0
        outlets = list(_outlets(path, count + players))
        targets = [folders.player(n + 1) for n in range(players)]
        targets += [folders.base / "swarm" / f"{number}-{n}" for n in range(count)]
        for outlet, folder in zip(outlets, targets, strict=True):
            commune.write_claim(
                outlet=outlet, folder=folder, urls=(surroundings.device_url,), root_sha256=root
            )
        claims[path] = [folder / "claim.json" for folder in targets[players:]]
    return Ground(communes, [folders.player(n + 1) for n in range(PLAYERS)], claims)


def _communes(code: str) -> tuple[str, str, str]:
    first = commune_get(code)
    if first is None:
        raise TourFailed(f"Không có xã, phường nào mang mã {code}")
    province = first.path.rpartition("/")[0]
    others = [p.path for p in communes_inside([province]).order_by("path") if p.pk != first.pk]
    if len(others) < 2:
        raise TourFailed(f"Tỉnh của {first.name} có ít hơn ba xã")
    return first.path, others[0], others[1]


def _outlets(path: str, count: int) -> Iterator["Outlet"]:
    place = place_get(path)
    if place is None:
        raise TourFailed(path)
    station = services.station_add(actor=NODE, place=place, name=f"Đài {place.name}")
    for number in range(1, count + 1):
        yield services.outlet_add(
            actor=NODE, station=station, code=f"CL{number:04}", name=f"Cụm loa {number}"
        )
