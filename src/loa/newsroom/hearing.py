"""Hearing a text sentence by sentence while it is being written: each is made when it is asked for.

Sentences are kept for an hour in a folder of small files, so that hearing again costs nothing.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from loa.lib.process import ProcessError, run_limited
from loa.media.clips import sentence_clip
from loa.media.refusals import MediaRefused
from loa.newsroom.rules import BulletinRefused
from loa.speech.sentences import LONGEST_CHARACTERS, Sentence, sentences_of

SENTENCES_MAX = 400
KEPT_FILES = 400
VOICE_TIMEOUT_S = 20.0
VOICE_MEMORY_BYTES = 2 << 30


def heard_sentences(spoken: str) -> list[Sentence]:
    """What will be said, breath by breath; at most SENTENCES_MAX."""
    return [part for part, _ in zip(sentences_of(spoken), range(SENTENCES_MAX), strict=False)]


def sentence_sound(sentence: str, *, voice: str, folder: Path) -> Path:
    """The sentence as an MP3 in `folder`, made if it is not there yet.

    Raises BulletinRefused with a sentence. Two who ask at once get the same file.
    """
    text = sentence[: LONGEST_CHARACTERS + 1].strip()
    name = hashlib.sha256(f"{voice}\n{text}".encode("utf-8", "replace")).hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{name}.mp3"
    if kept.is_file():
        return kept
    with tempfile.TemporaryDirectory(dir=folder) as work:
        spoken, clip = Path(work) / "voice.wav", Path(work) / "clip.mp3"
        _speak(text, voice, spoken)
        try:
            sentence_clip(spoken, clip)
        except MediaRefused as refusal:
            raise BulletinRefused("Chưa đọc thử được câu này. Thử lại sau ít phút.") from refusal
        clip.replace(kept)
    _prune(folder)
    return kept


def _speak(text: str, voice: str, out: Path) -> None:
    try:
        run_limited(
            [sys.executable, "-I", "-B", "-m", "loa.speech.say", voice, str(out)],
            stdin=text.encode("utf-8", "replace"),
            timeout_s=VOICE_TIMEOUT_S,
            cpu_s=round(VOICE_TIMEOUT_S),
            memory_bytes=VOICE_MEMORY_BYTES,
            output_bytes=64_000,
            file_bytes=64 << 20,
        )
    except ProcessError as error:
        raise BulletinRefused("Chưa đọc thử được câu này. Thử lại sau ít phút.") from error


def _prune(folder: Path) -> None:
    """Forget the sentences that nobody asked for the longest."""
    files = sorted(folder.glob("*.mp3"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in files[KEPT_FILES:]:
        old.unlink(missing_ok=True)
