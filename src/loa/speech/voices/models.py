"""Finding what a neural voice needs, with a sentence for people when it is not there."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from loa.speech.voices.base import VoiceUnavailable


def package_of(module: str, *, voice: str, extra: str) -> ModuleType:
    """The engine's package, or `VoiceUnavailable` telling which extra to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise VoiceUnavailable(
            f"Giọng {voice} chưa được cài. Hãy cài phần bổ sung loa[{extra}] rồi thử lại."
        ) from error


def model_of(model: Path | None, *, voice: str, setting: str) -> Path:
    """The place of the model if something is there, or `VoiceUnavailable`."""
    if model is None:
        raise VoiceUnavailable(
            f"Giọng {voice} chưa có mô hình. Hãy đặt {setting} là nơi để mô hình trên máy này."
        )
    if not model.exists():
        raise VoiceUnavailable(f"Không thấy mô hình của giọng {voice} ở {model}.")
    return model


def file_in(folder: Path, pattern: str, *, voice: str) -> Path:
    """The only file of that pattern in the model's folder, or `VoiceUnavailable`."""
    found = sorted(folder.glob(pattern)) if folder.is_dir() else []
    if len(found) != 1:
        raise VoiceUnavailable(
            f"Mô hình của giọng {voice} ở {folder} cần đúng một tệp {pattern}, "
            f"đang có {len(found)}."
        )
    return found[0]
