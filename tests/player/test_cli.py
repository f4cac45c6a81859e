"""The command line as a technician meets it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from loa_player.cli import main
from loa_player.health import OnAir, read_health

from .fake_node import FakeNode
from .rig import START


@pytest.fixture(autouse=True)
def _handlers_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)


def claim(node: FakeNode, folder: Path, **changes: object) -> Path:
    path = folder / "claim.json"
    path.write_text(json.dumps(node.claim("o-1") | changes))
    return path


def test_enrolling_makes_a_key_that_only_its_owner_reads(
    node: FakeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert main(["enrol", "--data", str(data), "--claim", str(claim(node, tmp_path))]) == 0
    for name in ("device.key", "player.db"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in (data / "player.db").read_bytes()
    capsys.readouterr()
    assert main(["status", "--data", str(data)]) == 0
    said = capsys.readouterr().out
    assert "Cụm loa o-1, đài station-08911" in said
    assert "Chưa có lịch phát" in said


def test_enrolling_again_with_the_same_key_is_harmless(node: FakeNode, tmp_path: Path) -> None:
    arguments = ["enrol", "--data", str(tmp_path / "d"), "--claim", str(claim(node, tmp_path))]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert len(node.devices) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "không đúng mẫu"),
        ("{}", "không đúng mẫu"),
        ('{"urls": [], "root_sha256": "' + "0" * 64 + '"}', "không đúng mẫu"),
        ("x" * 100_000, "quá lớn"),
    ],
)
def test_a_bad_claim_file_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    path = tmp_path / "claim.json"
    path.write_text(content)
    assert main(["enrol", "--data", str(tmp_path / "d"), "--claim", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "d")
    assert main(["run", "--data", data, "--sink", "null"]) == 2
    assert "chưa được ghép" in capsys.readouterr().err
    assert main(["status", "--data", str(tmp_path / "nothing")]) == 2
    assert main(["enrol", "--data", data]) == 2
    assert "Cần tệp ghép nối" in capsys.readouterr().err
    assert main(["enrol", "--data", data, "--claim", str(tmp_path / "no.json")]) == 2


def test_a_node_that_does_not_answer_is_a_matter_of_the_network(
    node: FakeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = claim(node, tmp_path)
    node.stop()
    assert main(["enrol", "--data", str(tmp_path / "d"), "--claim", str(path)]) == 2
    assert "kiểm tra mạng" in capsys.readouterr().err


def test_health_reads_what_the_board_offers_and_guesses_nothing(tmp_path: Path) -> None:
    sys = tmp_path / "sys"
    supply = sys / "class/power_supply/BAT0"
    supply.mkdir(parents=True)
    (supply / "type").write_text("Battery\n")
    (supply / "status").write_text("Discharging\n")
    (sys / "class/net/wlan0/wireless").mkdir(parents=True)
    (sys / "class/net/wlan0/operstate").write_text("up\n")
    (sys / "class/thermal/thermal_zone0").mkdir(parents=True)
    (sys / "class/thermal/thermal_zone0/temp").write_text("48250\n")

    def read(root: Path) -> dict[str, object]:
        health = read_health(
            OnAir("idle", None, None, 80),
            now=START,
            clock_error_s=0.0042,
            data=tmp_path,
            plan_version=7,
            refusals={"expired": 2},
            sys=root,
        )
        return health.model_dump()

    full, bare = read(sys), read(tmp_path / "none")
    assert (full["power"], full["network"], full["temperature_c"]) == ("battery", "wifi", 48)
    assert full["clock_error_ms"] == 4
    assert full["refusals"] == {"expired": 2}
    assert (bare["power"], bare["network"], bare["temperature_c"]) == ("unknown", None, None)
