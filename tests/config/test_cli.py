"""The commands that need no database, as an operator types them."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loa.config import cli
from loa.config.cli import BY_THE_NODE_S_CLOCK

LOA = Path(sys.executable).parent / "loa"


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """A command that runs in the test's own process tightens its mask."""
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def loa(*argv: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(LOA), *argv], input=text, capture_output=True, timeout=60, check=False
    )


def test_help_names_every_command() -> None:
    from loa.config.cli import commands

    told = loa("--help")
    assert told.returncode == 0
    assert all(name in told.stderr.decode() for name in commands())
    assert loa("no-such-command").returncode == 2


@pytest.mark.parametrize(
    "name", ["web", "device", "gateway", "lane", "worker", *sorted(BY_THE_NODE_S_CLOCK)]
)
def test_help_needs_no_database(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_use_the_node_s_clock", lambda: pytest.fail("it was opened"))
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"loa {name}" in capsys.readouterr().out


def test_a_node_without_tables_is_told_how_to_make_them(tmp_path: Path) -> None:
    others = {"LOA_DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    place = {k: v for k, v in os.environ.items() if k not in others} | {"LOA_DATA": str(tmp_path)}
    said = subprocess.run(
        [str(LOA), "places", "find", "Tam"], env=place, capture_output=True, timeout=60, check=False
    )
    assert said.returncode == 1
    assert "loa manage migrate" in said.stderr.decode()
    assert "Traceback" not in said.stderr.decode()


def test_a_data_folder_that_was_made_open_is_closed_to_others(tmp_path: Path) -> None:
    """The database holds live sessions: neither it nor anything else is for the machine's users."""
    folder = tmp_path / "node"
    folder.mkdir()
    folder.chmod(0o755)
    others = {"LOA_DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    place = {k: v for k, v in os.environ.items() if k not in others} | {"LOA_DATA": str(folder)}
    touch = f"from pathlib import Path; Path({str(folder)!r}, 'log').mkdir(); connection.connect()"
    said = subprocess.run(
        [str(LOA), "manage", "shell", "--command", f"from django.db import connection; {touch}"],
        env=place,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr.decode()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    assert modes["node"] == 0o750
    assert modes["log"] == 0o700
    assert modes["loa.sqlite3"] == 0o600


def test_spoken_gives_a_line_for_a_line() -> None:
    said = loa("spoken", text="Họp lúc 7h30.\n\nGọi 1022.\n".encode())
    lines = said.stdout.decode().split("\n")
    assert lines == ["Họp lúc bảy giờ ba mươi phút.", "", "Gọi một không hai hai.", ""]


def test_voice_makes_both_files_and_shows_how_far_it_is(tmp_path: Path) -> None:
    made = loa("voice", "--out", str(tmp_path / "tin"), text="Mời bà con họp thôn.".encode())
    assert made.returncode == 0, made.stderr.decode()
    assert {path.suffix for path in tmp_path.iterdir()} == {".opus", ".mp3"}
    assert "100 %" in made.stderr.decode()


def test_what_cannot_be_voiced_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    for text in (b"", b"\x00\x01\x02\xff", b"x" * 30_000):
        refused = loa("voice", "--out", str(tmp_path / "tin"), text=text)
        assert refused.returncode == 1
        assert refused.stderr.decode().strip().endswith(".")
    assert not list(tmp_path.iterdir())
