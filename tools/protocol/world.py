"""A small world of TEST KEYS: everything in it is the same on every machine and every day.

The keys' seeds stand here in the open; nothing real must ever trust them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from loa_protocol import Channel, Context, Envelope, Kind, Receiver, SigningKey, TrustState, sign
from loa_protocol.encoding import b64encode
from loa_protocol.payloads import (
    Alert,
    Assignment,
    Cancel,
    Command,
    CommandArgs,
    Common,
    Delegation,
    Drill,
    Issuer,
    Mute,
    Open,
    Plan,
    Resume,
    Revoked,
    Root,
    RootHolder,
    Subject,
    TimeAnswer,
    Trust,
    Update,
    Urls,
)
from loa_protocol.signatures import SignatureCache
from loa_protocol.trust import version_for

NOW = datetime(2026, 9, 15, 3, 0, tzinfo=UTC)
PROVINCE = "vn/24"
COMMUNE = "vn/24/08911"
HAMLET = "vn/24/08911/h07"
OTHER_COMMUNE = "vn/24/08923"
OTHER_PROVINCE = "vn/31"
REAL = ("alert", "update", "cancel", "mute", "resume", "template")
DRILLS = ("drill", "drill-cancel", "drill-mute", "resume")
NODE_KINDS = ("assignment", "plan", "open", "time", "command", "request", "page", "head")
REGISTRAR_KINDS = ("delegation", "trust", "policy")


def key_named(name: str) -> SigningKey:
    """The test key of that name. Its seed is public: SHA-256 of `loa test key <name>`."""
    return SigningKey.from_seed(hashlib.sha256(f"loa test key {name}".encode()).digest())


@dataclass
class World:
    """Root, registrars, nodes, officers and one device in commune 08911, at one moment."""

    now: datetime = NOW
    demo: bool = False
    _count: int = 0
    cache: SignatureCache = field(default_factory=SignatureCache)

    def key(self, name: str) -> SigningKey:
        """The test key of a person, node or device."""
        return key_named(name)

    def nonce(self) -> str:
        """The next nonce: a count, so that vectors do not change."""
        self._count += 1
        return b64encode(hashlib.sha256(f"nonce {self._count}".encode()).digest()[:16])

    def common(self, life_s: float = 3600, **more: Any) -> dict[str, Any]:
        """The fields of every payload, of which `more` replaces some."""
        fields: dict[str, Any] = {
            "issued": self.now,
            "expires": self.now + timedelta(seconds=life_s),
            "nonce": self.nonce(),
        }
        return {**fields, **more}

    def root_doc(self, holders: Sequence[str] = ("h1", "h2", "h3"), **more: Any) -> Root:
        """The root: three holders, two of whom decide."""
        fields = self.common(86400 * 3650, version=version_for(self.now), threshold=2, **more)
        keys = tuple(
            RootHolder(holder=h, alg="ed25519", key=self.key(h).public.text) for h in holders
        )
        return Root(
            issuer=Issuer(path="vn", root="loa-test-root"),
            target=("vn",),
            keys=keys,
            demo=self.demo,
            **fields,
        )

    @cached_property
    def root(self) -> Envelope:
        """The first root, signed by two of its holders."""
        return self.signed(self.root_doc(), "h1", "h2")

    @cached_property
    def trust(self) -> TrustState:
        """What a device knows that has only the root."""
        return TrustState.begin(self.root, self.root.id)

    def signed(self, doc: Common, *signers: str, chain: Iterable[Envelope] = ()) -> Envelope:
        """`doc` signed with the test keys of `signers`."""
        return sign(doc.KIND, doc, [self.key(name) for name in signers], chain)

    def delegation_doc(
        self,
        type_: str,
        name: str,
        path: str,
        kinds: Sequence[str],
        *,
        ceiling: int = 5,
        days: float = 90,
        since_days: float = 1,
        issuer: Issuer | None = None,
        key: SigningKey | None = None,
        **more: Any,
    ) -> Delegation:
        """A delegation that began `since_days` ago and lasts `days` from now."""
        public = (key or self.key(name)).public
        begin = self.now - timedelta(days=since_days)
        issued = min(begin, self.now)
        dates = {"issued": issued, "expires": self.now + timedelta(days=days + 60)}
        fields = self.common(**{**dates, "version": version_for(issued), **more})
        subject: dict[str, Any] = {
            "type": type_,
            "id": name,
            "alg": public.alg,
            "key": public.text,
        }
        return Delegation(
            issuer=issuer or Issuer(path="vn", root="loa-test-root"),
            target=(path,),
            subject=Subject(**subject),
            path=path,
            kinds=tuple(kinds),
            ceiling=ceiling,
            from_=begin,
            to=self.now + timedelta(days=days),
            **fields,
        )

    def node(self, name: str, path: str, **more: Any) -> Envelope:
        """A node's delegation by the root."""
        doc = self.delegation_doc("node", name, path, NODE_KINDS, ceiling=0, **more)
        return self.signed(doc, "h1", "h2")

    def registrar(self, name: str, path: str, **more: Any) -> Envelope:
        """A registrar's delegation by the root."""
        doc = self.delegation_doc("registrar", name, path, REGISTRAR_KINDS, **more)
        return self.signed(doc, "h1", "h3")

    def person(
        self,
        name: str,
        path: str,
        kinds: Sequence[str] = REAL,
        *,
        by: Sequence[str] = ("r1", "r2"),
        at: str = PROVINCE,
        **more: Any,
    ) -> Envelope:
        """A person's delegation by two registrars, of whom the first is the issuer."""
        issuer = Issuer(path=at, person=by[0])
        doc = self.delegation_doc("person", name, path, kinds, issuer=issuer, **more)
        return self.signed(doc, *by)

    @cached_property
    def registrars(self) -> tuple[Envelope, ...]:
        """The province's two registrars."""
        return self.registrar("r1", PROVINCE), self.registrar("r2", PROVINCE)

    @cached_property
    def officers(self) -> tuple[Envelope, ...]:
        """The province's author and approver, with those who delegated to them."""
        return (*self.registrars, self.person("p1", PROVINCE), self.person("p2", PROVINCE))

    @cached_property
    def village(self) -> tuple[Envelope, ...]:
        """The commune's author and approver, up to class 3."""
        return (
            *self.registrars,
            self.person("v1", COMMUNE, ceiling=3),
            self.person("v2", COMMUNE, ceiling=3),
        )

    @cached_property
    def drillers(self) -> tuple[Envelope, ...]:
        """Two persons who may only drill."""
        return (
            *self.registrars,
            self.person("d1", PROVINCE, DRILLS),
            self.person("d2", PROVINCE, DRILLS),
        )

    @cached_property
    def nodes(self) -> tuple[Envelope, ...]:
        """The province's node and its parent, the centre."""
        return self.node("node24", PROVINCE), self.node("centre", "vn")

    def receiver(self, **more: Any) -> Receiver:
        """The device: outlet o1 of station s1, serving the commune and hamlet h07."""
        base = Receiver("o1", "node24", "centre", "s1", COMMUNE, (COMMUNE, HAMLET))
        return replace(base, **more)

    def context(self, **more: Any) -> Context:
        """What the device brings to a verification."""
        fields: dict[str, Any] = {
            "trust": self.trust,
            "now": self.now,
            "cache": self.cache,
            "receiver": self.receiver(),
        }
        return Context(**{**fields, **more})

    def sounding(self, level: int = 4, life_s: float = 3600, **more: Any) -> dict[str, Any]:
        """The fields of an order that sounds."""
        fields = {
            "issuer": Issuer(path=PROVINCE, person="p1"),
            "target": (COMMUNE,),
            "class_": level,
            "hazard": "storm",
            "title": "Bão số 5",
            "text": "Bão số 5 sắp vào bờ. Bà con ở yên trong nhà.",
            "languages": ("vi",),
            "speak_at": self.now + timedelta(seconds=5),
            "plays": 3,
            "gap_s": 20,
            "map_date": "2025-07-01",
        }
        return self.common(life_s, **{**fields, **more})

    def alert_doc(self, level: int = 4, life_s: float = 3600, **more: Any) -> Alert:
        """An alert by the province's author."""
        return Alert(**self.sounding(level, life_s, **{"siren": "storm", **more}))

    def alert(self, level: int = 4, life_s: float = 3600, **more: Any) -> Envelope:
        """An alert by author and approver, with the whole chain."""
        return self.signed(self.alert_doc(level, life_s, **more), "p1", "p2", chain=self.officers)

    def update(
        self, alert: str, revision: int = 1, *, expires: datetime | None = None, **more: Any
    ) -> Envelope:
        """An update of `alert` by author and approver."""
        if expires is not None:
            more["expires"] = expires
        fields = self.sounding(**more)
        doc = Update(alert=alert, revision=revision, **fields)
        return self.signed(doc, "p1", "p2", chain=self.officers)

    def drill(self, **more: Any) -> Envelope:
        """A drill."""
        fields = {"issuer": Issuer(path=PROVINCE, person="d1"), **more}
        return self.signed(Drill(**self.sounding(**fields)), "d1", "d2", chain=self.drillers)

    def cancel(self, alert: str, **more: Any) -> Envelope:
        """The end of `alert`."""
        fields = {"issuer": Issuer(path=PROVINCE, person="p1"), "target": (COMMUNE,), **more}
        doc = Cancel(alert=alert, reason="Bão đã tan", **self.common(**fields))
        return self.signed(doc, "p1", "p2", chain=self.officers)

    def mute(self, *orders: str, seconds: int = 300, by: str = "p1", **more: Any) -> Envelope:
        """Silence by one person."""
        fields = {"issuer": Issuer(path=PROVINCE, person=by), "target": (COMMUNE,), **more}
        doc = Mute(orders=orders, seconds=seconds, **self.common(**fields))
        return self.signed(doc, by, chain=self.officers)

    def resume(self, *orders: str, by: str = "p1") -> Envelope:
        """The end of a silence."""
        issuer = Issuer(path=PROVINCE, person=by)
        doc = Resume(orders=orders, **self.common(issuer=issuer, target=(COMMUNE,)))
        return self.signed(doc, by, chain=self.officers)

    def by_node(self, target: str, life_s: float = 3600, node: str = "node24") -> dict[str, Any]:
        """The common fields of what a node signs."""
        path = PROVINCE if node == "node24" else "vn"
        return self.common(life_s, issuer=Issuer(path=path, node=node), target=(target,))

    def plan(self, version: int | None = None, **more: Any) -> Envelope:
        """An empty plan of station s1."""
        fields: dict[str, Any] = {"sessions": (), "quiet": (), "items": (), "clips": {}, **more}
        version = version or version_for(self.now)
        common = self.by_node("station:s1", 86400 * 14)
        doc = Plan(version=version, **{**common, **fields})
        return self.signed(doc, "node24", chain=self.nodes[:1])

    def open(self, *orders: str, node: str = "node24", **more: Any) -> Envelope:
        """What is in force in the commune."""
        fields = {**self.by_node(COMMUNE, 900, node), "version": version_for(self.now)}
        if node == "node24":
            fields["floor"] = self.now - timedelta(days=3)
        doc = Open(orders=orders, trust={}, **{**fields, **more})
        return self.signed(doc, node, chain=self.nodes)

    def time(self, now: datetime, *signers: str) -> Envelope:
        """A time answer by the node, or also by its parent."""
        doc = TimeAnswer(now=now, **self.by_node("outlet:o1", 300))
        return self.signed(doc, *(signers or ("node24",)), chain=self.nodes)

    def time_answer(self, now: datetime, *, issued: datetime) -> Envelope:
        """A time answer by the node, issued then."""
        common = {**self.by_node("outlet:o1", 300), "issued": issued}
        common["expires"] = issued + timedelta(seconds=300)
        return self.signed(TimeAnswer(now=now, **common), "node24", chain=self.nodes)

    def command(self, **more: Any) -> Envelope:
        """A command to the device."""
        fields = {**self.by_node("outlet:o1"), "do": "volume", **more}
        doc = Command(args=CommandArgs(volume_pct=60), **fields)
        return self.signed(doc, "node24", chain=self.nodes[:1])

    def assignment(self, node: str = "node24", **more: Any) -> Envelope:
        """The device's assignment."""
        fields: dict[str, Any] = {
            "outlet": "o1",
            "station": "s1",
            "paths": (COMMUNE, HAMLET),
            "area": COMMUNE,
            "node": "node24",
            "parent": "centre",
            "urls": Urls(node=("https://node24.example",), parent=("https://centre.example",)),
            "version": version_for(self.now),
            **self.by_node("outlet:o1", 86400 * 365, node),
        }
        return self.signed(Assignment(**{**fields, **more}), node, chain=self.nodes)

    def trust_list(
        self, *revoked: Revoked, path: str = PROVINCE, person: str | None = None, **more: Any
    ) -> Trust:
        """An unsigned list of revoked keys of `path` by a registrar there."""
        issuer = Issuer(path=path, person=person or "v1")
        fields = {"version": version_for(self.now), "issuer": issuer, "target": (path,), **more}
        return Trust(revoked=revoked, **self.common(86400, **fields))

    def trust_doc(
        self, *revoked: Revoked, path: str = PROVINCE, by: str = "r1", at: str, **more: Any
    ) -> Envelope:
        """A list of revoked keys by one registrar."""
        issuer = Issuer(path=at, person=by)
        doc = self.trust_list(*revoked, path=path, issuer=issuer, **more)
        return self.signed(doc, by, chain=self.registrars)


__all__ = ["Channel", "Kind", "World"]
