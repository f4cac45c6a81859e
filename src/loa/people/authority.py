"""The chain of trust as the node holds it: documents as signed, and the node's own key.

Root, registrars and officers sign elsewhere; the node only keeps and serves what they signed.
The one private key on the node is the node's: it signs plans, assignments, `open`, `time` and
commands, and can sign neither an order nor a delegation (protocol.md 3).
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.files import write_private
from loa.people import events
from loa.people.models import Document
from loa.places.selectors import present
from loa_protocol.envelope import Envelope, Payload, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Delegation, Issuer, Root, parse_payload

NODE_KEY = "node.pem"
NODE_FILE = "node.json"
NODE_SECRET = "node.secret"  # noqa: S105  the name of a file


class NoAuthority(Exception):
    """The node has no key or no delegation yet; the message says what to run."""


@dataclass(frozen=True)
class NodeIdentity:
    """Who this node is on the wire, with the documents that give its key its right."""

    id: str
    path: str
    parent: str | None
    key: SigningKey
    chain: tuple[Envelope, ...]
    demo: bool

    @property
    def issuer(self) -> Issuer:
        return Issuer(path=self.path, node=self.id)

    def sign(self, kind: Kind, payload: Payload) -> Envelope:
        """An envelope of this node's over the payload, with its chain."""
        return sign(kind, payload, [self.key], self.chain)


_cached: tuple[int, NodeIdentity] | None = None


def node_identity() -> NodeIdentity:
    """This node's identity. Raises NoAuthority where the node was not set up.

    Kept in memory until a newer document of the chain is stored.
    """
    global _cached  # noqa: PLW0603  one identity per process
    kinds = (Kind.ROOT.value, Kind.DELEGATION.value)
    newest = Document.objects.filter(kind__in=kinds).aggregate(at=Max("version"))["at"] or 0
    if _cached is None or _cached[0] != newest:
        _cached = (newest, read_identity(settings.ENV.keys))
    return _cached[1]


def own_path() -> str | None:
    """The place of this node, whether or not its key counts yet; None before `loa node init`."""
    try:
        path: str = json.loads((settings.ENV.keys / NODE_FILE).read_text())["path"]
    except FileNotFoundError:
        return None
    now = present([path])
    return now[0] if len(now) == 1 else path


def read_identity(folder: Path) -> NodeIdentity:
    """The identity whose key lies in `folder`. Raises NoAuthority."""
    if not (folder / NODE_KEY).exists() or not (folder / NODE_FILE).exists():
        raise NoAuthority("Máy chủ chưa có khóa. Chạy: loa node init --province <mã tỉnh>")
    facts = json.loads((folder / NODE_FILE).read_text())
    key = SigningKey.load(folder / NODE_KEY)
    root = newest(Kind.ROOT)
    delegations = [
        envelope
        for envelope in documents(Kind.DELEGATION)
        if delegation_of(envelope).subject.id == facts["id"]
        and delegation_of(envelope).subject.key == key.public.text
    ]
    if root is None or not delegations:
        raise NoAuthority("Khóa của máy chủ chưa được gốc tin cậy ủy quyền.")
    path = _present_path(facts["path"], delegations)
    demo = _root(root).demo
    if demo and not settings.ENV.demo:
        raise NoAuthority("Gốc tin cậy là gốc trình diễn: không dùng cho việc thật (LOA_DEMO=1).")
    return NodeIdentity(facts["id"], path, facts.get("parent"), key, (root, *delegations), demo)


def _present_path(path: str, delegations: Sequence[Envelope]) -> str:
    """Where the node stands: the unit it was set up for, or after a reorganisation that unit's
    successor, once the root has delegated the key there."""
    now = present([path])
    delegated = {delegation_of(envelope).path for envelope in delegations}
    return now[0] if len(now) == 1 and now[0] in delegated else path


def delegation_of(envelope: Envelope) -> Delegation:
    """What a delegation's envelope says."""
    payload = parse_payload(Kind.DELEGATION, envelope.payload)
    assert isinstance(payload, Delegation)  # noqa: S101  parse_payload returns the kind's model
    return payload


def _root(envelope: Envelope) -> Root:
    payload = parse_payload(Kind.ROOT, envelope.payload)
    assert isinstance(payload, Root)  # noqa: S101  parse_payload returns the kind's model
    return payload


