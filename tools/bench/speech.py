"""A bulletin's text to the two files that are aired."""

from __future__ import annotations

import shutil
import subprocess
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from loa.media import programme
from loa.media.ffmpeg import ffmpeg_path
from loa.media.store import MediaStore
from loa.speech.normalise import spoken
from loa.speech.voices import Voice, voice_get
from tools.bench.line import Line, line

TEXT = Path("tests/speech/samples/01-bao-so-3.txt")
RATIO_AT_MOST = 1.3
_TURNS = 7


def speech_to_file(folder: Path) -> list[Line]:
    """Seconds from text to Opus and MP3 in the media store, against a bare pipeline.

    After each turn the bare one runs the very ffmpeg commands of that turn, one after the other, on
    its own voice: it is told filters, gains and passes and need not find them.
    """
    voice = voice_get("espeak")
    voice.speak("một")  # the engine is loaded once for the process
    speak, what = _bare_voice(voice)
    text = TEXT.read_text(encoding="utf-8")
    turns = [_turn(text, folder / f"turn-{number}", speak) for number in range(_TURNS)]
    passes = sorted({passes for _, _, passes in turns})
    return [
        line(
            "speech_to_file",
            median(ours for ours, _, _ in turns),
            "s",
            baseline=median(bare for _, bare, _ in turns),
            budget=RATIO_AT_MOST,
            judged="ratio at most",
            note=f"{len(text)} characters; baseline: {what}, then the same"
            f" {' or '.join(map(str, passes))} runs of ffmpeg",
        )
    ]


def _turn(text: str, folder: Path, speak: Callable[[str, Path], None]) -> tuple[float, float, int]:
    """Seconds of ours, seconds of the bare one, and how many runs of ffmpeg each took."""
    out, bare = folder / "out", folder / "bare"
    out.mkdir(parents=True)
    began_s = time.perf_counter()
    with _noting() as commands:
        said = _path(text, out, MediaStore(folder / "store"))
    ours_s = time.perf_counter() - began_s
    bare.mkdir()
    replayed = [[one.replace(str(out), str(bare)) for one in command] for command in commands]
    began_s = time.perf_counter()
    speak(said, bare / "voice.wav")
    for command in replayed:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ours_s, time.perf_counter() - began_s, len(commands)


def _path(text: str, out: Path, store: MediaStore) -> str:
    """As the worker makes it; returns the spoken text."""
    said = spoken(text).text
    wav = out / "voice.wav"
    voice_get("espeak").synthesise(said, out=wav)
    made = programme.build_programme(wav, out_dir=out)
    store.put(made.opus.path)
    store.put(made.mp3.path)
    return said


@contextmanager
def _noting() -> Iterator[list[list[str]]]:
    """The commands that the programme gives to ffmpeg meanwhile."""
    commands: list[list[str]] = []
    run = programme.run_ffmpeg

    def noting(arguments: Sequence[str], **more: Any) -> str:
        """Keep the command, and let it run."""
        commands.append([ffmpeg_path(), "-hide_banner", "-nostdin", "-nostats", *arguments])
        return run(arguments, **more)

    programme.run_ffmpeg = noting
    try:
        yield commands
    finally:
        programme.run_ffmpeg = run


def _bare_voice(voice: Voice) -> tuple[Callable[[str, Path], None], str]:
    program = shutil.which("espeak-ng")
    if program is not None:
        command = [program, "-v", "vi", "-s", "125", "-a", "80"]

        def by_command(said: str, wav: Path) -> None:
            """The engine's own program."""
            subprocess.run([*command, "-w", str(wav), said], check=True)

        return by_command, "espeak-ng"

    def by_library(said: str, wav: Path) -> None:
        """The engine's library, one call for the whole text."""
        pcm = voice.speak(said)
        with wave.open(str(wav), "wb") as file:
            file.setparams((1, 2, voice.sample_rate_hz, 0, "NONE", ""))
            file.writeframes(pcm)

    return by_library, "espeak-ng's library by ctypes (no espeak-ng command here)"
