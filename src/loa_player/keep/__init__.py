"""What a device must not lose with its store: kept a second time, in two copies beside it."""

from loa_player.keep.doubled import Doubled, Saved
from loa_player.keep.kept import Kept
from loa_player.keep.parts import PART_OF_FACT, PartName

__all__ = ["PART_OF_FACT", "Doubled", "Kept", "PartName", "Saved"]
