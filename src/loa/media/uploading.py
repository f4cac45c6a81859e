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
class Note:
    """What stands beside an upload: whose it is, and how long it will be."""

    owner: str
    size: int


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
        own = sorted(
            (_age(note), note) for note in self._folder.glob("*.json") if _owner(note) == owner
        )
        for _written_s, note in own[: max(0, len(own) - PER_OWNER_MAX + 1)]:
            self._drop(note.stem)
        name = secrets.token_urlsafe(18)
        self._part(name).touch(mode=0o600)
        self._write_note(name, Note(owner, size))
        return Upload(name, 0, size, self._part(name))

    def get(self, name: str, *, owner: str) -> Upload:
        """How far it is. Raises UploadGone."""
        if not _NAME.fullmatch(name):
            raise UploadGone(name)
        try:
            note = _read(self._note(name))
            offset = self._part(name).stat().st_size
        except (OSError, ValueError) as error:
            raise UploadGone(name) from error
        if note.owner != owner:
            raise UploadGone(name)
        return Upload(name, offset, note.size, self._part(name))

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

    def _write_note(self, name: str, note: Note) -> None:
        """Whole or not at all: a full disk or a power cut leaves no half note."""
        aside = self._folder / f"{name}.new"
        try:
            aside.write_text(json.dumps({"owner": note.owner, "size": note.size}))
            aside.rename(self._note(name))
        except OSError:
            aside.unlink(missing_ok=True)
            self._part(name).unlink(missing_ok=True)
            raise

    def _drop(self, name: str) -> None:
        self._part(name).unlink(missing_ok=True)
        self._note(name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """By the age of each file: also of parts whose note is gone or cannot be read."""
        old_s = time.time() - KEPT_S
        for file in self._folder.iterdir():
            if file.suffix in (".json", ".part", ".new") and _age(file) < old_s:
                file.unlink(missing_ok=True)


def _read(file: Path) -> Note:
    """Raises OSError where it is not there, ValueError where it is no note."""
    value = json.loads(file.read_text())
    if not isinstance(value, dict):
        raise ValueError("not a note")
    owner, size = value.get("owner"), value.get("size")
    if not isinstance(owner, str) or not isinstance(size, int):
        raise ValueError("not a note")
    return Note(owner, size)


def _owner(file: Path) -> str | None:
    """Whose upload it is; None for a note that cannot be read or has just gone: it is swept by
    its age and stops nobody."""
    try:
        return _read(file).owner
    except (OSError, ValueError):
        return None


def _age(file: Path) -> float:
    """When it was last written, in seconds; now for what has just gone."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return time.time()
