"""A sink for a sound card, through `aplay` of alsa-utils.

A program of its own because FFmpeg's ALSA output keeps up to 0.7 s in the card, and an order must
be heard within 50 ms. The card's crystal sets the pace: writing waits until there is room, and the
sample clock follows what was written.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from typing import IO

from loa_player.audio import BLOCK_SAMPLES, RATE_HZ
from loa_player.mixer import Block
from loa_player.sinks.base import SampleClock, SinkError

BUFFER_US = 40_000
PERIOD_US = 10_000
_PIPE_BYTES = 4096  # the smallest that Linux gives: 43 ms
_LATENCY_S = (BUFFER_US / 1e6) / 2 + _PIPE_BYTES / 2 / RATE_HZ
# How much of a single late or early write the clock believes.
_SMOOTHING = 0.05
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", 1031)


class CardClock:
    """Learns from the writes when samples sound. The audio thread writes, others read."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._epoch_s: float | None = None
        self.stalls = 0

    def instant_of(self, sample: int) -> float:
        """The monotonic second at which `sample` sounds."""
        epoch_s = self._monotonic_s() if self._epoch_s is None else self._epoch_s
        return epoch_s + sample / RATE_HZ

    def sample_at(self, instant_s: float) -> int:
        """The sample that sounds at the monotonic second `instant_s`."""
        return round((instant_s - self.instant_of(0)) * RATE_HZ)

    def wait_for(self, sample: int) -> None:
        """The card does the waiting, in `wrote`."""

    def wrote(self, samples_before: int) -> None:
        """A write has just returned that was preceded by `samples_before` samples."""
        seen_s = self._monotonic_s() + _LATENCY_S - samples_before / RATE_HZ
        if self._epoch_s is None or abs(seen_s - self._epoch_s) > 0.25:
            self.stalls += self._epoch_s is not None
            self._epoch_s = seen_s
        else:
            self._epoch_s += (seen_s - self._epoch_s) * _SMOOTHING


class AlsaSink:
    """Feeds `aplay`. Dies with a SinkError when the card goes away."""

    name = "alsa"

    def __init__(
        self, device: str, monotonic_s: Callable[[], float], *, program: str = "aplay"
    ) -> None:
        found = shutil.which(program)
        if found is None:
            raise SinkError(
                "Không tìm thấy chương trình aplay. Hãy cài gói alsa-utils: "
                "sudo apt install alsa-utils"
            )
        self._command = [
            found, "-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1",
            "-D", device, f"--buffer-time={BUFFER_US}", f"--period-time={PERIOD_US}", "-",
        ]  # fmt: skip
        self._clock = CardClock(monotonic_s)
        self.clock: SampleClock = self._clock
        self._process, self._pipe = self._begin()

    def write(self, block: Block) -> None:
        """Send one block, waiting until the card has room."""
        try:
            rest = memoryview(block.pcm)
            while rest:
                rest = rest[self._pipe.write(rest) :]
        except OSError as error:
            raise SinkError(
                f"Không phát được ra card âm thanh ({error.strerror}). "
                "Hãy kiểm tra dây và thiết bị ALSA bằng lệnh: aplay -l"
            ) from error
        self._clock.wrote(block.base + BLOCK_SAMPLES)

    def reopen(self) -> None:
        """Start `aplay` anew: the card may be back."""
        self.close()
        self._process, self._pipe = self._begin()

    def close(self) -> None:
        """End `aplay`, letting it play what it has."""
        self._pipe.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _begin(self) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0
        )
        if process.stdin is None:
            raise SinkError("aplay không nhận dữ liệu.")
        fcntl.fcntl(process.stdin.fileno(), _SET_PIPE_SIZE, _PIPE_BYTES)
        return process, process.stdin
