"""`loa drill` (`make drill`): an urgent order from two key files to five hundred loudspeakers.

A node, a broker, two real players and simulated devices in three communes, on this machine: the
order, the late ones, a red team with the broker's own rights, the stop, the correction, the end.
Writes `var/drill/evidence.json`. What it measures was measured here, never in a field.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loa_lab.drill.evidence import OUT, Drill, TourFailed
from loa_lab.tour.command import surround


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa drill")
    parser.add_argument("--swarm", type=int, default=500, help="simulated devices, 60 to 2000")
    parser.add_argument("--late", type=int, default=10, help="of these, how many are off at first")
    parser.add_argument("--commune", default="08911", help="official commune code, 5 digits")
    parser.add_argument("--out", type=Path, default=OUT, help="where the evidence is left")
    chosen = parser.parse_args(argv)
    if not 60 <= chosen.swarm <= 2000 or not 1 <= chosen.late <= 20:
        parser.error("--swarm 60..2000, --late 1..20")
    logging.disable(logging.WARNING)  # five hundred devices each say what they refuse
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    # On the disk of the checkout and not in /tmp, which may be memory: devices commit durably.
    with tempfile.TemporaryDirectory(prefix="ground-", dir=chosen.out) as folder:
        place = Path(folder).absolute()
        drill = Drill(chosen.swarm, chosen.late, chosen.commune, place, chosen.out)
        surround(place)
        return _run(drill)


def _run(drill: Drill) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    from loa.config.supervisor import NotStarted
    from loa_lab.drill.steps import drive

    failed = None
    try:
        drive(drill)
        faults = drill.evidence.faults(drill.late)
        failed = "; ".join(faults) or None
    except (TourFailed, NotStarted, TimeoutError) as failure:
        failed = str(failure)
    drill.evidence.passed = failed is None
    drill.write(failed)
    print((drill.out / "evidence.json").read_text())
    if failed:
        print(f"  Không đạt: {failed}", file=sys.stderr)
    print(f"  {'Đạt' if drill.evidence.passed else 'Không đạt'}: {drill.out / 'evidence.json'}")
    return os.EX_OK if drill.evidence.passed else 1
