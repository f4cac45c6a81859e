"""One demo root for a centre and its provinces, in files that all of their folders share.

As in `demo_trust`, all private keys lie in one folder, under a root that says that it is a demo's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from loa.people import authority, ceremony
from loa.people.acceptance import accept
from loa.people.models import Account
from loa_lab.demo import papers as demo_papers
from loa_lab.demo.papers import HOLDERS, REGISTRARS
from loa_lab.demo.trust import ALL_DAY
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind

CENTRE = "n-vn"


def node_id(path: str) -> str:
    """What the node of a place is called on the wire."""
    return f"n-{path.rpartition('/')[2]}"


def ensure(*, keys: Path, node_keys: Path, path: str, now: datetime) -> str:
    """The nation's papers and this node's own, stored here; made once. Returns the root's hash."""
    holders = {name: key(keys, name) for name in HOLDERS}
    signers = list(holders.values())[:2]

    def delegate(kind: str, name: str, of: SigningKey, place: str) -> Envelope:
        return ceremony.delegate_by_root(
            signers=signers,
            holder=HOLDERS[0],
            path=place,
            now=now,
            subject=ceremony.subject_of(kind, name, of),
        )

    papers = [
        _once(
            keys / "root.json",
            lambda: ceremony.make_root(holders=holders, threshold=2, demo=True, now=now),
        )
    ]
    registrars = {name: key(keys, name) for name in REGISTRARS}
    chain = [
        _once(keys / f"{name}.json", partial(delegate, "registrar", name, one, "vn"))
        for name, one in registrars.items()
    ]
    own = authority.node_init(
        folder=node_keys,
        node_id=node_id(path),
        path=path,
        parent=None if path == "vn" else CENTRE,
    )
    papers += [
        *chain,
        _once(keys / "policy.json", lambda: _policy(registrars, chain, now)),
        _once(keys / "trust.json", lambda: _trust(registrars, chain, now)),
        _once(keys / f"{node_id(path)}.json", lambda: delegate("node", node_id(path), own, path)),
    ]
    for envelope in papers:
        authority.document_store(actor="cli:nation", envelope=envelope)
    return papers[0].id


def _policy(
    registrars: Mapping[str, SigningKey], chain: Sequence[Envelope], now: datetime
) -> Envelope:
    name, own = next(iter(registrars.items()))
    return ceremony.make_policy(
        registrar=own,
        registrar_id=name,
        registrar_path="vn",
        path="vn",
        chain=chain,
        now=now,
        hours=ALL_DAY,
        max_minutes_day=24 * 60,
    )


def _trust(
    registrars: Mapping[str, SigningKey], chain: Sequence[Envelope], now: datetime
) -> Envelope:
    name, own = next(iter(registrars.items()))
    return ceremony.make_trust(
        registrar=own, registrar_id=name, registrar_path="vn", path="vn", chain=chain, now=now
    )


def officer(account: Account, folder: Path, path: str, now: datetime) -> None:
    """A key file and a paper for real orders at `path`, by both registrars."""
    own = SigningKey.generate()
    demo_papers.register(account, own.public, "tệp trình diễn", now)
    payload = ceremony.delegation_payload(
        registrar=REGISTRARS[0],
        registrar_path="vn",
        person=account.person_id,
        key=own.public,
        path=path,
        drill=False,
        ceiling=demo_papers.CEILING,
        now=now,
    )
    paper = sign(Kind.DELEGATION, payload, [key(folder, name) for name in REGISTRARS])
    accept(paper)
    authority.document_store(actor="cli:nation", envelope=paper)
    own.save(folder / f"{node_id(path)}-{account.username}.pem")


def key(folder: Path, name: str) -> SigningKey:
    """The key of that name, made at first use."""
    path = folder / f"{name}.pem"
    if path.exists():
        return SigningKey.load(path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = SigningKey.generate()
    made.save(path)
    return made


def _once(file: Path, make: Callable[[], Envelope]) -> Envelope:
    if file.exists():
        return Envelope.parse(file.read_bytes())
    envelope = make()
    file.write_bytes(envelope.to_bytes())
    return envelope
