"""A neural voice by Piper (GPL-3, hence an extra), from a model file on this machine.

The model is one `.onnx` file with its `.onnx.json` beside it. Nothing is fetched.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from loa.speech.voices.base import Voice, VoiceFailed, VoiceUnavailable
from loa.speech.voices.models import file_in, model_of, package_of

_NAME = "Piper"


class PiperVoice(Voice):
    """One model, loaded when the voice is made."""

    name = "piper"

    def __init__(self, model: Path | None) -> None:
        piper: Any = package_of("piper", voice=_NAME, extra="piper")
        network = model_of(model, voice=_NAME, setting="LOA_VOICE_PIPER")
        if network.is_dir():
            network = file_in(network, "*.onnx", voice=_NAME)
        file_in(network.parent, f"{network.name}.json", voice=_NAME)
        try:
            self._engine = piper.PiperVoice.load(str(network))
        except Exception as error:  # onnxruntime raises types of its own
            raise VoiceUnavailable(
                f"Mô hình của giọng {_NAME} ở {network} không dùng được."
            ) from error
        self._lock = threading.Lock()
        self.label = f"Giọng {network.stem} (Piper)"
        self.sample_rate_hz = int(self._engine.config.sample_rate)

    def speak(self, sentence: str) -> bytes:
        """See `Voice.speak`."""
        with self._lock:
            pcm = b"".join(chunk.audio_int16_bytes for chunk in self._engine.synthesize(sentence))
        if not pcm:
            raise VoiceFailed(f"{self.label} không đọc được đoạn này. Hãy sửa lời đọc rồi thử lại.")
        return pcm
