"""`loa nation` (`make nation`): a centre and its provinces on this machine, without a browser.

Each node is a set of processes with its own database, broker and player; the lines between them
are seeded proxies that delay and lose. Bulletins and an order go down, proofs come up; one province
is cut off for a week of the injected clock, the centre is killed in the middle of a transfer, a
province comes back from a backup. Writes `var/nation/evidence.json`. What it measures was measured
here, never in a field.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loa_lab.evidence import TourFailed
from loa_lab.nation.evidence import OUT, Run


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa nation")
    parser.add_argument("--provinces", type=int, default=3, choices=(1, 2, 3))
    parser.add_argument("--backlog", type=int, default=1000, help="facts during the cut")
    parser.add_argument(
        "--short", action="store_true", help="link, send, prove, kill; no week, no restore"
    )
    parser.add_argument(
        "--postgres", default="", metavar="URL", help="the centre's database on this server"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the evidence is left")
    chosen = parser.parse_args(argv)
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    # On the disk of the checkout and not in /tmp, which may be memory: commits must reach a disk.
    with tempfile.TemporaryDirectory(prefix="ground-", dir=chosen.out) as folder:
        run = Run(
            chosen.provinces,
            chosen.backlog,
            Path(folder).absolute(),
            chosen.out,
            short=chosen.short,
            server=chosen.postgres,
        )
        return _run(run)


def _run(run: Run) -> int:
    from loa_lab.nation.steps import drive

    failed = None
    try:
        drive(run)
        failed = "; ".join(run.evidence.faults(run.provinces, short=run.short)) or None
    except TourFailed as failure:
        failed = str(failure)
    run.evidence.passed = failed is None
    run.write(failed)
    print((run.out / "evidence.json").read_text())
    if failed:
        print(f"  Không đạt: {failed}", file=sys.stderr)
    print(f"  {'Đạt' if run.evidence.passed else 'Không đạt'}: {run.out / 'evidence.json'}")
    return os.EX_OK if run.evidence.passed else 1
