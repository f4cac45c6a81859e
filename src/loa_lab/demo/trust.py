"""The demo's chain of trust: real signatures under a root that says it is one.

All private keys lie in one folder at mode 0600, which no real node may do: a production setting
refuses a root that carries `demo`.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from loa.people import authority, ceremony
from loa_lab.demo.papers import HOLDERS, REGISTRARS
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind

ALL_DAY = ((0, 24 * 60),)


def ensure_trust(*, keys: Path, node_keys: Path, province: str, now: datetime) -> str:
    """Root 2 of 3, two registrars, the node, a policy: made once. Returns the root's hash."""
    existing = authority.newest(Kind.ROOT)
    if existing is not None:
        return existing.id
    path = f"vn/{province}"
    holders = {name: _key(keys, name) for name in HOLDERS}
    registrars = {name: _key(keys, name) for name in REGISTRARS}
    root = ceremony.make_root(holders=holders, threshold=2, demo=True, now=now)
    signers = list(holders.values())[:2]
    delegations = [
        ceremony.delegate_by_root(
            signers=signers,
            holder=HOLDERS[0],
            path=path,
            now=now,
            subject=ceremony.subject_of("registrar", name, key),
        )
        for name, key in registrars.items()
    ]
    node_id = f"n-{province}"
    node_key = authority.node_init(folder=node_keys, node_id=node_id, path=path)
    node = ceremony.delegate_by_root(
        signers=signers,
        holder=HOLDERS[0],
        path=path,
        now=now,
        subject=ceremony.subject_of("node", node_id, node_key),
    )
    papers = _registrar_papers(registrars, path, delegations, now)
    for envelope in (root, *delegations, node, *papers):
        authority.document_store(actor="cli:demo", envelope=envelope)
    return root.id


def _registrar_papers(
    registrars: Mapping[str, SigningKey], path: str, chain: list[Envelope], now: datetime
) -> tuple[Envelope, Envelope]:
    name, key = next(iter(registrars.items()))
    policy = ceremony.make_policy(
        registrar=key,
        registrar_id=name,
        registrar_path=path,
        path=path,
        chain=chain,
        now=now,
        hours=ALL_DAY,
        max_minutes_day=24 * 60,
    )
    trust = ceremony.make_trust(
        registrar=key, registrar_id=name, registrar_path=path, path=path, chain=chain, now=now
    )
    return policy, trust


def _key(folder: Path, name: str) -> SigningKey:
    path = folder / f"{name}.pem"
    if path.exists():
        return SigningKey.load(path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = SigningKey.generate()
    key.save(path)
    return key
