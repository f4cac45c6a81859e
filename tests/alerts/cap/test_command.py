"""`loa cap check` as an operator sees it."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from loa.alerts.cap import signing
from loa.config.cli import main
from loa.lib import clock
from loa_protocol.clock import ManualClock
from tests.alerts.cap.office import ALERT, NOW, but, certificate


def check(tmp_path: Path, *files: bytes, options: tuple[str, ...] = ()) -> int:
    names = []
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(data)
        names.append(str(path))
    with clock.using(ManualClock(NOW)):
        return main(["cap", "check", *options, *names])


def test_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, ALERT.encode()) == 0
    said = capsys.readouterr().out
    for words in ("KT-1", "khituong@example.vn", "20:00:00 25/11/2026", "Phường Ba Đình"):
        assert words in said
    assert "chỉ phát khi hai người ký" in said


def test_one_refused_file_fails_the_whole_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, ALERT.encode(), but("cap:1.2", "cap:1.1"), ALERT.encode()) == 1
    said = capsys.readouterr().out
    assert "[wrong_namespace]" in said
    assert said.count("KT-1") == 2


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cap", "check", str(tmp_path / "none.xml")]) == 1
    assert "[unreadable]" in capsys.readouterr().out


def test_signature_demanded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, made = certificate()
    pem = tmp_path / "office.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    options = ("--require-signature", "--trust", str(pem))
    assert check(tmp_path, ALERT.encode(), options=options) == 1
    assert "[unsigned]" in capsys.readouterr().out
    assert check(tmp_path, signing.sign(ALERT.encode(), key, made), options=options) == 0
    assert "được tin cậy" in capsys.readouterr().out


def test_control_letters_of_a_stranger_do_not_reach_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, but("Lũ lên nhanh", "Lũ\u202elên&#x9b;2Jnhanh")) == 0
    said = capsys.readouterr().out
    assert "\u202e" not in said
    assert "\x9b" not in said


def test_every_part_and_its_doubts_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = ALERT[ALERT.index("<info>") : ALERT.index("</alert>")]
    second = info.replace("Nước lên.", "Đây là diễn tập.").replace("Severe", "Extreme")
    assert check(tmp_path, but("</alert>", second + "</alert>")) == 0
    said = capsys.readouterr().out
    assert said.count("Thành lệnh") == 2
    assert "trong lời có nói diễn tập" in said
