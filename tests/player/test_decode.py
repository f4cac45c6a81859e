"""From files to samples: by the reference decoder for Opus, and exact from any position."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from loa_player.audio import RATE_HZ, samples_in
from loa_player.decode import decoded, decoder_for, format_of

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


@pytest.mark.parametrize("data", [b"", b"#EXTM3U\nhttp://127.0.0.1/x", b"\x00\x00\x00\x18ftypM4A "])
def test_what_is_not_plain_sound_is_not_opened(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "disguised.opus"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="not of a form"):
        next(decoded(path))


def test_a_form_is_known_by_its_first_bytes_not_by_its_name(tmp_path: Path) -> None:
    path = encode(tmp_path / "voice.mp3", speechlike(0.5), codec="libmp3lame")
    assert format_of(path.rename(tmp_path / "voice.opus")) == "mp3"
    for head, name in ((b"RIFF", "wav"), (b"fLaC", "flac"), (b"\xff\xfb\x90\x00", "mp3")):
        path = tmp_path / name
        path.write_bytes(head)
        assert format_of(path) == name
