"""How loud was what was really sent: BS.1770 integrated loudness of one play.

Measured by FFmpeg's ebur128 filter on the mixed samples, after volume and fades: 0.1 % of a core.
"""

from __future__ import annotations

from fractions import Fraction

import av
import av.filter

from loa_player.audio import RATE_HZ, samples_in

# The standard's own absolute gate: below it nothing counts as sound.
GATE_LUFS = -70.0
# A quarter second between looks at the filter: its own step is 100 ms.
_PUSH_SAMPLES = RATE_HZ // 4


class Meter:
    """Feed it all samples of one play in order, then ask `level_lufs`."""

    def __init__(self) -> None:
        graph = av.filter.Graph()
        graph.threads = 1  # its own threads would cost a megabyte each and help nothing
        self._source = graph.add_abuffer(
            sample_rate=RATE_HZ, format="s16", layout="mono", time_base=Fraction(1, RATE_HZ)
        )
        measure = graph.add("ebur128", "metadata=1")
        self._end = graph.add("abuffersink")
        self._source.link_to(measure)
        measure.link_to(self._end)
        graph.configure()
        self._graph = graph
        self._pushed = 0
        self._waiting = bytearray()
        self._integrated: float | None = None

    def feed(self, pcm: bytes) -> None:
        """Count `pcm`."""
        self._waiting += pcm
        if samples_in(self._waiting) >= _PUSH_SAMPLES:
            self._flush()

    def level_lufs(self) -> float | None:
        """Integrated loudness so far; None for silence or less than 400 ms."""
        self._flush()
        if self._integrated is None or self._integrated <= GATE_LUFS:
            return None
        return self._integrated

    def _flush(self) -> None:
        count = samples_in(self._waiting)
        if not count:
            return
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.sample_rate = RATE_HZ
        frame.pts = self._pushed
        frame.time_base = Fraction(1, RATE_HZ)
        frame.planes[0].update(_padded(self._waiting, frame.planes[0].buffer_size))
        self._waiting.clear()
        self._pushed += count
        self._source.push(frame)
        while True:
            try:
                measured = self._end.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            value = measured.metadata.get("lavfi.r128.I")
            if value is not None:
                self._integrated = float(value)


def _padded(data: bytearray, size: int) -> bytes:
    return bytes(data) + bytes(size - len(data))
