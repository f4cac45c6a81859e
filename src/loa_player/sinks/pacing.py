"""The sample clock of a sink that has no crystal of its own: the monotonic clock.

Sample n sounds at `instant_of(n)`. A block is asked for one lead before its first sample sounds,
so an order that is accepted now is heard after at most a block and the lead: 40 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from loa_player.audio import RATE_HZ

LEAD_S = 0.02
# A process that was held up longer than this (suspended, starved) starts its clock anew instead of
# racing through what it missed; a sound card would have run dry just the same.
STALL_S = 0.25


class Pacer:
    """Turns sample numbers into monotonic seconds and waits for them."""

    def __init__(
        self, monotonic_s: Callable[[], float], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._epoch_s = monotonic_s() + LEAD_S
        self.stalls = 0

    def instant_of(self, sample: int) -> float:
        """The monotonic second at which `sample` sounds."""
        return self._epoch_s + sample / RATE_HZ

    def sample_at(self, instant_s: float) -> int:
        """The sample that sounds at the monotonic second `instant_s`."""
        return round((instant_s - self._epoch_s) * RATE_HZ)

    def wait_for(self, sample: int) -> None:
        """Return when it is time to render the block that begins at `sample`."""
        wait_s = self.instant_of(sample) - LEAD_S - self._monotonic_s()
        if wait_s < -STALL_S:
            self._epoch_s -= wait_s
            self.stalls += 1
        elif wait_s > 0:
            self._sleep(wait_s)
