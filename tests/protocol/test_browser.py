"""The loudspeaker in the browser judges the published vectors and plans as every device does."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, cast

from tests.needs import program

ROOT = Path(__file__).parents[2]
SPEAKER = ROOT / "src" / "loa" / "web" / "static" / "loa" / "speaker"
PROTOCOL = ROOT / "docs" / "protocol"

# What the browser does not read: it asks its own node alone, so nothing of the parent's comes; a
# list of revoked keys that has shrunk takes nothing back there, for what was revoked stays so.
OTHERWISE = {
    "assignment: by the parent": "wrong_node",
    "a list of revoked keys that has shrunk": "accepted",
}


@cache
def published(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((PROTOCOL / f"{name}.json").read_text("utf-8")))


@cache
def judged() -> dict[str, Any]:
    """What the speaker's modules say, under node."""
    node = program("node", "nodejs")
    script = Path(__file__).with_name("browser.mjs")
    command = [node, str(script), str(SPEAKER), str(PROTOCOL)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return cast("dict[str, Any]", json.loads(done.stdout))


def test_it_accepts_and_refuses_what_every_device_does() -> None:
    verdicts = cast("dict[str, str]", judged()["verdicts"])
    expected = {v["name"]: v["expect"] for v in published("vectors")["vectors"]}
    assert len(verdicts) >= 18
    assert verdicts == {name: OTHERWISE.get(name, expected[name]) for name in verdicts}


def test_it_begins_the_slots_that_every_device_begins() -> None:
    slots = cast("dict[str, list[str]]", judged()["slots"])
    scripts = {s["name"]: s for s in published("scripts")["scripts"]}
    assert len(slots) >= 15
    for name, begun in slots.items():
        receipts = [r for r in scripts[name]["receipts"] if len(r["id"]) == 32]
        # A file that is missing, or a device that is off, is no reason of the plan's.
        planned = {r["id"] for r in receipts if r.get("reason") != "outside_session"}
        cut = {r["id"] for r in receipts if r["result"] == "interrupted"}
        assert set(begun) == planned | cut, name
