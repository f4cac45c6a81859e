"""What a player is started with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loa_player.sinks import SinkKind


@dataclass(frozen=True, slots=True)
class Settings:
    """What a player is started with."""

    data: Path
    sink: SinkKind
    inputs: Mapping[str, str]
    alsa_device: str = "default"
    mute_switch: Path | None = None
    """A file that reads `1` while a switch at the device keeps its horn silent."""
