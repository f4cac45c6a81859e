"""Uploads that go on where they stopped: pieces appended to one file, bounded, for one owner.

The name of an upload is random and its owner stands beside it, so that nobody writes into, or
takes, another's. What nobody finished within a day is swept.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIECE_MAX_BYTES = 1 << 20
PER_OWNER_MAX = 5
KEPT_S = 24 * 3600
_NAME = re.compile(r"[A-Za-z0-9_-]{20,40}")


class UploadGone(LookupError):
    """No such upload of this owner: never begun, taken already, or swept."""


class UploadRefused(ValueError):
    """`code`: too_large, not_here (another place in the file is next), too_long_a_piece."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: how much has come of how much."""

    name: str
    offset: int
    size: int
    file: Path

    @property
    def whole(self) -> bool:
        return self.offset == self.size


class Uploads:
    """The uploads in one folder."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self, *, owner: str, size: int) -> Upload:
        """A new, empty upload. What is too large is refused before a byte of it came."""
        if not 0 < size <= self._limit:
            raise UploadRefused("too_large")
        self._sweep()
        own = [note for note in self._folder.glob("*.json") if _note(note)["owner"] == owner]
        if len(own) >= PER_OWNER_MAX:
            self._drop(min(own, key=lambda note: note.stat().st_mtime).stem)
        name = secrets.token_urlsafe(18)
        self._part(name).touch(mode=0o600)
        self._note(name).write_text(json.dumps({"owner": owner, "size": size}))
        return Upload(name, 0, size, self._part(name))

    def get(self, name: str, *, owner: str) -> Upload:
        """How far it is. Raises UploadGone."""
        if not _NAME.fullmatch(name):
            raise UploadGone(name)
        try:
            note = _note(self._note(name))
            offset = self._part(name).stat().st_size
        except (OSError, ValueError) as error:
            raise UploadGone(name) from error
        if note["owner"] != owner:
            raise UploadGone(name)
        return Upload(name, offset, int(note["size"]), self._part(name))

    def append(self, name: str, *, owner: str, offset: int, piece: bytes) -> Upload:
        """Add a piece at `offset`, where the file ends now: a piece sent twice is seen."""
        found = self.get(name, owner=owner)
        if offset != found.offset:
            raise UploadRefused("not_here")
        if len(piece) > PIECE_MAX_BYTES or offset + len(piece) > found.size:
            raise UploadRefused("too_long_a_piece")
        handle = os.open(found.file, os.O_WRONLY)
        try:
            written = os.pwrite(handle, piece, offset)
        finally:
            os.close(handle)
        return Upload(name, offset + written, found.size, found.file)

    def drop(self, name: str, *, owner: str) -> None:
        """Forget an upload that was taken over, or that nobody wants."""
        self.get(name, owner=owner)
        self._drop(name)

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.part"

    def _note(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _drop(self, name: str) -> None:
        self._part(name).unlink(missing_ok=True)
        self._note(name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        old = time.time() - KEPT_S
        for note in self._folder.glob("*.json"):
            if note.stat().st_mtime < old:
                self._drop(note.stem)


def _note(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))
