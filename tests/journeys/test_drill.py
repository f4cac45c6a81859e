"""The whole drill on real processes: node, broker, two players, simulated poles, a red team."""

import json
from pathlib import Path

import pytest

from tests.journeys.processes import run, surroundings

pytestmark = [pytest.mark.journey, pytest.mark.alone, pytest.mark.long]

KEYS = {
    "targeted",
    "accepted",
    "sounding_p50_s",
    "sounding_p99_s",
    "outside_scope",
    "duplicate_starts",
    "red_team",
    "stop_p99_s",
    "correction_p99_s",
    "late_caught_up",
    "expired_played",
    "hostile_device",
    "implausible_receipts",
    "acts",
    "passed",
}


AS_A_MACHINE = {
    "unsigned",
    "signer_unknown",
    "signature_bad",
    "signature_place",
    "sender_unknown",
    "unknown_token",
    "bad_blank",
}
"""Refusals of false CAP messages and fills, at the node's own doors."""


def test_an_order_reaches_every_pole_inside_and_nothing_forged_sounds(tmp_path: Path) -> None:
    out = tmp_path / "drill"
    done = run(["drill", "--swarm", "60", "--out", str(out)], surroundings(tmp_path), 240)
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((out / "evidence.json").read_text())
    assert set(evidence) == KEYS
    assert evidence["passed"] is True
    assert evidence["targeted"] == evidence["accepted"] == 42
    assert (evidence["outside_scope"], evidence["duplicate_starts"]) == (0, 0)
    assert (evidence["late_caught_up"], evidence["expired_played"]) == (10, 0)
    hostile, lies = evidence["hostile_device"], evidence["implausible_receipts"]
    assert hostile["connected_after"] is True
    assert (hostile["connected"], hostile["retained"]) == (hostile["devices"], 0)
    assert hostile["sent"] > 3000
    assert (lies["sent"], lies["counted"]) == (6, 0)
    acts = evidence["acts"]
    assert acts["walks"] == acts["presses"] == 5
    assert (acts["wrong_ends"], acts["right_ends"]) == (0, 5 * 40)
    red = evidence["red_team"]
    assert set(red) == {"tried", "sounded", "refusals"}
    assert red["sounded"] == 0
    assert red["tried"] == sum(red["refusals"].values()) > 10_000
    assert len(red["refusals"]) >= 20
    assert set(red["refusals"]) >= AS_A_MACHINE
    assert evidence["stop_p99_s"] <= 5
