"""`loa voice`: a text or a recording becomes the files that would be aired. No database.

loa voice --out programme < bulletin.txt      makes programme.opus and programme.mp3
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loa.media.programme import build_programme
from loa.media.refusals import MediaRefused
from loa.speech.limits import TextRefused, checked_text
from loa.speech.normalise import spoken
from loa.speech.voices import DEFAULT_VOICE, VOICES, VoiceFailed, VoiceUnavailable, voice_get

BAR = 30
VOICE_SHARE = 0.4


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa voice")
    parser.add_argument("--out", type=Path, required=True, help="where to, without suffix")
    parser.add_argument("--voice", choices=list(VOICES), default=DEFAULT_VOICE)
    parser.add_argument("--recording", type=Path, help="an audio file instead of text")
    parser.add_argument("--no-chime", action="store_true", help="without opening and closing")
    chosen = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as folder:
            source = chosen.recording or _speak(chosen.voice, Path(folder))
            share = 0.0 if chosen.recording else VOICE_SHARE
            made = build_programme(
                source,
                out_dir=Path(folder),
                chime=not chosen.no_chime,
                progress=lambda done: _bar(share + (1 - share) * done),
            )
            for file, suffix in ((made.opus, ".opus"), (made.mp3, ".mp3")):
                shutil.copyfile(file.path, chosen.out.with_suffix(suffix))
    except (TextRefused, MediaRefused, VoiceFailed, VoiceUnavailable, OSError) as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    print(
        f"\n{chosen.out}.opus, {chosen.out}.mp3: {made.ms / 1000:.1f} giây,"
        f" {made.level_lufs:.1f} LUFS, đỉnh {made.peak_dbtp:.1f} dBTP",
        file=sys.stderr,
    )
    return 0


def _speak(voice: str, folder: Path) -> Path:
    text = checked_text(sys.stdin.buffer.read(1 << 20))
    out = folder / "voice.wav"
    voice_get(voice).synthesise(
        spoken(text).text, out=out, progress=lambda done: _bar(VOICE_SHARE * done)
    )
    return out


def _bar(done: float) -> None:
    filled = int(done * BAR)
    bar = "█" * filled + "·" * (BAR - filled)
    print(f"\r{bar} {int(done * 100):3} %", end="", file=sys.stderr, flush=True)
