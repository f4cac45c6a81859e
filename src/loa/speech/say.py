"""A program of its own that speaks one sentence: text on standard input, a WAV file out.

Run as `python -m loa.speech.say VOICE FILE` inside limits: the engines are C code, and what a
stranger typed must not end the process that serves everybody.
"""

from __future__ import annotations

import sys
from pathlib import Path

from loa.speech.voices import VoiceError, voice_get

EXIT_REFUSED = 2


def main(argv: list[str]) -> int:
    """0 and the file, or 2 and a sentence for people on standard error."""
    voice, out = argv
    text = sys.stdin.buffer.read().decode("utf-8")
    try:
        voice_get(voice).synthesise(text, out=Path(out))
    except VoiceError as refusal:
        sys.stderr.write(str(refusal))
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
