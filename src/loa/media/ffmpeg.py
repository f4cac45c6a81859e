"""ffmpeg, and the only place that starts it.

The binary is `LOA_FFMPEG` if set, else that of the imageio-ffmpeg wheel. Every run is bounded
(`loa.lib.process`), reads nothing but local files, and is told the container format instead of
guessing it: a playlist, a concat script or an address inside a file is never followed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from loa.lib.process import Completed, ProcessError, run_limited

MEMORY_BYTES = 2 * 1024**3
"""Address space, not use: threads reserve much and touch little (measured: 40 MB resident)."""

OUTPUT_BYTES = 4 * 1024**2
_CODECS = (
    "mp3,mp3float,aac,alac,vorbis,libvorbis,opus,libopus,flac,pcm_s16le,pcm_s24le,pcm_s32le,"
    "pcm_u8,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,"
    "amrnb,amrwb,libopencore_amrnb,libopencore_amrwb"
)

Progress = Callable[[float], None]


class FfmpegFailed(Exception):
    """A run that did not end well: `timed_out` for its limits of time, `.tail` its last words."""

    def __init__(self, error: ProcessError) -> None:
        super().__init__(str(error))
        self.reason = error
        self.tail = error.tail


@dataclass(frozen=True, slots=True)
class Input:
    """A local file and the one container format it is taken for."""

    path: Path
    demuxer: str

    def arguments(self) -> list[str]:
        """The options that open it and nothing else."""
        return [
            *("-protocol_whitelist", "file"),
            *("-format_whitelist", self.demuxer),
            *("-codec_whitelist", _CODECS),
            *("-f", self.demuxer),
            *("-i", f"file:{self.path.resolve()}"),
        ]


@cache
def ffmpeg_path(configured: str | None = None) -> str:
    """The ffmpeg to run; `configured` defaults to `LOA_FFMPEG`."""
    return configured or os.environ.get("LOA_FFMPEG") or str(imageio_ffmpeg.get_ffmpeg_exe())


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    timeout_s: float,
    file_bytes: int | None = None,
    on_seconds: Progress | None = None,
) -> str:
    """Run ffmpeg with these arguments and give what it wrote on standard error.

    `on_seconds` is told, while it works, how many seconds of output there are; what it raises ends
    the run. Processor time is bounded to twice `timeout_s`, files written to `file_bytes`.
    Raises `FfmpegFailed`.
    """
    reporting = ["-progress", "pipe:1", "-stats_period", "0.2"] if on_seconds else []

    def on_line(line: str) -> None:
        seconds = _out_seconds(line)
        if seconds is not None and on_seconds is not None:
            on_seconds(seconds)

    try:
        done: Completed = run_limited(
            [ffmpeg_path(), "-hide_banner", "-nostdin", "-nostats", *reporting, *arguments],
            timeout_s=timeout_s,
            cpu_s=max(2, round(timeout_s * 2)),
            memory_bytes=MEMORY_BYTES,
            output_bytes=OUTPUT_BYTES,
            file_bytes=file_bytes,
            on_line=on_line if on_seconds else None,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "AV_LOG_FORCE_NOCOLOR": "1"},
        )
    except ProcessError as error:
        raise FfmpegFailed(error) from error
    return done.stderr.decode("utf-8", "replace")


def _out_seconds(line: str) -> float | None:
    """`out_time_us=1500000` -> 1.5; other lines of the progress report are None."""
    name, _, value = line.partition("=")
    return int(value) / 1e6 if name == "out_time_us" and value.isdecimal() else None
