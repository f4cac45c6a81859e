"""Files by their content: fetched by range, checked, and never half there.

A file in `media/` is whole and its hash was right when it was put there. What is being fetched
lives in `media/part/` under the same name and is continued after a cut. The way in is: write,
fsync, hash, rename, fsync the folder. The hash is checked again before a file is opened for
playing, because cards rot.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

_NAME = re.compile(r"[0-9a-f]{64}")
_HASH_PIECE_BYTES = 256 * 1024
# The greatest file a device takes when nobody said how long it is (a relay's fallback).
UNKNOWN_MAX_BYTES = 64 * 1024 * 1024
# Kept free for the store, whose commits matter more than any programme.
RESERVE_BYTES = 16 * 1024 * 1024


class MediaError(Exception):
    """A file could not be brought. `reason` is one of the protocol's names."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MediaStream:
    """Bytes of a file from `start` on, which is what was asked for, or 0."""

    start: int
    pieces: Iterator[bytes]


class Source(Protocol):
    """Where bytes come from."""

    def open_media(self, sha256: str, start: int) -> AbstractContextManager[MediaStream]:
        """The file from byte `start` on. Raises FileNotFoundError when the other side does not
        have it, other OSErrors when the line fails, then or while reading.
        """


class MediaCache:
    """One folder. `fetch` and `evict` belong to one thread; the rest may come from any."""

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 4 * 1024**3,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._folder = folder
        self._parts = folder / "part"
        self._parts.mkdir(parents=True, exist_ok=True)
        self._max_bytes = max_bytes
        self._free_bytes = free_bytes or (lambda path: shutil.disk_usage(path).free)

    def path_of(self, sha256: str) -> Path:
        """Where the file is, or would be."""
        if _NAME.fullmatch(sha256) is None:
            raise ValueError("not a SHA-256 in lowercase hex")
        return self._folder / sha256

    def has(self, sha256: str) -> bool:
        """Whether the whole file is there (its hash was right when it came)."""
        return self.path_of(sha256).is_file()

    def checked(self, sha256: str) -> Path:
        """The file's path after its hash was checked once more, for playing now.

        Raises MediaError media_missing, or media_mismatch after having thrown the bad file away so
        that it is fetched again.
        """
        path = self.path_of(sha256)
        try:
            digest = _hash_of(path)
        except FileNotFoundError as error:
            raise MediaError("media_missing", sha256) from error
        except OSError as error:
            raise MediaError("media_missing", f"{sha256}: {error}") from error
        if digest != sha256:
            path.unlink(missing_ok=True)
            raise MediaError("media_mismatch", sha256)
        os.utime(path)  # the time of last use, for `evict`
        return path

    def fetch(self, sha256: str, size: int, source: Source, keep: Collection[str]) -> None:
        """Bring the file if it is not there. `size` 0 means unknown; `keep` is never evicted.

        Raises MediaError: store_full, media_missing, media_mismatch; OSError when the line fails
        (what came is kept and continued next time).
        """
        if self.has(sha256):
            return
        limit = size or UNKNOWN_MAX_BYTES
        part = self._parts / sha256
        have = part.stat().st_size if part.exists() else 0
        if have > limit:
            part.unlink()
            have = 0
        self._make_room((size or 0) - have, keep)
        try:
            self._append(part, sha256, have, limit, source)
            self._accept(part, sha256)
        except FileNotFoundError as error:
            raise MediaError("media_missing", sha256) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                part.unlink(missing_ok=True)
                raise MediaError("store_full", str(error)) from error
            raise

    def used_bytes(self) -> int:
        """What the whole and the half files take."""
        return sum(p.stat().st_size for p in self._files()) + sum(
            p.stat().st_size for p in self._parts.iterdir()
        )

    def drop_parts(self, wanted: Collection[str]) -> None:
        """Throw away half files that nobody needs any more."""
        for part in self._parts.iterdir():
            if part.name not in wanted:
                part.unlink(missing_ok=True)

    def drop(self, unwanted: Collection[str]) -> None:
        """Delete these files, if they are here."""
        for sha256 in unwanted:
            self.path_of(sha256).unlink(missing_ok=True)

    def _append(self, part: Path, sha256: str, have: int, limit: int, source: Source) -> None:
        if have == limit:
            return
        with part.open("ab") as file, source.open_media(sha256, have) as stream:
            if stream.start != have:
                file.truncate(stream.start)
            written = stream.start
            for piece in stream.pieces:
                written += len(piece)
                if written > limit:
                    file.truncate(0)
                    raise MediaError("media_mismatch", f"{sha256} is longer than {limit} bytes")
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def _accept(self, part: Path, sha256: str) -> None:
        if _hash_of(part) != sha256:
            part.unlink()
            raise MediaError("media_mismatch", sha256)
        part.rename(self.path_of(sha256))
        _sync_folder(self._folder)

    def _make_room(self, needed: int, keep: Collection[str]) -> None:
        """Evict the longest unused files outside `keep` until `needed` bytes fit."""
        files = sorted(self._files(), key=lambda p: p.stat().st_mtime)
        over = self.used_bytes() + needed - self._max_bytes
        short = needed + RESERVE_BYTES - self._free_bytes(self._folder)
        missing = max(over, short)
        for path in files:
            if missing <= 0:
                return
            if path.name in keep:
                continue
            missing -= path.stat().st_size
            path.unlink(missing_ok=True)
            log.info("Bỏ tệp lâu không dùng %s để lấy chỗ", path.name)
        if missing > 0:
            raise MediaError("store_full", f"{missing} bytes short")

    def _files(self) -> list[Path]:
        return [p for p in self._folder.iterdir() if p.is_file() and _NAME.fullmatch(p.name)]


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_HASH_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
