"""Looking at an uploaded recording before anything decodes it.

The first bytes settle which of the accepted containers the file is; ffmpeg is then told so and may
not take it for anything else. What is not one of them (a text, a playlist, a picture, a programme)
never reaches ffmpeg. Length and streams come from the header, then the first second is decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from loa.media.ffmpeg import FfmpegFailed, Input, run_ffmpeg
from loa.media.refusals import MediaRefused, broken, too_long, too_short

MAX_SECONDS = 7_200.0
MAX_BYTES = 500 * 1024**2
MIN_SECONDS = 0.3
_TIMEOUT_S = 20.0
_COUNT_TIMEOUT_S = 120.0

__all__ = ["MAX_BYTES", "MAX_SECONDS", "MediaRefused", "Probed", "demuxer_of", "opened", "probe"]

_AUDIO = re.compile(
    r"Stream #0:\d+.*?: Audio: (?P<codec>\w+).*?, (?P<rate>\d+) Hz, (?P<layout>[^,\n]+)"
)
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: ")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Probed:
    """What an accepted recording is. `seconds` is what its header says, or was counted."""

    source: Input
    codec: str
    seconds: float
    sample_rate_hz: int
    bytes: int


def probe(path: Path, *, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> Probed:
    """Inspect the file; raises `MediaRefused` with a sentence for people, `OSError` if unreadable.

    Accepted: mp3, wav, m4a, ogg (Vorbis, Opus, FLAC), flac and webm (a browser's own recording),
    of up to `max_seconds` and `max_bytes`. Nothing is written.
    """
    size = path.stat().st_size
    if size == 0:
        raise MediaRefused("empty", "Tệp rỗng, không có âm thanh. Hãy chọn tệp khác.")
    if size > max_bytes:
        raise MediaRefused(
            "too_large", f"Tệp lớn hơn {max_bytes // 1024**2} MB. Hãy nén hoặc cắt ngắn bản ghi."
        )
    source = opened(path)
    report = _first_second(source)
    audio = _AUDIO.search(report)
    if audio is None:
        raise broken()
    seconds = _header_seconds(report)
    if seconds is None:
        seconds = _counted_seconds(source, max_seconds)
    if seconds > max_seconds:
        raise too_long(max_seconds)
    if seconds < MIN_SECONDS:
        raise too_short()
    return Probed(source, audio["codec"], seconds, int(audio["rate"]), size)


def opened(path: Path) -> Input:
    """The file with the container its first bytes show; `MediaRefused` if it is not accepted."""
    with path.open("rb") as file:
        demuxer = demuxer_of(file.read(16))
    if demuxer is None:
        raise MediaRefused(
            "not_audio",
            "Tệp này không phải bản ghi âm. Hãy tải lên tệp mp3, wav, m4a, ogg, opus hoặc flac.",
        )
    return Input(path, demuxer)


def demuxer_of(head: bytes) -> str | None:
    """The ffmpeg demuxer for a file that begins so, or None for what is not accepted."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"fLaC":
        return "flac"
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    layer_three = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return "mp3" if head[:3] == b"ID3" or layer_three else None


def _first_second(source: Input) -> str:
    """ffmpeg's description of the file; a refusal if its first second cannot be decoded."""
    arguments = [*source.arguments(), "-map", "0:a:0", "-t", "1", "-f", "null", "-"]
    try:
        return run_ffmpeg(["-xerror", *arguments], timeout_s=_TIMEOUT_S)
    except FfmpegFailed as error:
        if _VIDEO.search(error.tail) and not _AUDIO.search(error.tail):
            raise MediaRefused(
                "no_audio", "Tệp chỉ có hình, không có tiếng. Hãy chọn tệp có âm thanh."
            ) from error
        raise broken() from error


def _header_seconds(report: str) -> float | None:
    found = _DURATION.search(report)
    if found is None:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def _counted_seconds(source: Input, max_seconds: float) -> float:
    """Length by walking the packets, without decoding, where the header does not tell."""
    last = [0.0]
    cut = ["-map", "0:a:0", "-t", str(max_seconds + 1), "-c", "copy", "-f", "null", "-"]
    try:
        run_ffmpeg(
            [*source.arguments(), *cut],
            timeout_s=_COUNT_TIMEOUT_S,
            on_seconds=lambda seconds: last.__setitem__(0, seconds),
        )
    except FfmpegFailed as error:
        raise broken() from error
    return last[0]
