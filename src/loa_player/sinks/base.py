"""What every sink promises."""

from __future__ import annotations

from typing import Protocol

from loa_player.mixer import Block


class SampleClock(Protocol):
    """Ties sample numbers to monotonic seconds."""

    stalls: int

    def instant_of(self, sample: int) -> float:
        """The monotonic second at which `sample` sounds."""

    def sample_at(self, instant_s: float) -> int:
        """The sample that sounds at the monotonic second `instant_s`."""

    def wait_for(self, sample: int) -> None:
        """Return when the block that begins at `sample` is wanted."""


class SinkError(Exception):
    """The sound cannot be sent. The text is for a person, in Vietnamese."""


class Sink(Protocol):
    """Takes every block in order, from the audio thread only."""

    name: str
    clock: SampleClock

    def write(self, block: Block) -> None:
        """Send one block. Raises SinkError when the device is gone."""

    def reopen(self) -> None:
        """Try again after a SinkError. Raises SinkError while the device is still gone."""

    def close(self) -> None:
        """Finish what is open. May be called twice."""
