"""Files by the hash of their content, in a folder.

A file is written under another name in the same file system, forced to disk, then renamed, and
its folder forced to disk too: what stands under a hash is whole, or not there. The same content
is kept once. Nothing is ever changed in place.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import IO

_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 1024 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MODE = 0o640


class StoreFull(OSError):
    """There is no room left; nothing was kept. `str()` is the sentence for people."""


class MediaMissing(LookupError):
    """No file of that hash is here."""


class MediaDamaged(Exception):
    """The file under a hash does not have that content any more."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A stored file: SHA-256 of its content in hex, and its size."""

    sha256: str
    bytes: int


class MediaStore:
    """The store in one folder, which is made if it is not there. Safe for many processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._work = folder / "tmp"
        self._work.mkdir(parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Where the file of that hash lies, or would lie; `ValueError` if it is no SHA-256."""
        if not _HASH.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str) -> bool:
        """True if the file is here."""
        return self.path_of(sha256).is_file()

    def put(self, source: Path) -> MediaFile:
        """Copy a file in. Raises `StoreFull` or `OSError`; then nothing is left behind."""
        with self._scratch() as (file, scratch):
            with source.open("rb") as origin, _room():
                shutil.copyfileobj(origin, file, _CHUNK_BYTES)
            file.close()
            return self._keep(scratch)

    def _keep(self, made: Path) -> MediaFile:
        """Give a finished file its name, both for good."""
        with made.open("rb") as file, _room():
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
        target = self.path_of(digest)
        if target.is_file() and target.stat().st_size == size:
            os.utime(target)  # young again: what forgets old files must not take it now
            made.unlink()
            return MediaFile(digest, size)
        with _room():
            target.parent.mkdir(parents=True, exist_ok=True)
            made.chmod(_MODE)
            made.replace(target)
            for folder in (target.parent, target.parent.parent, self.folder):
                _fsync_folder(folder)
        return MediaFile(digest, size)

    def is_older(self, sha256: str, moment: datetime) -> bool:
        """Whether the file was last put before `moment`, or is not here at all."""
        try:
            return self.path_of(sha256).stat().st_mtime < moment.timestamp()
        except FileNotFoundError:
            return True

    def remove(self, sha256: str) -> None:
        """Take the file away. One that is not here is no error."""
        self.path_of(sha256).unlink(missing_ok=True)

    def open(self, sha256: str) -> BufferedReader:
        """The file for reading; `MediaMissing` if it is not here."""
        try:
            return self.path_of(sha256).open("rb")
        except FileNotFoundError as error:
            raise MediaMissing(sha256) from error

    def info(self, sha256: str) -> MediaFile:
        """Hash and size; `MediaMissing` if it is not here."""
        try:
            return MediaFile(sha256, self.path_of(sha256).stat().st_size)
        except FileNotFoundError as error:
            raise MediaMissing(sha256) from error

    def verify(self, sha256: str) -> MediaFile:
        """Read the whole file; `MediaDamaged` if its content is not that of its hash."""
        with self.open(sha256) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise MediaDamaged(sha256)
            return MediaFile(sha256, os.fstat(file.fileno()).st_size)

    def sweep(self, *, older_than_s: float, now_s: float) -> int:
        """Remove what killed jobs left in the workroom before `now_s - older_than_s`; how many."""
        swept = 0
        for left in self._work.iterdir():
            if left.lstat().st_mtime < now_s - older_than_s:
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left)
                else:
                    left.unlink()
                swept += 1
        return swept

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[tuple[IO[bytes], Path]]:
        with _room():
            file = tempfile.NamedTemporaryFile(dir=self._work, delete=False)  # noqa: SIM115  closed below
        path = Path(file.name)
        try:
            yield file, path
        finally:
            with contextlib.suppress(OSError):  # closing flushes: what did not fit fails again here
                file.close()
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """Turn the ways a disk says that it is full into `StoreFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull(
                error.errno,
                "Ổ đĩa của máy chủ đã đầy nên chưa lưu được tệp. Hãy báo quản trị viên giải phóng"
                " dung lượng rồi thử lại.",
            ) from error
        raise


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
