"""Programmes: as loud as they should be whatever came in, and nothing left if not made."""

import hashlib
import math
import subprocess
import wave
from array import array
from pathlib import Path

import pytest
from tools import chimes

from loa.media import ffmpeg
from loa.media.ffmpeg import FfmpegFailed, run_ffmpeg
from loa.media.loudness import PEAK_METER, Loudness, lift_db, measure, parse_summary
from loa.media.probe import MediaRefused, probe
from loa.media.programme import SOUNDS, build_programme
from loa.speech.voices import voice_get
from tests.media.conftest import Make

CHIME_S = 1.8 + 1.4 + 0.8


def filtered(make: Make, speech: Path, name: str, chain: str) -> Path:
    return make(name, "-i", str(speech), "-af", chain)


def loudest_db(path: Path, start_s: float, stop_s: float) -> float:
    """Mean square level of a span, in dB below full scale."""
    out = path.with_suffix(".pcm.wav")
    cut = ["-ss", str(start_s), "-t", str(stop_s - start_s)]
    run_ffmpeg(["-y", *cut, "-i", str(path), str(out)], timeout_s=30)
    with wave.open(str(out)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    power = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(power / 32_768**2 + 1e-12)


def test_speech_becomes_two_files_on_target(speech: Path, tmp_path: Path) -> None:
    told: list[float] = []
    made = build_programme(speech, out_dir=tmp_path, progress=told.append)
    assert made.level_lufs == pytest.approx(-16, abs=1)
    assert made.peak_dbtp <= -1.5
    assert measure(made.opus.path) == Loudness(made.level_lufs, made.peak_dbtp)
    assert measure(made.mp3.path).level_lufs == pytest.approx(-16, abs=1)
    source_s = probe(speech).seconds
    assert made.seconds == pytest.approx(source_s + CHIME_S, abs=0.1)
    assert told[-1] == 1
    assert all(0 <= done <= 1 for done in told)
    assert len(set(told)) >= 3
    assert told == sorted(told)


def test_the_files_are_what_devices_expect(speech: Path, tmp_path: Path) -> None:
    made = build_programme(speech, out_dir=tmp_path)
    opus, mp3 = probe(made.opus.path), probe(made.mp3.path)
    assert (opus.codec, opus.sample_rate_hz) == ("opus", 48_000)
    assert (mp3.codec, mp3.sample_rate_hz) == ("mp3", 24_000)
    assert opus.seconds == pytest.approx(made.seconds, abs=0.1)
    assert mp3.seconds == pytest.approx(made.seconds, abs=0.2)
    assert opus.bytes * 8 / made.seconds == pytest.approx(24_000, rel=0.2)
    assert mp3.bytes * 8 / made.seconds == pytest.approx(48_000, rel=0.1)


def test_the_voice_is_louder_than_the_chimes(speech: Path, tmp_path: Path) -> None:
    made = build_programme(speech, out_dir=tmp_path)
    voice = loudest_db(made.opus.path, 2.4, made.seconds - 2.8)
    # Half a decibel: the voice is not the same twice (measured: 0.9 to 1.1 dB above the opening).
    assert voice > loudest_db(made.opus.path, 0, 1.8) + 0.5
    assert voice > loudest_db(made.opus.path, made.seconds - 1.4, made.seconds) + 0.5


def test_every_decoder_hears_the_same(speech: Path, tmp_path: Path) -> None:
    """Opus's speech layer bursts in FFmpeg's own decoder on synthetic voices; it is not used."""
    made = build_programme(speech, out_dir=tmp_path)
    peaks = []
    for decoder in ("opus", "libopus"):
        inputs = ["-c:a", decoder, "-i", str(made.opus.path)]
        report = run_ffmpeg([*inputs, "-af", PEAK_METER, "-f", "null", "-"], timeout_s=30)
        peaks.append(parse_summary(report).peak_dbtp)
    assert peaks[0] == pytest.approx(peaks[1], abs=0.3)


def test_the_same_source_makes_the_same_files(speech: Path, tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        made = build_programme(speech, out_dir=folder)
        files = made.opus.path.read_bytes() + made.mp3.path.read_bytes()
        hashes.add(hashlib.sha256(files).hexdigest())
    assert len(hashes) == 1


def test_without_chimes_it_is_only_the_speech(speech: Path, tmp_path: Path) -> None:
    made = build_programme(speech, out_dir=tmp_path, chime=False)
    assert made.seconds == pytest.approx(probe(speech).seconds, abs=0.1)
    assert made.level_lufs == pytest.approx(-16, abs=1)


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("quiet.mp3", "volume=-30dB"),
        ("very quiet.flac", "volume=-26dB"),
        ("loud.wav", "volume=8dB,alimiter=limit=0.99:level=false"),
        ("clipped.wav", "volume=24dB"),
        ("stereo.ogg", "volume=-6dB,aformat=channel_layouts=stereo:sample_rates=44100"),
        ("phone.m4a", "highpass=f=300,lowpass=f=3400,aresample=16000"),
        ("half quiet.opus", "volume='if(lt(t,8),0.15,1)':eval=frame"),
    ],
)
def test_whatever_the_recording_the_result_is_on_target(
    make: Make, speech: Path, tmp_path: Path, name: str, chain: str
) -> None:
    made = build_programme(filtered(make, speech, name, chain), out_dir=tmp_path)
    assert made.level_lufs == pytest.approx(-16, abs=1)
    assert made.peak_dbtp <= -1.5


