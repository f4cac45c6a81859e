"""A centre and a province as real processes: linked, sent to, proved, and the centre killed.

The centre's database is PostgreSQL, the province's SQLite: one run shows both.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.processes import LOA, ROOT, surroundings
from tests.needs import program

pytestmark = [pytest.mark.journey, pytest.mark.postgres, pytest.mark.long]

ASKED = "nation --provinces 1 --backlog 300 --short"


def test_a_province_hears_the_centre_and_loses_nothing_when_it_dies(tmp_path: Path) -> None:
    program("pg_lsclusters", "postgresql")
    out = tmp_path / "nation"
    asked = f'{LOA} {ASKED} --out {out} --postgres "$LOA_DATABASE_URL"'
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/with_postgres.py"), "sh", "-c", asked],
        env=surroundings(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((out / "evidence.json").read_text())
    assert set(evidence) == {
        *("facts", "lag_p99_s", "catch_up", "aired", "reair_after_restore", "passed", "ground"),
    }
    facts = evidence["facts"]
    assert set(facts) == {"sent", "received", "applied", "lost", "duplicates_applied"}
    assert (facts["lost"], facts["duplicates_applied"]) == (0, 0)
    assert facts["sent"] == facts["received"] == facts["applied"] > 300
    assert {(one["commune"], one["outlets"]) for one in evidence["aired"]} == {("vn/25/08911", 1)}
    assert set(evidence["catch_up"]) == {"facts_per_s", "bare_per_s", "ratio"}
    assert set(evidence["aired"][0]) == {"bulletin", "commune", "outlets", "at"}
