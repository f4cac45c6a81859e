"""What every voice is: sentence by sentence, or a whole text into one WAV file."""

from __future__ import annotations

import wave
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loa.speech.sentences import Sentence, sentences_of

SAMPLE_BYTES = 2
Progress = Callable[[float], None]


class VoiceError(Exception):
    """A voice could not serve; `str()` is the sentence for people, in Vietnamese."""


class VoiceUnavailable(VoiceError):
    """The voice cannot be used on this machine; `str()` tells people what is missing."""


class VoiceFailed(VoiceError):
    """The voice could not speak this text; `str()` tells people what to do."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One sentence as sound: mono, signed 16 bit little-endian, its pause included."""

    pcm: bytes
    sample_rate_hz: int


@dataclass(frozen=True, slots=True)
class VoiceResult:
    """What was written: length and rate of the WAV file."""

    seconds: float
    sample_rate_hz: int


class Voice(ABC):
    """A voice. `name` is stable and stored with what it spoke, `label` is shown to people.

    It takes spoken text (words and stops, see `loa.speech.normalise`), no figures. Safe to use
    from several threads.
    """

    name: str
    label: str
    sample_rate_hz: int

    @abstractmethod
    def speak(self, sentence: str) -> bytes:
        """One sentence as mono signed 16 bit samples at `sample_rate_hz`; `VoiceFailed` if not."""

    def sentences(self, spoken_text: str) -> Iterator[Sound]:
        """The text sentence by sentence, each as soon as it is spoken: the first sound is quick."""
        for sentence in sentences_of(spoken_text):
            yield Sound(self._with_pause(sentence), self.sample_rate_hz)

    def synthesise(
        self, spoken_text: str, *, out: Path, progress: Progress | None = None
    ) -> VoiceResult:
        """Speak the whole text into a new WAV file (mono, 16 bit) at `out`.

        `progress` is told the part done, from above 0 to 1, after each sentence; what it raises
        ends the work. Unless this returns, no file is left at `out`.
        Raises `VoiceFailed` if there is nothing to say or the engine gives up; `OSError` if the
        file cannot be written.
        """
        parts = list(sentences_of(spoken_text))
        if not parts:
            raise VoiceFailed("Chưa có lời nào để đọc. Hãy nhập nội dung bản tin.")
        whole = sum(len(part.text) for part in parts)
        said = frames = 0
        try:
            with wave.open(str(out), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(SAMPLE_BYTES)
                file.setframerate(self.sample_rate_hz)
                for part in parts:
                    pcm = self._with_pause(part)
                    file.writeframesraw(pcm)
                    frames += len(pcm) // SAMPLE_BYTES
                    said += len(part.text)
                    if progress is not None:
                        progress(said / whole)
        except BaseException:
            out.unlink(missing_ok=True)
            raise
        return VoiceResult(frames / self.sample_rate_hz, self.sample_rate_hz)

    def _with_pause(self, sentence: Sentence) -> bytes:
        silence = round(sentence.pause_s * self.sample_rate_hz) * SAMPLE_BYTES
        return self.speak(sentence.text) + bytes(silence)
