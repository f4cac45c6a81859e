"""A file that holds room on the disk, to be given up when an urgent order finds none.

The database of a full disk cannot commit; an order must. The reserve is a plain file of zeros
beside the database: deleting it makes room for many orders, and the lane writes it again once
there is space.
"""

import os
import shutil
from pathlib import Path

RESERVE_BYTES = 64 << 20
KEEP_FREE_BYTES = 256 << 20
"""Made again only where this much stays free beside it."""
_NAME = "reserve.disk"


def ensure(folder: Path) -> bool:
    """Hold the reserve if there is room for it; returns whether it is held."""
    path = folder / _NAME
    if path.exists() and path.stat().st_size >= RESERVE_BYTES:
        return True
    if shutil.disk_usage(folder).free < RESERVE_BYTES + KEEP_FREE_BYTES:
        return False
    try:
        with path.open("wb") as file:
            # Allocated, not sparse: a hole would hold nothing.
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True


def release(folder: Path) -> bool:
    """Give the room up; returns whether there was any."""
    path = folder / _NAME
    if not path.exists():
        return False
    path.unlink()
    return True
