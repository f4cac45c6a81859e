"""Recordings made for the tests, by the ffmpeg the node itself uses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loa.media.ffmpeg import run_ffmpeg
from loa.speech.normalise import spoken
from loa.speech.voices import voice_get

TEXT = (
    "Ủy ban nhân dân xã thông báo: từ 7g00 ngày 07/9, bà con đưa tàu thuyền về nơi trú bão. "
    "Các hộ ven sông sơ tán về Nhà văn hóa thôn 4 trước 20h30. Khi cần cứu giúp, gọi 112."
)

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 17 s of speech as the voice gives it."""
    out = tmp_path_factory.mktemp("speech") / "speech.wav"
    voice_get().synthesise(spoken(TEXT).text, out=out)
    return out


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(name, *ffmpeg arguments)` writes a file with ffmpeg."""

    def run(name: str, *arguments: str) -> Path:
        out = tmp_path / name
        run_ffmpeg(["-y", "-v", "error", *arguments, f"file:{out}"], timeout_s=60)
        return out

    return run
