"""Short pieces of sound for the desk: a spoken sentence to hear, a recording cut to its words."""

from __future__ import annotations

from pathlib import Path

from loa.media.ffmpeg import FfmpegFailed, Input, run_ffmpeg
from loa.media.loudness import downmix
from loa.media.probe import probe
from loa.media.refusals import broken, too_short

_TIMEOUT_S = 10.0
_CUT_TIMEOUT_S = 300.0
LEAST_S = 0.3
GATE = (
    # What hums between the words goes; what is said stays. Below 60 Hz a horn gives nothing.
    "highpass=f=60,afftdn=nr=12:nf=-40,"
    "agate=threshold=0.012:ratio=4:attack=8:release=250:range=0.08"
)


def sentence_clip(source: Path, out: Path) -> None:
    """A spoken WAV as a small MP3 (about 4 kB a second) that every browser plays at once.

    Raises MediaRefused; then nothing is left at `out`.
    """
    coding = ("-ac", "1", "-ar", "24000", "-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3")
    _run([*Input(source, "wav").arguments(), *coding], out, _TIMEOUT_S, 4 << 20)


def recording_cut(
    source: Path, out: Path, *, start_s: float, end_s: float | None, gate: bool
) -> None:
    """A recording from `start_s` to `end_s` as mono FLAC, with the room's noise taken out if asked.

    Faded over 10 ms at both ends, so that a cut does not click. Raises MediaRefused.
    """
    if end_s is not None and end_s - start_s < LEAST_S:
        raise too_short()
    span = ["-ss", f"{max(0.0, start_s):.3f}"]
    if end_s is not None:
        span += ["-to", f"{end_s:.3f}"]
    found = probe(source)
    try:
        mix = downmix(found.source, stereo=found.stereo, timeout_s=_CUT_TIMEOUT_S)
    except FfmpegFailed as error:
        raise broken() from error
    filters = [f"{mix}afade=t=in:d=0.01", *([GATE] if gate else [])]
    coding = ["-map", "0:a:0", "-vn", "-ac", "1", "-ar", "48000", "-map_metadata", "-1"]
    arguments = [*found.source.arguments(), *span, "-af", ",".join(filters), *coding]
    _run([*arguments, "-c:a", "flac", "-f", "flac"], out, _CUT_TIMEOUT_S, 1 << 30)


def _run(arguments: list[str], out: Path, timeout_s: float, file_bytes: int) -> None:
    try:
        run_ffmpeg(
            ["-y", *arguments, f"file:{out.resolve()}"], timeout_s=timeout_s, file_bytes=file_bytes
        )
    except FfmpegFailed as error:
        out.unlink(missing_ok=True)
        raise broken() from error
