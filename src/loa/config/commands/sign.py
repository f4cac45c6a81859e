"""`loa sign`: read an order as it really is, and sign its exact bytes with a key in a file.

For officers who do not trust a browser, or whose browser lost its key: the console gives the draft
as a file (`{"kind", "payload"}`), this prints every word of it, and the line it ends with goes back
into the console's page. No server can show one text here and have another signed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loa.config.commands.keys import passphrase
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import DRILL_KINDS, Kind
from loa_protocol.payloads import parse_payload
from loa_protocol.refusals import Refused

DRAFT_MAX_BYTES = 64 * 1024


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa sign")
    parser.add_argument("draft", type=Path, help="the file that the console gave")
    parser.add_argument("--key", type=Path, required=True, help="your own key")
    parser.add_argument("--yes", action="store_true", help="sign without asking")
    chosen = parser.parse_args(argv)
    try:
        envelope = read_draft(chosen.draft)
        print(told(envelope), file=sys.stderr)
        if not chosen.yes and input("Gõ KÝ để ký: ").strip().upper() not in {"KÝ", "KY"}:
            print("Không ký.", file=sys.stderr)
            return 1
        key = SigningKey.load(chosen.key, passphrase=passphrase(chosen.key.stem, chosen.key))
    except (OSError, ValueError, TypeError, KeyError, Refused) as error:
        print(f"Không ký được: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"kid": key.kid, "sig": b64encode(key.sign(envelope.signing_input))}))
    return 0


def read_draft(path: Path) -> Envelope:
    """The unsigned order in a draft's file. Raises ValueError, KeyError."""
    data = path.read_bytes()
    if len(data) > DRAFT_MAX_BYTES:
        raise ValueError("tệp quá lớn")
    value = json.loads(data)
    return Envelope(Kind(value["kind"]), b64decode(value["payload"]))


def told(envelope: Envelope) -> str:
    """Everything that the bytes say, line by line."""
    doc = parse_payload(envelope.kind, envelope.payload)
    drill = envelope.kind in DRILL_KINDS
    lines = ["DIỄN TẬP" if drill else "LỆNH THẬT", f"Mã: {envelope.id}"]
    values: dict[str, Any] = doc.model_dump(mode="json", by_alias=True, exclude_none=True)
    lines += [
        f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()
    ]
    return "\n".join(lines)
