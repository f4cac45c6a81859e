"""What is installed is what was locked: every file by its hash, from no named registry."""

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
