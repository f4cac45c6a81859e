"""Starting the program itself, in surroundings of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

from tests.gateway.brokers import free_port

LOA = Path(sys.executable).parent / "loa"
ROOT = Path(__file__).parents[2]
PORTS = ("LOA_WEB_PORT", "LOA_DEVICE_PORT", "LOA_BROKER_PORT", "LOA_NATS_PORT")
T = TypeVar("T")


def surroundings(folder: Path) -> dict[str, str]:
    """An environment with its own data and free ports; nothing of the tests' own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return {
        **kept,
        "LOA_DATA": str(folder / "node"),
        **{name: str(free_port()) for name in PORTS},
    }


def run(
    argv: Sequence[str], env: dict[str, str], limit_s: float
) -> subprocess.CompletedProcess[str]:
    """One command of `loa` to its end."""
    return subprocess.run(
        [str(LOA), *argv],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


def until(find: Callable[[], T | None], limit_s: float, what: str) -> T:
    """Wait for a fact. Fails naming it past the limit."""
    end = time.monotonic() + limit_s
    while True:
        found = find()
        if found:
            return found
        assert time.monotonic() < end, what
        time.sleep(0.1)


@contextmanager
def demo(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`loa demo` until its first page answers; interrupted as by Ctrl-C at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(LOA), "demo"],
            env=env,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until(lambda: answers(env) or process.poll() is not None, 120, "the demo starts")
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)


def answers(env: dict[str, str]) -> bool:
    try:
        with urlopen(f"http://localhost:{env['LOA_WEB_PORT']}/song", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def children_of(pid: int) -> set[int]:
    """Every living process below `pid`."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(status.parent.name)
            found |= {child} | children_of(child)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def programs(pids: set[int]) -> list[str]:
    """What the living among them run, to be read in a failure."""
    found = []
    for pid in alive(pids):
        with suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            found.append(f"{pid} {state} {words}")
    return found
