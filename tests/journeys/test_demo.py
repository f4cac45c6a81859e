"""`make run`: everything comes up, Ctrl-C ends everything, a second run goes on."""

import json
import os
import signal
import stat
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.journeys.processes import alive, children_of, demo, programs, surroundings, until

pytestmark = pytest.mark.journey


@pytest.mark.long
def test_a_run_and_a_second_run(tmp_path: Path) -> None:
    env, log = surroundings(tmp_path), tmp_path / "log"
    with demo(env, log) as process:
        with urlopen(f"http://localhost:{env['LOA_WEB_PORT']}/", timeout=10) as page:
            assert "Nghe tại đây" in page.read().decode()
        accounts = tmp_path / "demo" / "accounts.json"
        assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
        first = json.loads(accounts.read_text())
        assert {person["role"] for person in first.values()} >= {"commune_officer", "auditor"}
        until(lambda: len(list(tmp_path.glob("players/*/player.db"))) == 3, 60, "three players")
        below = children_of(process.pid)
        assert len(below) >= 9
    assert not alive(below)
    with demo(env, log):
        assert json.loads(accounts.read_text()) == first


@pytest.mark.long
def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    with demo(surroundings(tmp_path), tmp_path / "log") as process:
        below = children_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with suppress(AssertionError):
            until(lambda: not alive(below), 30, "every child ends")
        assert programs(below) == []


@pytest.mark.long
def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket
    import subprocess

    from tests.journeys.processes import LOA, ROOT

    env = surroundings(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(env["LOA_WEB_PORT"])))
        other.listen()
        done = subprocess.run(
            [str(LOA), "demo"],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert env["LOA_WEB_PORT"] in done.stderr
    assert "LOA_WEB_PORT" in done.stderr
