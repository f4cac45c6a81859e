"""From a voice or a recording to the two files that are aired: opening, speech, closing.

One run of ffmpeg measures the speech, one levels it, adds the chimes and encodes both files, one
measures the finished Opus file. If that is off, gain or ceiling are corrected and the last two are
repeated, three times at most. The same source gives the same files, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from loa.lib.process import ProcessTimeout, ProcessTooLarge
from loa.media.ffmpeg import FfmpegFailed, Input, run_ffmpeg
from loa.media.loudness import (
    METER,
    MONO,
    PEAK_DBTP,
    PEAK_METER,
    SILENCE_LUFS,
    TARGET_LUFS,
    Loudness,
    downmix,
    lift_db,
    limited,
    parse_summary,
    prepare,
)
from loa.media.probe import MAX_SECONDS, Probed, probe
from loa.media.refusals import MediaRefused, broken, no_room, too_long, too_slow

SOUNDS = Path(__file__).parent / "sounds"
OPENING = Input(SOUNDS / "opening.wav", "wav")
CLOSING = Input(SOUNDS / "closing.wav", "wav")

MAX_TURNS = 3
TOLERANCE_LU = 0.7
LARGEST_MISS_LU = 1.0
SHORT_MS, SHORT_MISS_LU = 12_000, 3.0
"""A call of a few words is mostly attack and pause: no gain brings it to the target without
crushing it. It may stay quieter than a notice; nothing may be louder."""
LARGEST_MISS_DB = 0.5
CODEC_MARGIN_DB = 2.7
"""Coding adds peaks: the limiter aims so much below the ceiling of the finished file."""
LIMITER_LOSS_LU = 2.1
"""What limiter and codec take from the loudness of speech (measured on speech: about 2)."""

OPUS = (
    *("-c:a", "libopus", "-b:a", "24k", "-frame_duration", "60"),
    # Transform coding only, wide band only. Opus's own choice for speech at 24 kbit/s (its SILK
    # layer, `voip`) was measured to burst on the strictly periodic sound of a formant voice: 3 to
    # 100 % of one-minute announcements, by settings, had peaks of +2 to +70 dB, worst in FFmpeg's
    # decoder, which players use. This way 0 of 36 did. Horns end below 8 kHz anyway.
    *("-application", "lowdelay", "-cutoff", "8000"),
)
MP3 = ("-c:a", "libmp3lame", "-b:a", "48k", "-ar", "24000")
_EXACT = ("-ac", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
_AT_LEAST_A_SECOND = "apad=whole_dur=1"
_GAP_S = 0.4
CHIMES_S = 1.8 + _GAP_S + _GAP_S + 1.4
"""What opening, closing and the gaps beside them add to the speech (tools/chimes.py)."""
_FILE_BYTES_PER_S = 16_000
_SURVEY, _ENCODE, _VERIFY = (0.0, 0.2), (0.2, 0.6), (0.8, 0.2)
"""Where in the whole each run begins, and its share."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made: where it lies and its size."""

    path: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class Programme:
    """What is aired. `ms`, `level_lufs` and `peak_dbtp` were measured on the Opus file."""

    opus: Made
    mp3: Made
    ms: int
    level_lufs: float
    peak_dbtp: float

    @property
    def seconds(self) -> float:
        """Length of the Opus file."""
        return self.ms / 1000


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a turn may change."""

    lift_db: float
    gain_db: float
    ceiling_dbtp: float


@dataclass(frozen=True, slots=True)
class _Work:
    """One job: its source and length, where its files are made, what it may take, whom it tells."""

    source: Input
    speech_s: float
    opus: Path
    mp3: Path
    chime: bool
    max_seconds: float
    progress: Progress
    mix: str

    @property
    def timeout_s(self) -> float:
        """How long one run of ffmpeg may take."""
        return _timeout_s(self.speech_s)

    def telling(self, part: tuple[float, float]) -> Progress:
        """A listener for ffmpeg's seconds. It tells the part done, and ends what runs too long:
        a header may lie about the length, the decoder does not."""
        start, share = part

        def on_seconds(seconds: float) -> None:
            if seconds > self.max_seconds + 10:
                raise too_long(self.max_seconds)
            self.progress(start + share * min(1.0, seconds / self.speech_s))

        return on_seconds


def build_programme(
    voice_or_recording: Path,
    *,
    out_dir: Path,
    chime: bool = True,
    max_seconds: float = MAX_SECONDS,
    progress: Progress | None = None,
) -> Programme:
    """Make the files that are aired: `programme.opus` and `programme.mp3` in `out_dir`.

    The source is inspected first (`probe`). `progress` is told the part done, from 0 to 1, never
    back, in the caller's thread; what it raises ends the job. The Opus file measures -16 LUFS
    within 1 LU and -1.5 dBTP or less (at the very worst -1.0), chimes included. When this does not
    return, neither file is left.

    Raises `MediaRefused` with a sentence for people, also when there is no room; `OSError` if the
    source cannot be read.
    """
    tell = _forward(progress)
    probed = probe(voice_or_recording, max_seconds=max_seconds)
    work = _Work(
        mix=_mix(probed),
        source=probed.source,
        speech_s=probed.seconds,
        opus=out_dir / "programme.opus",
        mp3=out_dir / "programme.mp3",
        chime=chime,
        max_seconds=max_seconds,
        progress=tell,
    )
    with _nothing_left_on_failure(work):
        measured, ms = _levelled(work)
    tell(1.0)
    return Programme(
        opus=Made(work.opus, work.opus.stat().st_size),
        mp3=Made(work.mp3, work.mp3.stat().st_size),
        ms=ms,
        level_lufs=measured.level_lufs,
        peak_dbtp=measured.peak_dbtp,
    )


def _mix(probed: Probed) -> str:
    try:
        return downmix(probed.source, stereo=probed.stereo, timeout_s=_timeout_s(probed.seconds))
    except FfmpegFailed as error:
        raise _refusal(error) from error


def _timeout_s(speech_s: float) -> float:
    """Generous: a run takes about a hundredth of the sound's length on a server's core."""
    return 30.0 + speech_s * 0.5


def _forward(progress: Progress | None) -> Progress:
    """A listener that never goes back, also when a turn is repeated."""
    furthest = 0.0

    def tell(done: float) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        if progress is not None:
            progress(furthest)

    return tell


def _levelled(work: _Work) -> tuple[Loudness, int]:
    """Turns of encode and verify until the finished file is on target."""
    lift, speech_lufs = _surveyed(work)
    setting = _Setting(
        lift, TARGET_LUFS - speech_lufs + LIMITER_LOSS_LU, PEAK_DBTP - CODEC_MARGIN_DB
    )
    for _turn in range(MAX_TURNS):
        _encode(work, setting)
        measured, ms = _verified(work)
        short = TARGET_LUFS - measured.level_lufs
        over = measured.peak_dbtp - PEAK_DBTP
        if abs(short) <= TOLERANCE_LU and over <= 0:
            break
        setting = replace(
            setting,
            gain_db=setting.gain_db + 1.5 * short,  # the limiter gives back a part
            ceiling_dbtp=setting.ceiling_dbtp - (over + 0.2 if over > 0 else 0.0),
        )
    allowed = SHORT_MISS_LU if ms <= SHORT_MS and short > 0 else LARGEST_MISS_LU
    if abs(short) > allowed or over > LARGEST_MISS_DB:
        raise MediaRefused(
            "uneven",
            "Bản ghi chỗ quá to, chỗ quá nhỏ nên không cân được âm lượng. Hãy ghi lại đều hơn.",
        )
    return measured, ms


def _surveyed(work: _Work) -> tuple[float, float]:
    """The lift the speech needs before the compressor, and its loudness after it."""
    lufs = _speech_lufs(work, 0.0)
    if lufs < SILENCE_LUFS:
        raise MediaRefused("silent", "Bản ghi không có tiếng. Hãy kiểm tra micro rồi ghi lại.")
    lift = lift_db(lufs)
    return lift, _speech_lufs(work, lift) if lift else lufs


def _speech_lufs(work: _Work, lift: float) -> float:
    chain = f"[0:a:0]{prepare(lift, work.mix)},{_AT_LEAST_A_SECOND},{METER}[out]"
    report = run_ffmpeg(
        [*work.source.arguments(), "-filter_complex", chain, "-map", "[out]", "-f", "null", "-"],
        timeout_s=work.timeout_s,
        on_seconds=work.telling(_SURVEY),
    )
    return parse_summary(report).level_lufs


def _encode(work: _Work, setting: _Setting) -> None:
    """Speech levelled, chimes around it, both files from one pass."""
    speech = (
        f"[0:a:0]{prepare(setting.lift_db, work.mix)},{_AT_LEAST_A_SECOND},"
        f"{limited(setting.gain_db, setting.ceiling_dbtp)}"
    )
    inputs = work.source.arguments()
    if work.chime:
        inputs += [*OPENING.arguments(), *CLOSING.arguments()]
        graph = (
            f"{speech}[speech];[1:a]{MONO},apad=pad_dur={_GAP_S}[opening];"
            f"[2:a]{MONO},adelay={round(_GAP_S * 1000)}[closing];"
            "[opening][speech][closing]concat=n=3:v=0:a=1,asplit[a][b]"
        )
    else:
        graph = f"{speech},asplit[a][b]"
    run_ffmpeg(
        [
            *("-y", "-v", "warning", *inputs, "-filter_complex", graph),
            *("-map", "[a]", *OPUS, *_EXACT, "-f", "ogg", f"file:{work.opus.resolve()}"),
            *("-map", "[b]", *MP3, *_EXACT, "-f", "mp3", f"file:{work.mp3.resolve()}"),
        ],
        timeout_s=work.timeout_s,
        file_bytes=round(1_000_000 + work.max_seconds * _FILE_BYTES_PER_S),
        on_seconds=work.telling(_ENCODE),
    )


def _verified(work: _Work) -> tuple[Loudness, int]:
    """Loudness, peak and length of the Opus file as it will be decoded."""
    last_s = 0.0
    tell = work.telling(_VERIFY)

    def on_seconds(seconds: float) -> None:
        nonlocal last_s
        last_s = seconds
        tell(seconds)

    report = run_ffmpeg(
        [*Input(work.opus, "ogg").arguments(), "-af", PEAK_METER, "-f", "null", "-"],
        timeout_s=work.timeout_s,
        on_seconds=on_seconds,
    )
    return parse_summary(report), round(last_s * 1000)


@contextmanager
def _nothing_left_on_failure(work: _Work) -> Iterator[None]:
    """No half file stays behind, and ffmpeg's failures become sentences."""
    try:
        yield
    except BaseException as error:
        work.opus.unlink(missing_ok=True)
        work.mp3.unlink(missing_ok=True)
        if isinstance(error, FfmpegFailed):
            raise _refusal(error) from error
        raise


def _refusal(error: FfmpegFailed) -> MediaRefused:
    if isinstance(error.reason, ProcessTimeout):
        return too_slow()
    if "No space left" in error.tail or isinstance(error.reason, ProcessTooLarge):
        return no_room()
    return broken()
