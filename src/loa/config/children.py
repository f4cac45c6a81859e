"""Child processes that never outlive their parent and are restarted when they fall."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
RESTART_MIN_S, RESTART_MAX_S = 0.5, 30.0
GRACE_S = 8.0
LOG_MAX_BYTES = 16 << 20
"""A log is begun anew beyond this; the former one is kept beside it as `.1`."""


def _die_with_parent() -> None:
    """In the child, before exec: be terminated by the kernel when the parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One program to keep running, with its log file."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _out: IO[bytes] | None = None
    ended_with: int | None = None
    """The exit code of its last end by itself; negative is a signal's number."""
    _failures: int = 0
    _again_at: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._out = self._out or self.log.open("ab")
        self._process = subprocess.Popen(
            self.argv,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  the supervisor has one thread
        )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def falls(self) -> int:
        """How often it has ended by itself."""
        return self._failures

    def keep(self, now_s: float) -> bool:
        """Restart it if it has ended, after a growing pause. Returns whether it was restarted.

        One that is still being started, by another thread, has not ended.
        """
        if self._process is None or self.running:
            return False
        if not self._again_at:
            self.ended_with = self._process.returncode
            self._failures += 1
            wait_s = min(RESTART_MAX_S, RESTART_MIN_S * 2 ** (self._failures - 1))
            self._again_at = now_s + wait_s
        if now_s < self._again_at:
            return False
        self._again_at = 0.0
        self.start()
        return True

    def keep_log_short(self, most_bytes: int = LOG_MAX_BYTES) -> bool:
        """Begin the log anew when it is too long; whether it was. The program goes on writing into
        the same file, at its new end."""
        if not self.log.exists() or self.log.stat().st_size <= most_bytes:
            return False
        shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
        os.truncate(self.log, 0)
        return True

    def kill(self) -> None:
        """End it at once, as a power cut would; `keep` starts it again."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> None:
        if self.running and self._process:
            self._process.terminate()

    def wait(self, until_s: float) -> None:
        """Wait for the end; past `until_s` (monotonic) kill it and everything it started."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.1, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._out:
            self._out.close()
            self._out = None


def stop_all(children: Sequence[Child]) -> None:
    """Terminate and wait for all; the first, which the others talk to, goes last."""
    for group in (children[1:], children[:1]):
        for child in reversed(group):
            child.terminate()
        until_s = time.monotonic() + GRACE_S
        for child in reversed(group):
            child.wait(until_s)
