"""Real player processes for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .fake_node import FakeNode


class PlayerProcess:
    """`loa-player run` on a folder of its own; may be killed and started again."""

    def __init__(self, node: FakeNode, folder: Path, outlet: str, *, sink: str = "wav") -> None:
        self.outlet = outlet
        self.data = folder / outlet
        self.wav = self.data / "wav"
        self._sink = sink
        self._claim = folder / f"{outlet}.json"
        self._claim.write_text(json.dumps(node.claim(outlet)))
        self._log = (folder / f"{outlet}.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, offset_s: float = 0.0) -> PlayerProcess:
        command = [sys.executable, "-m", "loa_player.cli", "-v", "run"]
        command += ["--data", str(self.data), "--sink", self._sink]
        command += ["--claim", str(self._claim), "--clock-demo"]
        environment = os.environ | {"LOA_CLOCK_OFFSET": str(offset_s)}
        self.process = subprocess.Popen(command, stderr=self._log, env=environment)
        return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.process = None
        return code

    def log_text(self) -> str:
        return Path(self._log.name).read_text()

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@contextmanager
def players(
    node: FakeNode, folder: Path, *outlets: str, sink: str = "wav"
) -> Iterator[list[PlayerProcess]]:
    """Players that are gone when the block ends, whatever happened in it."""
    made = [PlayerProcess(node, folder, outlet, sink=sink) for outlet in outlets]
    try:
        yield made
    finally:
        for one in made:
            one.close()
