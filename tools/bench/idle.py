"""What a whole node costs while nobody uses it: no device, no link, no officer."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from loa_lab.nation.nodes import Member
from tools.bench.line import Line, line

QUIET_S, SETTLE_LIMIT_S, WINDOW_S = 70.0, 900.0, 30.0
"""Longer than the worker's pieces of work rest: a new node makes the clips that loudspeakers hold,
some of them a minute after it began, and is not at rest before."""
CORE_AT_MOST_PCT = 5.0
PROCESSES = 7
"""The supervisor, web, device, gateway, lane and worker; the broker is a program of its own."""
SLEEPER = "import time\nwhile True: time.sleep(0.25)"


def idle_node(folder: Path) -> list[Line]:
    """Per cent of one core that `loa run` and everything it starts use at rest."""
    member = Member("vn/25", folder / "25")
    member.act(
        "prepare",
        path=member.path,
        keys=str(folder / "keys"),
        communes=["08911"],
        players=str(folder / "players"),
        outlets=1,
    )
    bare_pct = _bare()
    used_pct = _node(member, folder / "log")
    return [
        line(
            "idle_node",
            used_pct,
            "% of a core",
            baseline=max(bare_pct, 0.1),
            budget=CORE_AT_MOST_PCT,
            judged="value at most",
            note="web, devices', gateway, lane, worker, supervisor and broker together, one"
            " station without a device; the baseline is as many Python processes that wake up"
            " four times a second and do nothing",
        )
    ]


def _node(member: Member, log: Path) -> float:
    loa = str(Path(sys.executable).parent / "loa")
    with log.open("wb") as out:
        node = subprocess.Popen(
            [loa, "run"],
            env={**os.environ, **member.env},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _settle(member.data / "loa.sqlite3", node, log)
            return _used([node.pid])
        finally:
            node.send_signal(signal.SIGINT)
            node.wait(timeout=60)


def _settle(database: Path, node: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until nobody has written for QUIET_S. Raises RuntimeError where it ends, or is never at
    rest."""
    limit_s = time.monotonic() + SETTLE_LIMIT_S
    with closing(sqlite3.connect(database, timeout=20)) as watching:
        seen, since_s = -1, time.monotonic()
        while time.monotonic() - since_s < QUIET_S:
            (version,) = watching.execute("PRAGMA data_version").fetchone()
            if version != seen:
                seen, since_s = version, time.monotonic()
            if node.poll() is not None or time.monotonic() > limit_s:
                raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.2)


def _bare() -> float:
    sleepers = [subprocess.Popen([sys.executable, "-c", SLEEPER]) for _ in range(PROCESSES)]
    try:
        time.sleep(1)
        return _used([one.pid for one in sleepers])
    finally:
        for one in sleepers:
            one.kill()
            one.wait()


def _used(roots: list[int]) -> float:
    """Per cent of one core over WINDOW_S, of these processes and all below them."""
    before, began_s = _ticks(roots), time.monotonic()
    time.sleep(WINDOW_S)
    used = _ticks(roots) - before
    return 100 * used / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began_s)


def _ticks(roots: list[int]) -> int:
    """User and system time, in clock ticks, of the living processes at or below the roots."""
    parents: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))

    def mine(pid: int) -> bool:
        while pid in parents:
            if pid in roots:
                return True
            pid = parents[pid][0]
        return False

    return sum(ticks for pid, (_parent, ticks) in parents.items() if mine(pid))