def test_a_short_word_is_on_target_too(make: Make, speech: Path, tmp_path: Path) -> None:
    short = make("short.wav", "-i", str(speech), "-t", "0.8")
    assert build_programme(short, out_dir=tmp_path).level_lufs == pytest.approx(-16, abs=1)


def refused(source: Path, folder: Path, **limits: float) -> str:
    before = sorted(folder.iterdir())
    with pytest.raises(MediaRefused) as caught:
        build_programme(source, out_dir=folder, **limits)  # type: ignore[arg-type]
    assert sorted(folder.iterdir()) == before
    return caught.value.code


def test_silence_is_refused(make: Make, tmp_path: Path) -> None:
    silent = make("s.wav", "-f", "lavfi", "-t", "3", "-i", "anullsrc")
    assert refused(silent, tmp_path) == "silent"


def test_an_upload_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    text = tmp_path / "a.mp3"
    text.write_text("#EXTM3U\n", encoding="utf-8")
    assert refused(text, tmp_path) == "not_audio"


def test_a_recording_too_long_for_its_limit_is_refused(speech: Path, tmp_path: Path) -> None:
    assert refused(speech, tmp_path, max_seconds=3.0) == "too_long"


def test_a_header_that_lies_about_the_length_does_not_help(make: Make, tmp_path: Path) -> None:
    long = make("long.wav", "-f", "lavfi", "-t", "60", "-i", "sine=frequency=300:sample_rate=8000")
    data = bytearray(long.read_bytes())
    data[28:32] = (160_000).to_bytes(4, "little")  # ten times the true bytes per second
    long.write_bytes(data)
    with pytest.raises(MediaRefused) as caught:
        build_programme(long, out_dir=tmp_path, max_seconds=20)
    assert caught.value.code == "too_long"


def test_a_stop_from_outside_leaves_nothing(speech: Path, tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_programme(speech, out_dir=tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loa.media.programme._FILE_BYTES_PER_S", 0)
    long = tmp_path / "long.wav"
    run_ffmpeg(["-stream_loop", "20", "-i", str(speech), str(long)], timeout_s=60)
    real = ffmpeg.run_limited

    def small_files(*arguments: object, **limits: object) -> object:
        limits["file_bytes"] = limits["file_bytes"] and 100_000
        return real(*arguments, **limits)  # type: ignore[arg-type]

    monkeypatch.setattr(ffmpeg, "run_limited", small_files)
    assert refused(long, tmp_path) == "no_room"


def test_a_run_over_its_time_is_killed(tmp_path: Path) -> None:
    endless = ["-f", "lavfi", "-i", "sine", "-f", "null", "-"]
    with pytest.raises(FfmpegFailed) as caught:
        run_ffmpeg(["-re", *endless], timeout_s=1)
    assert "too long" in str(caught.value)


def test_no_address_is_ever_opened(tmp_path: Path) -> None:
    options = ffmpeg.Input(tmp_path / "x", "hls").arguments()[:-2]
    with pytest.raises(FfmpegFailed) as caught:
        run_ffmpeg([*options, "-i", "http://127.0.0.1:9/"], timeout_s=10)
    assert "not on whitelist" in caught.value.tail


def test_quiet_recordings_are_lifted_into_the_compressor() -> None:
    assert lift_db(-28) == 0
    assert lift_db(-50) == 26


def test_a_report_without_loudness_is_an_error() -> None:
    with pytest.raises(ValueError, match="no loudness"):
        parse_summary("nothing")


@pytest.mark.parametrize("name", sorted(chimes.ALL))
def test_the_sounds_are_those_of_the_script(name: str) -> None:
    with wave.open(str(SOUNDS / f"{name}.wav")) as file:
        kept = array("h", file.readframes(file.getnframes()))
        assert (file.getnchannels(), file.getframerate()) == (1, chimes.RATE_HZ)
    made = chimes.pcm(chimes.ALL[name]())
    assert len(kept) == len(made)
    assert max(abs(one - two) for one, two in zip(kept, made, strict=True)) <= 1


def test_the_opening_is_1_8_seconds_and_the_drill_is_no_siren() -> None:
    lengths = {name: len(make()) / chimes.RATE_HZ for name, make in chimes.ALL.items()}
    assert lengths["opening"] == 1.8
    drill, siren = chimes.drill(), chimes.siren()
    quiet = sum(abs(sample) < 0.02 for sample in drill) / len(drill)
    assert quiet > 0.4
    assert sum(abs(sample) < 0.02 for sample in siren) / len(siren) < 0.1


def test_another_ffmpeg_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg.ffmpeg_path.cache_clear()
    monkeypatch.setenv("LOA_FFMPEG", "/opt/ffmpeg")
    assert ffmpeg.ffmpeg_path() == "/opt/ffmpeg"
    ffmpeg.ffmpeg_path.cache_clear()


def test_ffmpeg_really_is_there() -> None:
    assert subprocess.run([ffmpeg.ffmpeg_path(), "-version"], capture_output=True, check=True)


@pytest.mark.parametrize("text", ["Họp.", "Mời bà con họp thôn.", "Cháy rừng, tất cả ra ngay."])
def test_a_call_of_a_few_words_is_aired_too(tmp_path: Path, text: str) -> None:
    voice = tmp_path / "call.wav"
    voice_get().synthesise(text, out=voice)
    made = build_programme(voice, out_dir=tmp_path)
    assert -17.6 <= made.level_lufs <= -15.0
    assert made.peak_dbtp <= -1.0
