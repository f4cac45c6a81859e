"""From files to samples: by the reference decoder for Opus, and exact from any position."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from loa_player.audio import RATE_HZ, samples_in
from loa_player.decode import decoded, decoder_for

from .sounds import encode, speechlike


def decoder_name(path: Path) -> str:
    with av.open(str(path)) as container:
        return decoder_for(container.streams.audio[0]).name


def test_opus_is_decoded_by_libopus(tmp_path: Path) -> None:
    pcm = speechlike(1.0)
    assert decoder_name(encode(tmp_path / "voice.opus", pcm)) == "libopus"
    assert decoder_name(encode(tmp_path / "voice.mp3", pcm, codec="libmp3lame")).startswith("mp3")


@pytest.mark.parametrize(
    ("name", "codec"), [("voice.opus", "libopus"), ("voice.mp3", "libmp3lame")]
)
def test_every_position_is_exact_to_the_sample(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, speechlike(32.0), codec=codec)
    whole = b"".join(decoded(path))
    if codec == "libopus":
        assert samples_in(whole) == 32 * RATE_HZ
    for position in (1, 5 * RATE_HZ + 7, 30 * RATE_HZ + 123):
        assert b"".join(decoded(path, position)) == whole[position * 2 :]
