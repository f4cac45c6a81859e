"""Write docs/protocol from loa_protocol; with --check say which files are stale.

Schemas, the AsyncAPI document and the test vectors are data; README.md is the template beside the
vectors' makers with tables filled in.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

TARGET = ROOT / "docs" / "protocol"


def generated() -> dict[str, str]:
    """The text of every file below docs/protocol, by its name there."""
    from loa_protocol import schemas
    from loa_protocol.kinds import Kind
    from tools.protocol import page, script, vectors

    files = {"README.md": page.render(), "vectors.json": _json(vectors.document())}
    files["scripts.json"] = _json(script.document())
    files["asyncapi.json"] = _json(schemas.asyncapi())
    files["schemas/envelope.json"] = _json(schemas.envelope_schema())
    for kind in Kind:
        files[f"schemas/{kind}.json"] = _json(schemas.payload_schema(kind))
    for name in schemas.MESSAGES:
        files[f"schemas/message-{name}.json"] = _json(schemas.message_schema(name))
    return files


def stale(files: dict[str, str]) -> list[str]:
    """The names of files that differ, are missing, or should not be there."""
    present = {str(path.relative_to(TARGET)): path for path in TARGET.rglob("*") if path.is_file()}
    differing = [
        name
        for name, text in files.items()
        if name not in present or present[name].read_text(encoding="utf-8") != text
    ]
    return sorted({*differing, *(present.keys() - files.keys())})


def write(files: dict[str, str]) -> None:
    """Bring docs/protocol up to date; what is no longer generated goes."""
    for name in stale(files):
        path = TARGET / name
        if name not in files:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8")
        print(f"docs/protocol/{name}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if stale")
    arguments = parser.parse_args()
    files = generated()
    if not arguments.check:
        write(files)
        return 0
    names = stale(files)
    for name in names:
        print(f"cũ so với loa_protocol, hãy chạy `make protocol`: docs/protocol/{name}")
    return 1 if names else 0


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
