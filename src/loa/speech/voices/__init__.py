"""Voices: spoken text in, sound out. `voice_get(name)` gives one; a module here is one engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from loa.speech.voices.base import (
    Sound,
    Voice,
    VoiceError,
    VoiceFailed,
    VoiceResult,
    VoiceUnavailable,
)

__all__ = [
    "DEFAULT_VOICE",
    "VOICES",
    "Sound",
    "Voice",
    "VoiceError",
    "VoiceFailed",
    "VoiceResult",
    "VoiceUnavailable",
    "voice_get",
]

DEFAULT_VOICE = "espeak"


def _espeak(model: Path | None) -> Voice:
    from loa.speech.voices.espeak import EspeakVoice

    return EspeakVoice()


def _sherpa(model: Path | None) -> Voice:
    from loa.speech.voices.sherpa import SherpaVoice

    return SherpaVoice(model)


def _piper(model: Path | None) -> Voice:
    from loa.speech.voices.piper import PiperVoice

    return PiperVoice(model)


VOICES: Mapping[str, Callable[[Path | None], Voice]] = MappingProxyType(
    {"espeak": _espeak, "sherpa": _sherpa, "piper": _piper}
)
"""Engines by name, each loaded only when it is asked for."""


def voice_get(name: str = DEFAULT_VOICE, *, model: Path | None = None) -> Voice:
    """The voice of that name, ready to speak.

    `model` is where its model lies; without it `LOA_VOICE_<NAME>` says (espeak needs none).
    Raises `VoiceUnavailable`, with a sentence for people, if there is no such voice, its package
    is not installed or its model is not there.
    """
    make = VOICES.get(name)
    if make is None:
        known = ", ".join(VOICES)
        raise VoiceUnavailable(f"Không có giọng đọc “{name}”. Các giọng có sẵn: {known}.")
    written = os.environ.get(f"LOA_VOICE_{name.upper()}", "")
    return make(model or (Path(written) if written else None))
