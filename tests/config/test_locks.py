"""What is installed is what was locked: every file by its hash, from no named registry."""

import json
import re
from pathlib import Path

import pytest

LOCKS = sorted(Path("requirements").glob("*.txt"))
PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ; [^\\]+)? \\$")
HASH = re.compile(r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_dependency_is_pinned_by_hash(lock: Path) -> None:
    lines = [
        line for line in lock.read_text().splitlines() if line and not line.lstrip().startswith("#")
    ]
    assert lines
    for number, line in enumerate(lines):
        assert PIN.match(line) or HASH.match(line), line
        if PIN.match(line):
            assert HASH.match(lines[number + 1]), line


def test_the_project_installs_by_those_hashes() -> None:
    assert "--require-hashes" in Path("Makefile").read_text()


def test_the_scripts_packages_are_locked_by_hash_and_name_no_registry() -> None:
    packages = json.loads(Path("package-lock.json").read_text())["packages"]
    locked = {name: one for name, one in packages.items() if name}
    assert locked
    assert all("integrity" in one and "resolved" not in one for one in locked.values())
    assert all(one.get("dev") for one in locked.values()), "nothing of npm is served"
