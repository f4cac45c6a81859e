"""Ogg files that were joined end to end, without decoding them.

A radio programme or a recorder that was paused makes one file of several. ffmpeg decodes all of it
as the first part said: what has another codec, rate or number of channels is lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER_BYTES = 27
_FIRST = 0x02
_VORBIS, _OPUS, _FLAC, _SPEEX = b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   "


@dataclass(frozen=True, slots=True)
class Kind:
    """What a part of the file is coded as. Opus is always decoded at 48 kHz."""

    codec: str
    rate_hz: int
    channels: int


def parts(path: Path) -> list[Kind | None]:
    """The kind of each part, one for a file that was not joined; None where it is no sound that is
    known here. Reads the heads of pages only; stops at the first that is none."""
    found: list[Kind | None] = []
    heads = False
    for first, packet in _pages(path):
        if not first:
            heads = False
            continue
        kind = _kind(packet)
        if not heads:
            found.append(kind)
        elif found[-1] is None:  # another stream of the same part, beside pictures or a skeleton
            found[-1] = kind
        heads = True
    return found


def _pages(path: Path) -> Iterator[tuple[bool, bytes]]:
    """Of every page whether a stream begins with it, and then its content."""
    with path.open("rb") as file:
        while True:
            header = file.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES or header[:4] != b"OggS":
                return
            size = sum(file.read(header[26]))
            first = bool(header[5] & _FIRST)
            yield first, file.read(size) if first else b""
            if not first:
                file.seek(size, 1)


def _kind(packet: bytes) -> Kind | None:
    if packet.startswith(_VORBIS) and len(packet) >= 16:
        return Kind("vorbis", int.from_bytes(packet[12:16], "little"), packet[11])
    if packet.startswith(_OPUS) and len(packet) >= 10:
        return Kind("opus", 48_000, packet[9])
    if packet.startswith(_FLAC) and len(packet) >= 30:
        told = int.from_bytes(packet[27:30], "big")  # 20 bits of rate, 3 of channels
        return Kind("flac", told >> 4, (told >> 1 & 0x7) + 1)
    if packet.startswith(_SPEEX) and len(packet) >= 52:
        rate, channels = packet[36:40], packet[48:52]
        return Kind("speex", int.from_bytes(rate, "little"), int.from_bytes(channels, "little"))
    return None
