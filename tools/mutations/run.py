"""Break the reference rule by rule in a copy, and see which vector or script notices.

Each mutation runs in a process of its own that imports the copy. A mutation that no vector and no
script notices is a rule that a device may break and still pass: it is printed.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.mutations.mutation import SOURCES, Mutation
from tools.mutations.table import MUTATIONS

ROOT = SOURCES.parent
# A mutation that makes the reference turn for ever is noticed as well.
_LIMIT_S = 180
_PACKAGES = ("loa_protocol", "loa_player")


def survivors() -> tuple[int, list[str]]:
    """(tried, the rules that nothing noticed); prints each as it is judged."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = zip(MUTATIONS, pool.map(noticed, MUTATIONS), strict=True)
        unnoticed = [mutation.rule for mutation, by in found if _say(mutation, by) is None]
    return len(MUTATIONS), unnoticed


def _say(mutation: Mutation, by: str | None) -> str | None:
    print(f"{'UNNOTICED' if by is None else 'caught':9} {mutation.rule}: {by or ''}", flush=True)
    return by


def noticed(mutation: Mutation) -> str | None:
    """What noticed `mutation`; None if nothing did. Raises ValueError if the edit does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for package in _PACKAGES:
            shutil.copytree(SOURCES / package, copy / package)
        (copy / mutation.file).write_text(mutation.applied(), encoding="utf-8")
        command = [sys.executable, "-m", "tools.mutations.run"]
        surroundings = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"}
        try:
            judged = subprocess.run(
                command, cwd=ROOT, env=surroundings, capture_output=True, timeout=_LIMIT_S,
                text=True, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "it never ended"
    if judged.returncode == 0:
        return None
    said = (judged.stdout or judged.stderr).strip().splitlines()
    return said[-1] if said else "the reference did not start"


def _faults() -> Iterator[str]:
    """What the imported reference does otherwise than the vectors and scripts say."""
    from tests.player import script
    from tests.protocol import judge

    # No vector looks at the player.
    for vector in judge.vectors() if _verifier_is_broken() else ():
        verdict = judge.verdict(vector)
        if verdict != vector["expect"]:
            yield f"vector “{vector['name']}”: {verdict}"
    for one in script.document()["scripts"]:
        with tempfile.TemporaryDirectory() as folder:
            for fault in script.faults(one, Path(folder) / "device"):
                yield f"script “{one['name']}”: {fault[:120]}"


def _verifier_is_broken() -> bool:
    import loa_protocol

    copy = Path(loa_protocol.__file__).parent
    files = (path.relative_to(copy) for path in copy.rglob("*.py"))
    whole = SOURCES / "loa_protocol"
    return any((copy / file).read_bytes() != (whole / file).read_bytes() for file in files)


def main() -> int:
    """In the process of one mutation: 1 and the first fault, or 0."""
    logging.disable(logging.CRITICAL)
    fault = next(_faults(), None)
    if fault is not None:
        print(fault)
    return 0 if fault is None else 1


if __name__ == "__main__":
    sys.exit(main())
