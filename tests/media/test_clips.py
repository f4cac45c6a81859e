"""Short pieces of sound for the desk: what is cut is cut, and the room's noise goes."""

import wave
from pathlib import Path

import pytest

from loa.media.clips import recording_cut, sentence_clip
from loa.media.ffmpeg import run_ffmpeg
from loa.media.probe import probe
from loa.media.refusals import MediaRefused


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Four seconds: hiss, with a tone as loud as a voice from the second to the third."""
    out = tmp_path / "talk.wav"
    sources = ["-f", "lavfi", "-i", "anoisesrc=d=4:a=0.004:r=48000:s=7"]
    tone = ["-f", "lavfi", "-i", "sine=f=300:d=1:r=48000,volume=0.5,adelay=1000"]
    mix = ["-filter_complex", "amix=inputs=2:normalize=0:duration=first", "-ac", "1"]
    run_ffmpeg(["-y", *sources, *tone, *mix, str(out)], timeout_s=20)
    return out


def loudest(file: Path, start_s: float, length_s: float, out: Path) -> float:
    """The largest sample of a stretch, from 0 to 1."""
    span = ["-ss", str(start_s), "-t", str(length_s), "-i", str(file)]
    run_ffmpeg(["-y", *span, "-ac", "1", "-c:a", "pcm_s16le", str(out)], timeout_s=20)
    with wave.open(str(out)) as sound:
        data = memoryview(sound.readframes(sound.getnframes())).cast("h")
    return max(abs(sample) for sample in data) / 32768


def test_both_ends_are_cut(talk: Path, tmp_path: Path) -> None:
    out = tmp_path / "cut.flac"
    recording_cut(talk, out, start_s=1.0, end_s=2.5, gate=False)
    assert probe(out).seconds == pytest.approx(1.5, abs=0.05)


def test_the_gate_takes_the_hiss_and_leaves_the_voice(talk: Path, tmp_path: Path) -> None:
    plain, gated = tmp_path / "plain.flac", tmp_path / "gated.flac"
    recording_cut(talk, plain, start_s=0, end_s=None, gate=False)
    recording_cut(talk, gated, start_s=0, end_s=None, gate=True)
    scratch = tmp_path / "part.wav"
    assert loudest(gated, 3, 0.8, scratch) < loudest(plain, 3, 0.8, scratch) / 3
    voice = loudest(gated, 1.3, 0.5, scratch) / loudest(plain, 1.3, 0.5, scratch)
    assert voice == pytest.approx(1, abs=0.2)


def test_less_than_a_syllable_is_refused(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="quá ngắn"):
        recording_cut(talk, tmp_path / "x.flac", start_s=1.0, end_s=1.1, gate=False)


def test_a_sentence_is_small(talk: Path, tmp_path: Path) -> None:
    out = tmp_path / "clip.mp3"
    sentence_clip(talk, out)
    assert out.stat().st_size < 4 * 5_000


def test_what_is_no_sound_leaves_nothing(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad.wav", tmp_path / "out.mp3"
    bad.write_bytes(b"RIFF....WAVEfmt ")
    with pytest.raises(MediaRefused):
        sentence_clip(bad, out)
    assert not out.exists()
