"""`python -m tools.bench [--only NAME]`: JSON lines on standard output and in `var/bench/`.

Every benchmark runs in a process of its own, so that none inherits another's memory or caches. A
missed budget prints `"ok": false`; the exit code is 1 only if a benchmark could not run.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tools.bench.line import Line

OUT = Path("var/bench")
BENCHMARKS = {
    "speech_to_file": "speech",
    "plan_build_500": "plans",
    "plan_build_1_changed": "plans",
    "player_memory": "player",
    "player_cpu": "player",
    "order_acceptance_device": "acceptance",
    "plan_acceptance_device": "acceptance",
    "normaliser": "normaliser",
    "receipts_store": "receipts",
    "pages": "pages",
    "rollup": "rollup",
    "urgent_sounding_1000": "urgent",
    "urgent_bytes_10000": "urgent",
    "link_catch_up": "links",
    "link_effects": "effects",
    "link_fact": "links",
    "centre_idle": "links",
    "idle_node": "idle",
}
"""Name to the module that has a function of that name: a scratch folder in, lines out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one benchmark, or all one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--only", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--out", type=Path, default=OUT, help="where the lines are also kept")
    chosen = parser.parse_args(argv)
    if chosen.only:
        return _run(chosen.only, chosen.out)
    failed = [
        name
        for name in BENCHMARKS
        if subprocess.run(
            [sys.executable, "-m", "tools.bench", "--only", name, "--out", str(chosen.out)],
            check=False,
        ).returncode
    ]
    if failed:
        print(f"could not run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, out: Path) -> int:
    logging.disable(logging.WARNING)
    measure: Callable[[Path], list[Line]] = getattr(
        import_module(f"tools.bench.{BENCHMARKS[name]}"), name
    )
    out.mkdir(parents=True, exist_ok=True)
    # Beside the results and not in /tmp, which may be memory: a durable commit must reach a disk.
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=out) as folder:
        found = measure(Path(folder).absolute())
    kept = out / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
    with kept.open("a", encoding="utf-8") as file:
        for one in found:
            print(one.to_json(), flush=True)
            file.write(one.to_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
