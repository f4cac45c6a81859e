"""`loa keys`: root, registrars, delegations, policy. Run offline; needs no database.

Private keys are PEM files under a passphrase (`LOA_PASSPHRASE`, or asked for); what is made is a
signed envelope on standard output, to be carried to the node and taken with `loa node accept`.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from loa.config.commands import key_ceremony, key_persons
from loa.lib import clock
from loa.people import ceremony
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Delegation, Revoked, Subject, Trust, parse_payload

PASSPHRASE_MIN = 12


def main(argv: Sequence[str]) -> int:
    chosen = _parser().parse_args(argv)
    do: Callable[[argparse.Namespace], Envelope | None] = chosen.make
    try:
        envelope = do(chosen)
    except (OSError, ValueError, TypeError) as error:
        print(f"Không làm được: {error}", file=sys.stderr)
        return 1
    if envelope is not None:
        sys.stdout.buffer.write(envelope.to_bytes() + b"\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loa keys")
    commands = parser.add_subparsers(required=True)
    new = commands.add_parser("new", help="make one private key; prints the public half")
    new.add_argument("file", type=Path)
    new.set_defaults(make=_new)
    root = commands.add_parser("root", help="a root of several holders")
    root.add_argument("holders", nargs="+", metavar="NAME=FILE", help="holders and their keys")
    root.add_argument("--threshold", type=int, default=2)
    root.set_defaults(make=_root)
    delegate = commands.add_parser("delegate", help="root's right for a node or a registrar")
    delegate.add_argument("--root", nargs="+", required=True, metavar="NAME=FILE")
    delegate.add_argument("--subject", required=True, help="the line of `loa node init`")
    delegate.set_defaults(make=_delegate)
    policy = commands.add_parser("policy", help="what programmes may do at a place")
    policy.add_argument("--registrar", required=True, metavar="NAME=FILE")
    policy.add_argument("--delegation", required=True, type=Path, help="the registrar's own paper")
    policy.add_argument("--place", required=True, help="a path such as vn/24")
    policy.add_argument("--hours", nargs="+", default=["04:30-21:00"], metavar="HH:MM-HH:MM")
    policy.add_argument("--max-minutes", type=int, default=240)
    policy.add_argument("--relay", nargs="*", default=[], metavar="URL")
    policy.set_defaults(make=_policy)
    trust = commands.add_parser("revoke", help="the revoked keys of a place; lists only grow")
    trust.add_argument("--registrar", required=True, metavar="NAME=FILE")
    trust.add_argument("--delegation", required=True, type=Path, help="the registrar's own paper")
    trust.add_argument("--place", required=True, help="a path such as vn/24")
    trust.add_argument("--former", type=Path, help="the list in force, which is carried on")
    trust.add_argument("kids", nargs="*", metavar="KID", help="keys that count no more from now")
    trust.set_defaults(make=_revoke)
    key_ceremony.add(commands).set_defaults(
        make=lambda chosen: key_ceremony.hold(chosen, lambda name: passphrase(name, confirm=True))
    )
    key_persons.add(commands, _named, _own)
    return parser


def _new(chosen: argparse.Namespace) -> None:
    key = SigningKey.generate()
    key.save(chosen.file, passphrase=passphrase(chosen.file.name, confirm=True))
    print(json.dumps({"alg": key.public.alg, "key": key.public.text, "kid": key.public.kid}))


def _root(chosen: argparse.Namespace) -> Envelope:
    holders = dict(_named(text) for text in chosen.holders)
    if chosen.threshold < 2:
        raise ValueError("gốc tin cậy cần chữ ký của ít nhất hai người")
    return ceremony.make_root(
        holders=holders, threshold=chosen.threshold, demo=False, now=clock.now()
    )


def _delegate(chosen: argparse.Namespace) -> Envelope:
    signers = [_named(text) for text in chosen.root]
    asked = json.loads(chosen.subject)
    return ceremony.delegate_by_root(
        signers=[key for _, key in signers],
        holder=signers[0][0],
        subject=Subject.model_validate(asked["subject"]),
        path=asked["path"],
        now=clock.now(),
    )


def _policy(chosen: argparse.Namespace) -> Envelope:
    name, key = _named(chosen.registrar)
    own, paper = _own(chosen.delegation)
    return ceremony.make_policy(
        registrar=key,
        registrar_id=name,
        registrar_path=paper.path,
        path=chosen.place,
        chain=[own],
        now=clock.now(),
        hours=[_minutes(text) for text in chosen.hours],
        max_minutes_day=chosen.max_minutes,
        relays=chosen.relay,
    )


def _revoke(chosen: argparse.Namespace) -> Envelope:
    name, key = _named(chosen.registrar)
    own, paper = _own(chosen.delegation)
    now = clock.now()
    revoked: list[Revoked] = []
    if chosen.former:
        former = Envelope.parse(chosen.former.read_bytes().strip())
        listed = parse_payload(Kind.TRUST, former.payload)
        revoked += listed.revoked if isinstance(listed, Trust) else ()
    known = {entry.kid for entry in revoked}
    revoked += [Revoked(kid=kid, since=now) for kid in chosen.kids if kid not in known]
    return ceremony.make_trust(
        registrar=key,
        registrar_id=name,
        registrar_path=paper.path,
        path=chosen.place,
        chain=[own],
        now=now,
        revoked=revoked,
    )


def _own(file: Path) -> tuple[Envelope, Delegation]:
    """The registrar's own delegation."""
    own = Envelope.parse(file.read_bytes().strip())
    paper = parse_payload(Kind.DELEGATION, own.payload)
    if not isinstance(paper, Delegation):
        raise ValueError("không phải giấy ủy quyền")
    return own, paper


def _minutes(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    hours = [part.split(":") for part in (start, end)]
    first, last = (int(hour) * 60 + int(minute) for hour, minute in hours)
    return first, last


def _named(text: str) -> tuple[str, SigningKey]:
    name, separator, file = text.partition("=")
    if not separator:
        raise ValueError(f"“{text}” phải có dạng tên=tệp")
    return name, SigningKey.load(Path(file), passphrase=passphrase(name, Path(file)))


def passphrase(name: str, file: Path | None = None, *, confirm: bool = False) -> str | None:
    """What opens the key `name`, asked for or from `LOA_PASSPHRASE`; None for a file that lies open
    (the demo's). Raises ValueError for one that is too short or mistyped."""
    if file is not None and b"ENCRYPTED" not in file.read_bytes()[:200]:
        return None
    phrase = os.environ.get("LOA_PASSPHRASE") or getpass.getpass(f"Mật khẩu của khóa {name}: ")
    asked = confirm and "LOA_PASSPHRASE" not in os.environ
    if asked and phrase != getpass.getpass("Nhập lại: "):
        raise ValueError("hai lần nhập khác nhau")
    if len(phrase) < PASSPHRASE_MIN:
        raise ValueError(f"mật khẩu cần ít nhất {PASSPHRASE_MIN} ký tự")
    return phrase
