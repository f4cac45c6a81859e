"""espeak-ng, the voice that is always there: by ctypes on the library of the espeakng-loader wheel.

The library has one global state, so a lock lets one sentence speak at a time; it takes about a
thousandth of the sentence's length. The rate is the engine's own figure: 125 gave about 170
syllables a minute, a measured pace for loudspeakers that echo.
"""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from typing import Any

import espeakng_loader

from loa.speech.voices.base import Voice, VoiceFailed, VoiceUnavailable

RATE = 125
_SYNCHRONOUS = 2
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_VOLUME = 80  # at its default of 100 the engine clips its own peaks
_UTF8 = 1
_OK = 0

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Engine:
    """The library, loaded and set up once for the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pcm = bytearray()
        self._callback = _Callback(self._take)
        try:
            self._library: Any = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        except OSError as error:
            raise VoiceUnavailable(_MISSING) from error
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0))
        if self.sample_rate_hz <= 0:
            raise VoiceUnavailable(_MISSING)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, events: int | None) -> int:
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        return 0

    def speak(self, language: str, rate: int, sentence: str) -> bytes:
        text = unicodedata.normalize("NFC", sentence).replace("\0", " ").encode()
        with self._lock:
            self._pcm.clear()
            ready = (
                self._library.espeak_SetVoiceByName(language.encode()) == _OK
                and self._library.espeak_SetParameter(_PARAMETER_RATE, rate, 0) == _OK
                and self._library.espeak_SetParameter(_PARAMETER_VOLUME, _VOLUME, 0) == _OK
            )
            size = ctypes.c_size_t(len(text) + 1)
            if not ready or self._library.espeak_Synth(text, size, 0, 1, 0, _UTF8, None, None):
                raise VoiceFailed(_SILENT)
            return bytes(self._pcm)


_SILENT = "Giọng eSpeak không đọc được đoạn này. Hãy sửa lời đọc rồi thử lại."
_MISSING = "Giọng eSpeak chưa dùng được trên máy này. Hãy cài lại gói espeakng-loader."
_engine_lock = threading.Lock()
_engines: list[_Engine] = []


def _engine() -> _Engine:
    with _engine_lock:
        if not _engines:
            _engines.append(_Engine())
        return _engines[0]


class EspeakVoice(Voice):
    """Northern Vietnamese by formants: robotic, clear, quick, with no model to fetch."""

    name = "espeak"
    label = "Giọng máy eSpeak, miền Bắc"

    def __init__(self, *, language: str = "vi", rate: int = RATE) -> None:
        self._engine = _engine()
        self._language = language
        self._rate = rate
        self.sample_rate_hz = self._engine.sample_rate_hz

    def speak(self, sentence: str) -> bytes:
        """See `Voice.speak`."""
        return self._engine.speak(self._language, self._rate, sentence)