def node_init(*, folder: Path, node_id: str, path: str, parent: str | None = None) -> SigningKey:
    """Make the node's key and write who it is; an existing key is kept.

    The key must then be delegated by the root before the node can sign anything that counts.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_path = folder / NODE_KEY
    if key_path.exists():
        return SigningKey.load(key_path)
    key = SigningKey.generate()
    facts = {"id": node_id, "path": path, "parent": parent}
    (folder / NODE_FILE).write_text(json.dumps(facts))
    key.save(key_path)
    return key


def node_secret(label: str) -> bytes:
    """32 bytes for one purpose, derived from the node's own random secret (RFC 5869).

    The secret is made at first use and kept at mode 0600; two labels share nothing.
    """
    path = settings.ENV.keys / NODE_SECRET
    if not path.exists():
        write_private(path, secrets.token_bytes(32), replace=False)
    return HKDF(hashes.SHA256(), 32, salt=None, info=label.encode()).derive(path.read_bytes())


def document_store(*, actor: str, envelope: Envelope) -> Document:
    """Keep a document of the trust chain byte for byte. The same bytes twice are one row.

    The caller has verified it (the ladder of loa_protocol). Raises Refused for bad payloads.
    """
    payload = parse_payload(envelope.kind, envelope.payload)
    subject, path = "", payload.target[0]
    if isinstance(payload, Delegation):
        kinds = "real" if {"alert", "update", "cancel"} & set(payload.kinds) else "other"
        subject = f"{payload.subject.type}:{payload.subject.id}:{payload.subject.key[:12]}:{kinds}"
        path = payload.path
    with transaction.atomic():
        document, fresh = Document.objects.get_or_create(
            sha256=envelope.id,
            defaults={
                "kind": envelope.kind.value,
                "subject": subject,
                "path": path,
                "version": getattr(payload, "version", 0),
                "envelope": envelope.to_bytes(),
                "issued_at": payload.issued,
                "expires_at": payload.expires,
            },
        )
        if fresh:
            journal.record(
                actor=actor,
                kind=events.DOCUMENT_STORED,
                place=path if path != "vn" else "vn",
                subject=f"document:{envelope.id[:16]}",
                payload={"kind": envelope.kind.value, "version": document.version},
            )
    return document


def documents(*kinds: Kind) -> list[Envelope]:
    """The newest version per kind, subject and path, oldest first; persons after those who
    delegated to them, however often these were renewed since, so that whoever learns the papers one
    after the other can judge each."""
    latest: dict[tuple[str, str, str], Document] = {}
    values = [kind.value for kind in kinds]
    for row in Document.objects.filter(kind__in=values).order_by("version"):
        latest[row.kind, row.subject, row.path] = row
    rows = sorted(latest.values(), key=lambda row: row.subject.startswith("person:"))
    return [Envelope.parse(bytes(row.envelope)) for row in rows]


def document_by_subject(subject: str) -> Document | None:
    """The paper that a fact `document:<beginning of its hash>` is about."""
    return Document.objects.filter(sha256__startswith=subject.partition(":")[2]).first()


def newest(kind: Kind, path: str | None = None) -> Envelope | None:
    """The newest document of a kind (at a path); None where there is none."""
    rows = Document.objects.filter(kind=kind.value)
    if path is not None:
        rows = rows.filter(path=path)
    row = rows.order_by("-version").first()
    return Envelope.parse(bytes(row.envelope)) if row else None


def documents_over(kind: Kind, path: str) -> list[Envelope]:
    """The newest documents of a kind at `path` and at every place above it, widest first."""
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    rows = Document.objects.filter(kind=kind.value, path__in=above).order_by("version")
    latest = {row.path: row for row in rows}
    return [Envelope.parse(bytes(latest[place].envelope)) for place in above if place in latest]


def paths_with(kind: Kind) -> list[str]:
    """The places for which there is a document of this kind."""
    rows = Document.objects.filter(kind=kind.value)
    return list(rows.values_list("path", flat=True).distinct())


def root_versions() -> list[Envelope]:
    """All roots by version: a device walks from the one it knows to the newest."""
    rows = Document.objects.filter(kind=Kind.ROOT.value).order_by("version")
    return [Envelope.parse(bytes(row.envelope)) for row in rows]


def documents_key() -> tuple[int, int]:
    """Another value whenever a paper was stored."""
    found = Document.objects.aggregate(number=Count("pk"), newest=Max("version"))
    return found["number"], found["newest"] or 0


def next_version(previous: int, now: datetime | None = None) -> int:
    """max(previous + 1, Unix ms): a restored node issues newer versions without knowing the lost
    ones (protocol.md 4)."""
    moment = now or clock.now()
    return max(previous + 1, int(moment.timestamp() * 1000))


PERSON_DAYS_MAX = 180
NODE_LIFE = timedelta(days=2 * 365)


def chain_of(signers: Sequence[Envelope]) -> tuple[Envelope, ...]:
    """Root and the delegations of the signers, as an envelope carries them."""
    root = newest(Kind.ROOT)
    return (root, *signers) if root else tuple(signers)
