"""The benchmarks say what they found in one form. How fast it was is no test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tools.bench.__main__ import main
from tools.bench.line import line, percentile

KEYS = {"name", "value", "unit", "baseline", "ratio", "budget", "ok", "note"}


def test_one_benchmark_prints_and_keeps_its_line(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tools.bench", "--only", "normaliser", "--out", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (printed,) = done.stdout.splitlines()
    found = json.loads(printed)
    assert found.keys() == KEYS
    assert (found["name"], found["unit"], found["budget"]) == ("normaliser", "lines/s", 2000)
    assert found["ratio"] == pytest.approx(found["value"] / found["baseline"], rel=0.01)
    (kept,) = tmp_path.glob("*.jsonl")
    assert kept.read_text().splitlines() == [printed]
    assert [path.name for path in tmp_path.iterdir()] == [kept.name], "no scratch is left"


def test_a_name_that_is_none_is_refused_with_the_names_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])
    assert "player_memory" in capsys.readouterr().err


def test_a_missed_budget_is_not_ok() -> None:
    slow = line("x", 3.0, "ms", baseline=2.0, budget=1.0, judged="value at most")
    assert (slow.ok, slow.ratio) == (False, 1.5)
    assert line("x", 3.0, "ms", baseline=2.0, budget=1.6, judged="ratio at most").ok
    assert not line("x", 3.0, "1/s", baseline=9.0, budget=0.5, judged="ratio at least").ok
    assert line("x", 3.0, "ms", baseline=2.0).ok, "without a budget there is nothing to miss"
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
