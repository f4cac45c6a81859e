"""A small value on disk in two copies, each with a checksum and a generation.

The copies are written and made durable one after the other, so a power cut damages one at most;
the newest whole one counts. A bad sector under one copy harms nothing either.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(rb"loa-kept 1 ([0-9]{1,18}) ([0-9]{1,8}) ([0-9a-f]{64})\n")
_HEAD_MAX_BYTES = 128
BODY_MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Saved:
    """A value with its generation, which grows with every write."""

    generation: int
    body: bytes


class Doubled:
    """`<name>.1` and `<name>.2` in `folder`, mode 0600. Not thread-safe."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._copies = (folder / f"{name}.1", folder / f"{name}.2")

    def read(self) -> Saved | None:
        """The newest whole copy; None if no copy is whole. Never raises for what a copy holds."""
        found = [saved for saved in map(_read, self._copies) if saved is not None]
        return max(found, key=lambda saved: saved.generation, default=None)

    def is_even(self, saved: Saved) -> bool:
        """Whether both copies are whole and hold `saved`."""
        return all(_read(path) == saved for path in self._copies)

    def write(self, saved: Saved) -> None:
        """Both copies, one after the other, each durable before the next. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256(saved.body).hexdigest()
        head = f"loa-kept 1 {saved.generation} {len(saved.body)} {digest}\n".encode()
        fresh = not all(path.exists() for path in self._copies)
        for path in self._copies:
            _write(path, head + saved.body)
        if fresh:
            _sync_folder(self._folder)
            _sync_folder(self._folder.parent)

    def discard(self) -> None:
        """Neither copy counts any more."""
        for path in self._copies:
            path.unlink(missing_ok=True)


def _read(path: Path) -> Saved | None:
    try:
        with path.open("rb") as file:
            data = file.read(BODY_MAX_BYTES + _HEAD_MAX_BYTES)
    except OSError:
        return None  # missing, or its sectors cannot be read: the other copy counts
    head = _HEAD.match(data)
    if head is None:
        return None
    body = data[head.end() :]
    if len(body) != int(head[2]) or hashlib.sha256(body).hexdigest().encode() != head[3]:
        return None
    return Saved(int(head[1]), body)


def _write(path: Path, data: bytes) -> None:
    """In place: what is written needs no new room on a full card."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if os.fstat(file.fileno()).st_size != len(data):
            file.truncate(len(data))
        os.fdatasync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
