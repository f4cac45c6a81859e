"""The main job on real processes: written, voiced, approved, planned, played, proved.

With the broker killed half way, which changes nothing of what is heard, and with a player killed
while it plays.
"""

import json
import wave
from pathlib import Path

import pytest

from tests.journeys.processes import run, surroundings

pytestmark = [pytest.mark.journey, pytest.mark.alone]

TEXT = """Thông báo họp thôn

Mời bà con thôn Đoài họp lúc 19h30 ngày 27/11 tại nhà văn hóa. Nội dung: bình xét gia đình văn hóa
năm 2026, đóng góp 50.000 đồng/hộ làm đường. Điện thoại liên hệ: 0912.345.678.
"""
LIMIT_S = 240


@pytest.mark.parametrize("killed", ["broker", pytest.param("player", marks=pytest.mark.long)])
def test_a_bulletin_becomes_a_voice_with_proof(tmp_path: Path, killed: str) -> None:
    text, out = tmp_path / "tin.txt", tmp_path / "tour"
    text.write_text(TEXT, encoding="utf-8")
    argv = ["tour", "--text", str(text), "--out", str(out), "--commune", "08911"]
    done = run([*argv, "--kill", killed], surroundings(tmp_path), LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((out / "evidence.json").read_text())
    assert evidence["passed"] is True
    assert len(evidence["players"]) == 3
    segments = [player["segments"] for player in evidence["players"]]
    assert segments == ([2, 1, 1] if killed == "player" else [1, 1, 1])
    for player in evidence["players"]:
        assert player["receipt_verified"] is True
        with wave.open(player["wav"]) as sound:
            assert sound.getnframes() / sound.getframerate() == pytest.approx(
                player["media_seconds"], abs=1.0 if killed == "player" else 0.3
            )
    assert evidence["starts_apart_ms"] <= 30


def test_an_unknown_commune_is_refused_in_words(tmp_path: Path) -> None:
    argv = ["tour", "--out", str(tmp_path / "tour"), "--commune", "99999"]
    done = run(argv, surroundings(tmp_path), LIMIT_S)
    assert done.returncode == 1
    assert "99999" in done.stderr
