"""A sink that keeps the time of a sound card and throws the sound away."""

from __future__ import annotations

from loa_player.mixer import Block
from loa_player.sinks.base import SampleClock


class NullSink:
    """For boards without sound and for measuring the player alone."""

    name = "null"

    def __init__(self, clock: SampleClock) -> None:
        self.clock: SampleClock = clock

    def write(self, block: Block) -> None:
        """Nothing to send."""

    def reopen(self) -> None:
        """Never needed."""

    def close(self) -> None:
        """Nothing to finish."""
