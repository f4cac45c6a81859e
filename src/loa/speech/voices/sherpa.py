"""A neural voice by sherpa-onnx (Apache-2.0), from a VITS or Piper model folder on this machine.

The folder holds one `*.onnx` and `tokens.txt`, and `lexicon.txt` or `espeak-ng-data` if the model
needs them; without the latter the data of the espeakng-loader wheel serves. Nothing is fetched.
"""

from __future__ import annotations

import threading
from array import array
from pathlib import Path
from typing import Any

import espeakng_loader

from loa.speech.voices.base import Voice, VoiceFailed, VoiceUnavailable
from loa.speech.voices.models import file_in, model_of, package_of

_NAME = "sherpa-onnx"
_FULL_SCALE = 32_767


class SherpaVoice(Voice):
    """One model, loaded when the voice is made."""

    name = "sherpa"

    def __init__(self, model: Path | None) -> None:
        sherpa: Any = package_of("sherpa_onnx", voice=_NAME, extra="sherpa")
        folder = model_of(model, voice=_NAME, setting="LOA_VOICE_SHERPA")
        network = file_in(folder, "*.onnx", voice=_NAME)
        tokens = file_in(folder, "tokens.txt", voice=_NAME)
        lexicon, data = folder / "lexicon.txt", folder / "espeak-ng-data"
        if not data.is_dir():
            data = Path(espeakng_loader.get_data_path())
        vits = sherpa.OfflineTtsVitsModelConfig(
            model=str(network),
            tokens=str(tokens),
            lexicon=str(lexicon) if lexicon.exists() else "",
            data_dir="" if lexicon.exists() else str(data),
        )
        config = sherpa.OfflineTtsConfig(model=sherpa.OfflineTtsModelConfig(vits=vits))
        if not config.validate():
            raise VoiceUnavailable(f"Mô hình của giọng {_NAME} ở {folder} không dùng được.")
        self._engine = sherpa.OfflineTts(config)
        self._lock = threading.Lock()
        self.label = f"Giọng {folder.name} (sherpa-onnx)"
        self.sample_rate_hz = int(self._engine.sample_rate)

    def speak(self, sentence: str) -> bytes:
        """See `Voice.speak`."""
        with self._lock:
            sound = self._engine.generate(sentence)
        if not len(sound.samples):
            raise VoiceFailed(f"{self.label} không đọc được đoạn này. Hãy sửa lời đọc rồi thử lại.")
        scaled = (round(max(-1.0, min(1.0, value)) * _FULL_SCALE) for value in sound.samples)
        return array("h", scaled).tobytes()
