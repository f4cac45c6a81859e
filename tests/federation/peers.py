"""The other side of a link, under the same demo root: a node that signs what a test wants."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from django.db import transaction

from loa.federation import outgoing, registry
from loa.federation.contract import Direction, Outward
from loa.federation.models import Link
from loa.federation.talk import SOFTWARE
from loa.lib import clock
from loa.people import authority, ceremony
from loa.people.authority import NodeIdentity
from loa_lab.demo.papers import HOLDERS
from loa_lab.nation import trust
from loa_protocol import peer_api
from loa_protocol.clock import format_time
from loa_protocol.device_api import dump_body
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.paths import node_address
from loa_protocol.payloads import Head, Issuer, Page, Revoked, Trust, Wire, new_nonce


def identity(keys: Path, path: str, *, delegated: str | None = None) -> NodeIdentity:
    """A node with a key of its own, delegated by the demo root at its place (or at another)."""
    holders = [SigningKey.load(keys / f"{name}.pem") for name in HOLDERS[:2]]
    key, name = SigningKey.generate(), trust.node_id(path)
    paper = ceremony.delegate_by_root(
        signers=holders,
        holder=HOLDERS[0],
        path=delegated or path,
        now=clock.now(),
        subject=ceremony.subject_of("node", name, key),
    )
    root = Envelope.parse((keys / "root.json").read_bytes())
    return NodeIdentity(name, path, None, key, (root, paper), demo=True)


def revoke(keys: Path, kid: str) -> None:
    """The root takes a key back, for the whole nation."""
    holders = [SigningKey.load(keys / f"{name}.pem") for name in HOLDERS[:2]]
    now = clock.now()
    paper = Trust(
        issuer=Issuer(path="vn", root=HOLDERS[0]),
        target=("vn",),
        issued=now,
        expires=now + ceremony.POLICY_LIFE,
        nonce=new_nonce(),
        version=ceremony.version_at(now) + 1000,
        revoked=(Revoked(kid=kid, since=now),),
    )
    authority.document_store(actor="cli:test", envelope=sign(Kind.TRUST, paper, holders))


def linked(peer: NodeIdentity, *, below: bool, **more: Any) -> Link:
    """The link of this node with that one, as joining leaves it."""
    return Link.objects.create(
        peer=peer.id,
        path=peer.path,
        below=below,
        kid=peer.key.public.kid,
        linked_at=clock.now(),
        **more,
    )


@dataclass
class FakePeer:
    """A node that tells a list of entries to `to`."""

    node: NodeIdentity
    to: NodeIdentity
    epoch: int = 1
    first: int = 1
    acked: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        place: str | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        entry = {
            "seq": self.first + len(self.entries),
            "id": str(uuid4()),
            "at": format_time(at or clock.now()),
            "kind": kind,
            "schema": 1,
            "place": place or self.node.path,
            "body": body,
        } | more
        self.entries.append(entry)
        return entry

    def chain(self, start: str = peer_api.GENESIS) -> str:
        for entry in self.entries:
            start = peer_api.chain_hash(start, entry["seq"], peer_api.entry_text(entry))
        return start

    def head(self, start: str = peer_api.GENESIS, **more: Any) -> Envelope:
        now = clock.now()
        fields = {
            "issuer": self.node.issuer,
            "target": (node_address(self.to.id),),
            "issued": now,
            "expires": now + peer_api.PAGE_LIFE,
            "nonce": new_nonce(),
            "version": ceremony.version_at(now),
            "epoch": self.epoch,
            "size": self.first + len(self.entries) - 1,
            "root": self.chain(start),
            "acked": self.acked,
        } | more
        return self.node.sign(Kind.HEAD, Head(**fields))

    def page(self, after: int, limit: int = 1000, **more: Any) -> Envelope:
        now = clock.now()
        chosen = [entry for entry in self.entries if entry["seq"] > after][:limit]
        fields = {
            "issuer": self.node.issuer,
            "target": (node_address(self.to.id),),
            "issued": now,
            "expires": now + peer_api.PAGE_LIFE,
            "nonce": new_nonce(),
            "epoch": self.epoch,
            "from_": after,
            "entries": tuple(chosen),
        } | more
        return self.node.sign(Kind.PAGE, Page(**fields))

    def told(self, after: int, limit: int = 1000, start: str = peer_api.GENESIS) -> peer_api.Told:
        page = self.page(after, limit).to_value() if len(self.entries) else None
        return peer_api.Told(head=self.head(start).to_value(), page=page, software=SOFTWARE)

    def ask(
        self,
        path: str,
        message: Wire | None = None,
        *,
        method: Literal["GET", "POST"] = "POST",
        node: str | None = None,
    ) -> dict[str, Any]:
        """Arguments of a test client's request, signed."""
        body = dump_body(message) if message is not None else b""
        header = peer_api.sign_request(
            self.node.key,
            issuer=self.node.issuer,
            chain=self.node.chain,
            node=node or self.to.id,
            method=method,
            path=path,
            body=body,
            clock=clock.current(),
        )
        found: dict[str, Any] = {"path": path, "HTTP_LOA_REQUEST": header}
        if method == "POST":
            found |= {"data": body, "content_type": "application/json"}
        return found


def summary(commune: str, bulletin: str = "", outlets: int = 2) -> dict[str, Any]:
    """A province's line about one bulletin in one commune."""
    return {
        "bulletin": bulletin or str(uuid4()),
        "commune": commune,
        "outlets": outlets,
        "failed": 0,
        "grades": {"B": outlets},
        "seconds": 40,
        "rows": outlets,
    }


def sent(sound: bytes = b"opus", **more: Any) -> dict[str, Any]:
    """A bulletin of the centre; its files have the given bytes."""
    digest = hashlib.sha256(sound).hexdigest()
    return {
        "bulletin": str(uuid4()),
        "edition": 1,
        "office": "vn",
        "class": "normal",
        "category": "a1",
        "language": "vi",
        "title": "Tin của trung tâm",
        "body": "Nội dung.",
        "spoken": "Nội dung.",
        "issuer": "Bộ",
        "targets": ["vn"],
        "sound": {
            "opus": digest,
            "opus_bytes": len(sound),
            "mp3": digest,
            "mp3_bytes": len(sound),
            "ms": 1000,
        },
    } | more


def told_to(link: Link, number: int) -> None:
    """Put so many entries on our own list for a node below."""
    exchange = registry.exchange_of("bulletin.withdrawn", Direction.DOWN)
    assert exchange is not None
    body = exchange.schema.model_validate({"bulletin": str(uuid4()), "reason": "x"})
    with transaction.atomic():
        made = [(exchange, Outward("vn", body), uuid4()) for _ in range(number)]
        outgoing.append(link.pk, made)
    link.refresh_from_db()
