"""A program that is kept running: what counts as its fall, and what does not."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loa.config.children import RESTART_MIN_S, Child


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    made = Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log")
    yield made
    made.kill()
    made.wait(time.monotonic() + 5)


def test_one_that_is_still_being_started_has_not_fallen(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor looked at a child in the middle of its start and counted a fall."""
    opened, looked = threading.Event(), threading.Event()
    real = subprocess.Popen

    def slow(*args: object, **options: object) -> object:
        opened.set()
        assert looked.wait(10)
        return real(*args, **options)  # type: ignore[call-overload]  # passed through as it came

    monkeypatch.setattr(subprocess, "Popen", slow)
    found: list[bool] = []

    def look() -> None:
        assert opened.wait(10)
        found.append(child.keep(time.monotonic()))
        looked.set()

    # It is this thread that starts it: the kernel ends a child with the thread that started it.
    looking = threading.Thread(target=look)
    looking.start()
    child.start()
    looking.join(10)

    assert found == [False]
    assert child.running
    assert not child.keep(time.monotonic() + 60)
    assert child.falls == 0


def test_one_that_ended_is_started_again_and_says_with_what_it_ended(tmp_path: Path) -> None:
    child = Child("brief", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "brief.log")
    child.start()
    child.wait(time.monotonic() + 30)
    now_s = time.monotonic()

    assert not child.keep(now_s)
    assert (child.falls, child.ended_with) == (1, 3)
    assert not child.keep(now_s + RESTART_MIN_S / 2)
    assert child.keep(now_s + RESTART_MIN_S)
    child.wait(time.monotonic() + 30)


def test_a_kill_from_outside_is_told_as_the_signals_number(child: Child) -> None:
    child.start()
    child.kill()
    child.keep(time.monotonic())

    assert (child.falls, child.ended_with) == (1, -9)
