"""`loa feed`: what a machine that warns by itself needs: a key, and a way to fill in a template.

`key` and `send` run on the machine and need no database; `take` runs on the node, for a fill that
came on a stick while the console was down.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loa.config.commands.keys import passphrase
from loa_protocol.clock import SystemClock
from loa_protocol.device_api import REQUEST_HEADER, build_request
from loa_protocol.encoding import b64decode
from loa_protocol.envelope import sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Issuer

DRAFT, FILL = "/nguon/nhap", "/nguon/dien"
ANSWER_MAX_BYTES = 128 * 1024
TIMEOUT_S = 30


def main(argv: Sequence[str]) -> int:
    """0 only when the fill is in force (or the key was written)."""
    parser = argparse.ArgumentParser(prog="loa feed")
    parts = parser.add_subparsers(dest="do", required=True)
    key = parts.add_parser("key", help="make this machine's key, print its public half")
    key.add_argument("file", type=Path)
    send = parts.add_parser("send", help="fill a template in and send it")
    send.add_argument("--url", required=True, help="the node's address, as https://loa.tinh.vn")
    send.add_argument("--node", required=True, help="the node's id (loa node show)")
    send.add_argument("--key", type=Path, required=True)
    send.add_argument("--template", required=True, help="the template's name on the wire")
    send.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    send.add_argument("--target", action="append", default=[], metavar="PATH")
    send.add_argument("--level", type=int, choices=range(1, 6))
    send.add_argument("--hours", type=int, default=6)
    send.add_argument("--save", type=Path, help="write the signed fill here instead of sending it")
    take = parts.add_parser("take", help="on the node: put a signed fill from a file in force")
    take.add_argument("file", type=Path)
    chosen = parser.parse_args(argv)
    try:
        return {"key": _key, "send": _send, "take": _take}[chosen.do](chosen)
    except (OSError, ValueError, KeyError) as error:
        print(f"Không làm được: {error}", file=sys.stderr)
        return 1


def _key(chosen: argparse.Namespace) -> int:
    made = SigningKey.generate()
    made.save(chosen.file)
    print(made.public.text)
    return 0


def _send(chosen: argparse.Namespace) -> int:
    key = SigningKey.load(chosen.key, passphrase=passphrase(chosen.key.stem, chosen.key))
    asked: dict[str, Any] = {
        "template": chosen.template,
        "blanks": dict(one.split("=", 1) for one in chosen.set),
        "target": chosen.target,
        "hours": chosen.hours,
    }
    if chosen.level is not None:
        asked["level"] = chosen.level
    body = json.dumps(asked, ensure_ascii=False).encode()
    request = build_request(
        key,
        # Whose name a request bears does not count here: the template says whose key this is.
        issuer=Issuer(path="vn", person="feed"),
        node=chosen.node,
        method="POST",
        path=DRAFT,
        body=body,
        now=SystemClock().now(),
    )
    draft = _post(chosen.url + DRAFT, body, {REQUEST_HEADER: request})
    envelope = sign(Kind.FILL, b64decode(draft["payload"]), [key])
    if chosen.save:
        chosen.save.write_bytes(envelope.to_bytes())
        return 0
    answer = _post(chosen.url + FILL, envelope.to_bytes(), {})
    print(json.dumps(answer))
    return 0


def _post(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The answer. Raises ValueError with the node's own sentence."""
    if not url.startswith(("https://", "http://")):
        raise ValueError(url)
    request = urllib.request.Request(  # noqa: S310  the scheme was looked at
        url, data=body, headers={"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  as above
            value: dict[str, Any] = json.loads(answer.read(ANSWER_MAX_BYTES))
            return value
    except urllib.error.HTTPError as error:
        text = error.read(ANSWER_MAX_BYTES).decode(errors="replace")
        raise ValueError(f"{error.code} {text}") from error


def _take(chosen: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    import django

    django.setup()
    from loa.alerts.order_templates import filling
    from loa.alerts.rules import OrderRefused

    with chosen.file.open("rb") as file:
        data = file.read(filling.FILL_MAX_BYTES + 1)
    try:
        order = filling.fill_take(data, by="loa feed")
    except OrderRefused as refusal:
        print(f"[{refusal.code}] {refusal}", file=sys.stderr)
        return 1
    print(order.pk)
    return 0
