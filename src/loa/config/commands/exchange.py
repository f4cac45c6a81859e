"""`loa exchange`: the official exchange between source systems, as files and over a line."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from loa.exchange.profile import Profile
    from loa.exchange.records import Message, Record

ACTOR = "cli:exchange"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa exchange")
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("fields", help="every record with the names and codes of an edition")
    check = commands.add_parser("check", help="whether a message can be read; keeps nothing")
    check.add_argument("file", type=Path)
    take = commands.add_parser("import", help="take a message in; prints the acknowledgement")
    take.add_argument("file", type=Path)
    export = commands.add_parser("export", help="our records as messages in a folder")
    export.add_argument("folder", type=Path)
    send = commands.add_parser("send", help="our records to the other side, over mutual TLS")
    send.add_argument("--url", required=True, help="https address that takes messages")
    for name, words in (
        ("cert", "our certificate, PEM"),
        ("key", "its key, PEM"),
        ("authority", "the authority of their certificate, PEM"),
        ("token", "file that holds our token"),
    ):
        send.add_argument(f"--{name}", required=True, type=Path, help=words)
    for one in (export, send):
        one.add_argument("--record", required=True, help="bulletin, air_report, station ...")
        one.add_argument("--to", required=True, help="the receiver's name in messages")
        one.add_argument("--place", help="path of a place; the node's own by default")
        one.add_argument("--hours", type=int, default=24, help="how far back what changed is told")
        one.add_argument("--form", choices=("xml", "json"), default="xml")
    for one in commands.choices.values():
        one.add_argument("--edition", help="name of the edition; the newest by default")
    chosen = parser.parse_args(argv)
    django.setup()
    return _run(chosen)


def _run(chosen: argparse.Namespace) -> int:
    from loa.exchange.profiles import BY_NAME, DEFAULT
    from loa.exchange.refusals import ExchangeRefused

    profile = BY_NAME.get(chosen.edition) if chosen.edition else DEFAULT
    if profile is None:
        print(f"Không có phiên bản trao đổi nào tên {chosen.edition}.", file=sys.stderr)
        return 2
    steps = {
        "fields": _fields,
        "check": _check,
        "import": _import,
        "export": _export,
        "send": _send,
    }
    try:
        return steps[chosen.do](chosen, profile)
    except (ExchangeRefused, OSError) as refusal:
        print(f"Không được: {refusal}", file=sys.stderr)
        return 1


def _fields(chosen: argparse.Namespace, profile: "Profile") -> int:
    from loa.exchange.tables import page

    sys.stdout.write(page(profile))
    return 0


def _read(file: Path) -> bytes:
    from loa.exchange.rendering import MAX_BYTES

    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _check(chosen: argparse.Namespace, profile: "Profile") -> int:
    from loa.exchange import rendering

    data = _read(chosen.file)
    read = rendering.from_xml if rendering.is_xml(data) else rendering.from_json
    message = read(data, profile)
    print(f"{message.id}: {len(message.records)} {message.name}, {message.sender}")
    return 0


def _import(chosen: argparse.Namespace, profile: "Profile") -> int:
    from loa.exchange import inward, rendering

    data = _read(chosen.file)
    answer = inward.take(actor=ACTOR, data=data, profile=profile)
    write = rendering.to_xml if rendering.is_xml(data) else rendering.to_json
    sys.stdout.buffer.write(write(answer, profile) + b"\n")
    return 0 if answer.records[0].accepted else 1


def _messages(chosen: argparse.Namespace) -> "Iterable[Message]":
    from loa.exchange import line, outward
    from loa.exchange.refusals import ExchangeRefused, Fault
    from loa.lib import clock
    from loa.people.authority import own_path

    source = outward.SOURCES.get(chosen.record)
    if source is None:
        raise ExchangeRefused(Fault.UNKNOWN_RECORD, chosen.record)
    since: datetime = (clock.now() - timedelta(hours=chosen.hours)).astimezone(UTC)
    rows: Iterable[Record] = source(chosen.place or own_path() or "vn", since)
    return line.messages_of(rows, chosen.to)


def _export(chosen: argparse.Namespace, profile: "Profile") -> int:
    from loa.exchange.line import WRITERS

    chosen.folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for number, message in enumerate(_messages(chosen), start=1):
        file = chosen.folder / f"{chosen.record}-{number:04}.{chosen.form}"
        file.write_bytes(WRITERS[chosen.form](message, profile))
        print(f"{file}: {len(message.records)}")
    print(f"{number} gói tin.")
    return 0


def _send(chosen: argparse.Namespace, profile: "Profile") -> int:
    from loa.exchange import line

    peer = line.Peer(
        name=chosen.to,
        url=chosen.url,
        cert=chosen.cert,
        key=chosen.key,
        authority=chosen.authority,
        token=chosen.token,
    )
    good = True
    for message in _messages(chosen):
        taken = line.send(
            actor=ACTOR, message=message, peer=peer, profile=profile, form=chosen.form
        )
        good = good and taken
        print(f"{message.id}: {len(message.records)} {'đã nhận' if taken else 'bị từ chối'}")
    return 0 if good else 1
