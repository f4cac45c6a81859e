"""`loa keys subject | person | countersign`: persons' papers by two registrars, on two machines.

The first registrar makes and signs the paper, carries the file to the second, who sees what it says
and adds a signature; then `loa node accept` takes it. Browsers do the same from the console.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from loa.lib import clock
from loa.people.ceremony import delegation_payload
from loa_protocol.envelope import Envelope, add_signature, sign
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Delegation, parse_payload

Named = Callable[[str], tuple[str, SigningKey]]
Own = Callable[[Path], tuple[Envelope, Delegation]]


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", named: Named, own: Own
) -> None:
    """The three commands."""
    subject = commands.add_parser("subject", help="the line by which others name your key")
    subject.add_argument("--type", choices=["registrar", "person"], required=True)
    subject.add_argument("--id", required=True, help="the id that the console shows on your page")
    subject.add_argument("--place", required=True, help="a path such as vn/24")
    subject.add_argument("--key", required=True, help="the line of `loa keys new`")
    subject.set_defaults(make=_subject)
    person = commands.add_parser("person", help="a person's right, by the first of two registrars")
    person.add_argument("--subject", required=True, help="the line of `loa keys subject`")
    person.add_argument("--drill", action="store_true", help="for drills only; never both")
    person.add_argument("--ceiling", type=int, default=4, help="the highest class, 1 to 5")
    person.add_argument("--days", type=int, default=180, help="180 at most")
    person.add_argument("--registrar", required=True, metavar="NAME=FILE")
    person.add_argument("--delegation", required=True, type=Path, help="the registrar's own paper")
    person.set_defaults(make=lambda chosen: _person(chosen, named, own))
    second = commands.add_parser("countersign", help="the second registrar's signature on a paper")
    second.add_argument("paper", type=Path)
    second.add_argument("--registrar", required=True, metavar="NAME=FILE")
    second.set_defaults(make=lambda chosen: _countersign(chosen, named))


def _subject(chosen: argparse.Namespace) -> None:
    line = json.loads(chosen.key)
    subject = {"type": chosen.type, "id": chosen.id, "alg": line["alg"], "key": line["key"]}
    print(json.dumps({"subject": subject, "path": chosen.place}))


def _person(chosen: argparse.Namespace, named: Named, own: Own) -> Envelope:
    asked = json.loads(chosen.subject)
    if asked["subject"]["type"] != "person":
        raise ValueError("dòng này không phải của một người")
    name, key = named(chosen.registrar)
    _, paper = own(chosen.delegation)
    if asked["subject"]["id"] == name:
        raise ValueError("không ai tự ủy quyền cho chính mình")
    payload = delegation_payload(
        registrar=name,
        registrar_path=paper.path,
        person=asked["subject"]["id"],
        key=PublicKey.from_text(asked["subject"]["alg"], asked["subject"]["key"]),
        path=asked["path"],
        drill=chosen.drill,
        ceiling=chosen.ceiling,
        now=clock.now(),
        days=chosen.days,
    )
    return sign(Kind.DELEGATION, payload, [key])


def _countersign(chosen: argparse.Namespace, named: Named) -> Envelope:
    envelope = Envelope.parse(chosen.paper.read_bytes().strip())
    doc = parse_payload(Kind.DELEGATION, envelope.payload)
    if envelope.kind is not Kind.DELEGATION or not isinstance(doc, Delegation):
        raise ValueError("không phải giấy ủy quyền")
    print(
        f"Ủy quyền cho {doc.subject.id} tại {doc.path}: {', '.join(doc.kinds)}, "
        f"mức cao nhất {doc.ceiling}, đến {clock.local(doc.to):%d/%m/%Y}.",
        file=sys.stderr,
    )
    _, key = named(chosen.registrar)
    return add_signature(envelope, key)
