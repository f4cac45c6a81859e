"""A centre and a province as real processes: linked, sent to, proved, and the centre killed."""

import json
from pathlib import Path

import pytest

from tests.journeys.processes import run, surroundings

pytestmark = pytest.mark.journey


def test_a_province_hears_the_centre_and_loses_nothing_when_it_dies(tmp_path: Path) -> None:
    out = tmp_path / "nation"
    asked = ["nation", "--provinces", "1", "--backlog", "300", "--short", "--out", str(out)]
    done = run(asked, surroundings(tmp_path), 280)
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((out / "evidence.json").read_text())
    assert set(evidence) == {
        *("facts", "lag_p99_s", "catch_up", "aired", "reair_after_restore", "passed"),
    }
    facts = evidence["facts"]
    assert set(facts) == {"sent", "received", "applied", "lost", "duplicates_applied"}
    assert (facts["lost"], facts["duplicates_applied"]) == (0, 0)
    assert facts["sent"] == facts["received"] == facts["applied"] > 300
    assert {(one["commune"], one["outlets"]) for one in evidence["aired"]} == {("vn/25/08911", 1)}
    assert set(evidence["catch_up"]) == {"facts_per_s", "bare_per_s", "ratio"}
    assert set(evidence["aired"][0]) == {"bulletin", "commune", "outlets", "at"}
