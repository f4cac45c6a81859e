"""The demo's officers of urgent orders: keys in files, delegations by the demo's two registrars.

In a real place the keys live in the officers' own browsers or tokens and the registrars are two
people. Here all of it lies in the demo's folder, under a root that says that it is one, so that the
whole way can be tried by one person; `demo_delegate` lets a key made in a browser take part too.
"""

from datetime import datetime
from pathlib import Path

from loa.people import authority, ceremony
from loa.people.acceptance import accept
from loa.people.models import Account, PersonKey
from loa.people.rules import RoleName
from loa.people.selectors import account_named, roles_on
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Subject

HOLDERS = ("nguoi-giu-1", "nguoi-giu-2", "nguoi-giu-3")
REGISTRARS = ("dang-ky-1", "dang-ky-2")
OFFICERS = ("binh", "ha", "duc", "van")
CEILING = 5
COMMUNE_CEILING = 4
_PARTS = {RoleName.ALERT_AUTHOR.value, RoleName.ALERT_APPROVER.value}


def ensure_officers(*, keys: Path, now: datetime) -> None:
    """A key file and the two papers (real, drill) for each officer who has none."""
    for username in OFFICERS:
        account = account_named(username)
        if account is None:
            continue
        path = officer_file(keys, username)
        if path.exists():
            continue
        key = SigningKey.generate()
        register(account, key.public, "tệp trình diễn", now)
        delegate(account, key.public, keys, now)
        key.save(path)


def officer_file(folder: Path, username: str) -> Path:
    """Where the demo keeps an officer's key."""
    return folder / f"person-{username}.pem"


def register(account: Account, key: PublicKey, label: str, now: datetime) -> PersonKey:
    """The public half as the account's own."""
    made, _ = PersonKey.objects.get_or_create(
        kid=key.kid,
        defaults={
            "account": account,
            "person": account.person_id,
            "alg": key.alg,
            "key": key.raw,
            "label": label,
            "made_at": now,
        },
    )
    return made


def delegate(account: Account, key: PublicKey, folder: Path, now: datetime) -> int:
    """Papers for every place where the account has a part in urgent orders: real and drill each, by
    both demo registrars. A registrar's key gets the demo root's paper. Returns how many."""
    rows = roles_on().filter(account=account).values_list("name", "place__path")
    made = 0
    for path in {path for name, path in rows if name in _PARTS}:
        for drill in (False, True):
            _store(_person(account, key, path, folder, now, drill=drill))
            made += 1
    for path in {path for name, path in rows if name == RoleName.REGISTRAR.value}:
        _store(_registrar(account, key, path, folder, now))
        made += 1
    return made


def delegate_drill(username: str, path: str, folder: Path, now: datetime) -> None:
    """A key file and a paper for drills alone, where the account has none."""
    account = account_named(username)
    file = officer_file(folder, username)
    if account is None or file.exists():
        return
    key = SigningKey.generate()
    register(account, key.public, "tệp diễn tập", now)
    _store(_person(account, key.public, path, folder, now, drill=True))
    key.save(file)


def _person(
    account: Account, key: PublicKey, path: str, folder: Path, now: datetime, *, drill: bool
) -> Envelope:
    registrars = [SigningKey.load(folder / f"{name}.pem") for name in REGISTRARS]
    province = "/".join(path.split("/")[:2])
    payload = ceremony.delegation_payload(
        registrar=REGISTRARS[0],
        registrar_path=province,
        person=account.person_id,
        key=key,
        path=path,
        drill=drill,
        ceiling=COMMUNE_CEILING if path.count("/") > 1 else CEILING,
        now=now,
    )
    return sign(Kind.DELEGATION, payload, registrars)


def _registrar(
    account: Account, key: PublicKey, path: str, folder: Path, now: datetime
) -> Envelope:
    holders = [SigningKey.load(folder / f"{name}.pem") for name in HOLDERS[:2]]
    subject = Subject(type="registrar", id=account.person_id, alg=key.alg, key=key.text)
    return ceremony.delegate_by_root(
        signers=holders, holder=HOLDERS[0], subject=subject, path=path, now=now
    )


def _store(envelope: Envelope) -> None:
    accept(envelope)
    authority.document_store(actor="cli:demo", envelope=envelope)
