"""How loud it is, and the filters that make it as loud as it should be.

Measured by EBU R128 (`ebur128`): integrated loudness in LUFS and true peak in dBTP. The recipe of
measure, gain, limit, verify: a high-pass and a gentle compressor bring speech together, a gain puts
it on target, a limiter at 192 kHz keeps the true peak down. Two-pass `loudnorm` silently falls
short of the target on synthetic speech, so it is not used. Target for horns: -16 LUFS, -1.5 dBTP
(broadcasting's -23 LUFS is for living rooms).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from loa.media.ffmpeg import FfmpegFailed, Input, run_ffmpeg
from loa.media.probe import opened
from loa.media.refusals import broken

TARGET_LUFS = -16.0
PEAK_DBTP = -1.5
SILENCE_LUFS = -55.0
"""Below this there is nothing to make louder."""

COMPRESS = "highpass=f=100,acompressor=threshold=-24dB:ratio=3:attack=5:release=120"
MONO = "aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=mono"
METER = "ebur128=framelog=quiet"
PEAK_METER = "ebur128=peak=true:framelog=quiet"

_SUMMARY = re.compile(r"Integrated loudness:\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS")
_PEAK = re.compile(r"True peak:\s+Peak:\s+(-?[\d.]+|-?inf|nan) dBFS")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness and true peak; the peak is NaN where it was not measured."""

    level_lufs: float
    peak_dbtp: float


def measure(path: Path, *, timeout_s: float = 120.0) -> Loudness:
    """Loudness and true peak of a local audio file of an accepted container.

    Raises `MediaRefused` if it is none or cannot be decoded.
    """
    source = opened(path)
    try:
        report = run_ffmpeg(
            [*source.arguments(), "-map", "0:a:0", "-af", PEAK_METER, "-f", "null", "-"],
            timeout_s=timeout_s,
        )
    except FfmpegFailed as error:
        raise broken() from error
    return parse_summary(report)


_SIDE = "pan=mono|c0=0.5*c0-0.5*c1,"
_TURNED_LU = 6.0
"""So much louder must the difference of two channels be than their sum to be the speech itself."""


def downmix(source: Input, *, stereo: bool, timeout_s: float) -> str:
    """The filter that comes before `MONO`: empty, or one that turns a channel back.

    A wrongly wired cable turns one of two channels upside down, and their sum is silence. Raises
    `FfmpegFailed`.
    """
    if not stereo:
        return ""

    def level(mix: str) -> float:
        chain = f"{mix}{MONO},apad=whole_dur=1,{METER}"
        arguments = [*source.arguments(), "-map", "0:a:0", "-af", chain, "-f", "null", "-"]
        return parse_summary(run_ffmpeg(arguments, timeout_s=timeout_s)).level_lufs

    together, apart = level(""), level(_SIDE)
    return _SIDE if apart > max(together + _TURNED_LU, SILENCE_LUFS) else ""


def parse_summary(report: str) -> Loudness:
    """The last summary of `ebur128` in ffmpeg's report; `ValueError` if there is none."""
    levels = _SUMMARY.findall(report)
    if not levels:
        raise ValueError("ffmpeg reported no loudness")
    peaks = _PEAK.findall(report)
    return Loudness(float(levels[-1]), float(peaks[-1]) if peaks else math.nan)


def lift_db(measured_lufs: float) -> float:
    """Gain before the compressor, for recordings so quiet that it would not take hold of them."""
    return max(0.0, -24.0 - measured_lufs) if measured_lufs < -30.0 else 0.0


def prepare(lift: float, mix: str = "") -> str:
    """Filters up to the meter: mono (by `mix` of `downmix`), lifted, high-passed, compressed."""
    raised = f"volume={lift:.2f}dB," if lift else ""
    return f"{mix}{MONO},{raised}{COMPRESS}"


def limited(gain_db: float, ceiling_dbtp: float) -> str:
    """Filters after the meter: gain, then the limiter where true peaks can be seen."""
    limit = 10 ** (ceiling_dbtp / 20)
    return (
        f"volume={gain_db:.2f}dB,aresample=192000,"
        f"alimiter=limit={limit:.4f}:level=false:attack=5:release=50,{MONO}"
    )
