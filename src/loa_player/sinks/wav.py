"""A sink that writes what would sound: one Broadcast Wave file per run of a play.

Each file carries two times of its first sample in its `bext` chunk (EBU Tech 3285). TimeReference
is the player's own trusted time: the samples since midnight UTC, exact to the sample.
OriginatorReference is the machine's own clock (CLOCK_REALTIME), in decimal nanoseconds since 1970:
laid on one time line by that number, the files of several players on one machine show how far apart
they really started, whatever each believed. Files are written in real time; the sizes in the
header are brought up to date twice a second, and those a killed process left wrong are mended from
the file's length at the next start.
"""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from loa_player.audio import RATE_HZ, SAMPLE_BYTES
from loa_player.mixer import Block, Part
from loa_player.sinks.base import SampleClock, SinkError

_BEXT_BYTES = 602  # version 1, no coding history
_HEADER_BYTES = 12 + 8 + _BEXT_BYTES + 8 + 16 + 8
_RIFF_SIZE_AT = 4
_DATA_SIZE_AT = _HEADER_BYTES - 4
_HEADER_EVERY_SAMPLES = RATE_HZ // 2
FILES_KEPT = 200
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(slots=True)
class _Open:
    file: FileIO
    samples: int = 0
    in_header: int = 0


class WavSink:
    """`folder/<item>.<run>.wav` for every run, and nothing between plays."""

    name = "wav"

    def __init__(
        self,
        folder: Path,
        clock: SampleClock,
        trusted_of: Callable[[float], datetime],
        machine_ns_of: Callable[[float], int] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        mend_headers(folder)
        self.clock: SampleClock = clock
        self._folder = folder
        self._trusted_of = trusted_of
        self._machine_ns_of = machine_ns_of or machine_ns_of_monotonic
        self._open: dict[tuple[str, int], _Open] = {}

    def write(self, block: Block) -> None:
        """Append the stretches of `block` to the files of their runs."""
        try:
            for part in block.parts:
                self._write_part(block, part)
        except OSError as error:
            raise SinkError(
                f"Không ghi được tệp âm thanh vào {self._folder}: {error.strerror}. "
                "Hãy kiểm tra dung lượng và quyền ghi của thư mục."
            ) from error

    def reopen(self) -> None:
        """The next write tries the folder again."""

    def close(self) -> None:
        """Complete the headers of files still open."""
        for key in list(self._open):
            self._finish(key)

    def _write_part(self, block: Block, part: Part) -> None:
        key = (part.key, part.run)
        if part.first and part.samples:
            self._open[key] = self._begin(part, block.base + part.offset)
        opened = self._open.get(key)
        if opened is None:
            return
        start = part.offset * SAMPLE_BYTES
        opened.file.write(block.pcm[start : start + part.samples * SAMPLE_BYTES])
        opened.samples += part.samples
        if part.last:
            self._finish(key)
        elif opened.samples - opened.in_header >= _HEADER_EVERY_SAMPLES:
            _write_sizes(opened.file, opened.samples * SAMPLE_BYTES)
            opened.in_header = opened.samples

    def _begin(self, part: Part, sample: int) -> _Open:
        instant_s = self.clock.instant_of(sample)
        run = part.run
        while True:  # a run that was cut before its number was saved keeps its file
            path = self._folder / f"{_UNSAFE.sub('_', part.key)}.{run:02d}.wav"
            try:
                file = path.open("xb", buffering=0)  # a kill loses no sample that was sent
                break
            except FileExistsError:
                run += 1
        first_at, machine_ns = self._trusted_of(instant_s), self._machine_ns_of(instant_s)
        file.write(header(first_at, part.key, machine_ns))
        return _Open(file)

    def _finish(self, key: tuple[str, int]) -> None:
        opened = self._open.pop(key)
        with opened.file:
            _write_sizes(opened.file, opened.samples * SAMPLE_BYTES)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """A demonstration that runs for weeks must not fill the disk with what it played."""
        kept = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[:-FILES_KEPT]:
            path.unlink(missing_ok=True)


def machine_ns_of_monotonic(instant_s: float) -> int:
    """The machine's own clock at a monotonic second, in nanoseconds since 1970."""
    return time.time_ns() + round((instant_s - time.monotonic()) * 1e9)


def header(first_at: datetime, item: str, machine_ns: int) -> bytes:
    """RIFF, bext, fmt and an empty data chunk.

    `first_at` is the trusted time of sample 0, `machine_ns` the machine's clock then.
    """
    at = first_at.astimezone(UTC)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    since = round((at - midnight).total_seconds() * RATE_HZ)
    bext = struct.pack(
        "<256s32s32s10s8sIIH64s190s",
        item.encode()[:256],
        b"Loa",
        str(machine_ns).encode(),
        at.strftime("%Y-%m-%d").encode(),
        at.strftime("%H:%M:%S").encode(),
        since & 0xFFFFFFFF,
        since >> 32,
        1,
        b"",
        b"",
    )
    fmt = struct.pack("<HHIIHH", 1, 1, RATE_HZ, RATE_HZ * SAMPLE_BYTES, SAMPLE_BYTES, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", _HEADER_BYTES - 8, b"WAVE", b"bext", len(bext))
        + bext
        + struct.pack("<4sI", b"fmt ", len(fmt))
        + fmt
        + struct.pack("<4sI", b"data", 0)
    )


def mend_headers(folder: Path) -> int:
    """Bring the sizes in every header in line with its file; returns how many were wrong."""
    mended = 0
    for path in folder.glob("*.wav"):
        size = path.stat().st_size
        if size < _HEADER_BYTES:
            path.unlink()  # cut before the first sample: nothing was heard
            continue
        data_bytes = (size - _HEADER_BYTES) // SAMPLE_BYTES * SAMPLE_BYTES
        with path.open("r+b") as file:
            file.seek(_DATA_SIZE_AT)
            if int.from_bytes(file.read(4), "little") != data_bytes:
                file.truncate(_HEADER_BYTES + data_bytes)
                _write_sizes(file, data_bytes)
                mended += 1
    return mended


def _write_sizes(file: FileIO | BinaryIO, data_bytes: int) -> None:
    file.seek(_RIFF_SIZE_AT)
    file.write((_HEADER_BYTES - 8 + data_bytes).to_bytes(4, "little"))
    file.seek(_DATA_SIZE_AT)
    file.write(data_bytes.to_bytes(4, "little"))
    file.seek(_HEADER_BYTES + data_bytes)
