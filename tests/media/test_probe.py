"""Uploads are inspected before anything decodes them."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loa.media import probe as probing
from loa.media.probe import MediaRefused, probe
from tests.media.conftest import Make

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
SILENCE = "anullsrc=r=8000:cl=mono"
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=2")


def refused(path: Path, **limits: float) -> MediaRefused:
    with pytest.raises(MediaRefused) as caught:
        probe(path, **limits)  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("name", "arguments", "codec"),
    [
        ("a.mp3", ["-c:a", "libmp3lame"], "mp3"),
        ("a.mp3", ["-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0"], "mp3"),
        ("a.wav", [], "pcm_s16le"),
        ("a.wav", ["-c:a", "pcm_f32le", "-ar", "96000", "-ac", "2"], "pcm_f32le"),
        ("a.m4a", ["-c:a", "aac"], "aac"),
        ("a.m4a", ["-c:a", "alac"], "alac"),
        ("a.aac", ["-c:a", "aac"], "aac"),
        ("a.aac", ["-c:a", "aac", "-write_id3v2", "1", "-metadata", "title=Tin"], "aac"),
        ("a.3gp", ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"], "amr_nb"),
        ("a.amr", ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"], "amr_nb"),
        ("a.ogg", ["-c:a", "libvorbis"], "vorbis"),
        ("a.opus", ["-c:a", "libopus"], "opus"),
        ("a.flac", [], "flac"),
    ],
)
def test_takes(make: Make, name: str, arguments: list[str], codec: str) -> None:
    probed = probe(make(name, *TONE, *arguments))
    assert probed.codec == codec
    assert probed.seconds == pytest.approx(2, abs=0.15)
    assert probed.bytes > 0


def test_the_name_does_not_matter(make: Make) -> None:
    path = make("a.flac", *TONE)
    assert probe(path.rename(path.with_name("song.txt"))).codec == "flac"


def test_a_picture_on_the_cover_does_not_matter(make: Make) -> None:
    path = make("a.mp3", *TONE, *PICTURE, "-frames:v", "1", "-c:v", "png", "-id3v2_version", "3")
    assert probe(path).codec == "mp3"


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.touch()
    assert refused(path).code == "empty"


def test_too_large(make: Make) -> None:
    assert refused(make("a.wav", *TONE), max_bytes=1_000).code == "too_large"


def test_missing_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "none")


@pytest.mark.parametrize(
    "content",
    [
        b"Day la van ban, khong phai am thanh." * 50,
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n",
        b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        b"RTSPtext\r\nrtsp://127.0.0.1/x\r\n",
        b"<smil><audio src='http://127.0.0.1/'/></smil>",
        b"\x7fELF" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"RIFF\x00\x00\x00\x00AVI " + bytes(200),
        b"\x00",
    ],
)
def test_what_is_no_recording_never_reaches_ffmpeg(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    monkeypatch.setenv("LOA_FFMPEG", "/none/such")
    assert refused(path).code == "not_audio"


@pytest.mark.parametrize(
    "head",
    [b"ID3\x04\x00\x00\x00\x00\x00\x00", b"OggS", b"fLaC", b"\xff\xfb", b"\x1aE\xdf\xa3"],
)
def test_a_playlist_behind_a_false_head_is_broken_and_not_followed(
    tmp_path: Path, head: bytes, make: Make
) -> None:
    secret = make("secret.wav", *TONE)
    path = tmp_path / "a.mp3"
    path.write_bytes(head + f"\n#EXTM3U\n#EXTINF:10,\n{secret}\nfile '{secret}'\n".encode())
    assert refused(path).code == "broken"


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.m4a", "a.ogg", "a.opus", "a.flac"])
def test_a_head_without_a_body_is_broken(make: Make, name: str) -> None:
    path = make(name, *TONE)
    path.write_bytes(path.read_bytes()[:24])
    assert refused(path).code == "broken"


def test_noise_behind_a_good_head_is_broken(make: Make) -> None:
    path = make("a.flac", *TONE)
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(range(256)) * 40)
    assert refused(path).code == "broken"


def test_pictures_without_sound(make: Make) -> None:
    path = make("a.mp4", *PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    assert refused(path).code == "no_audio"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("a.mp3", ["-c:a", "libmp3lame", "-b:a", "8k", "-ar", "8000"]),
        ("a.opus", ["-c:a", "libopus", "-b:a", "6k", "-frame_duration", "60"]),
        ("a.flac", ["-ar", "8000"]),
    ],
)
def test_three_hours_are_too_long(make: Make, name: str, arguments: list[str]) -> None:
    """A minute is encoded and repeated as it is: encoding three hours takes half a minute. A FLAC
    file's head tells its length, so that one is encoded whole."""
    if name.endswith(".flac"):
        path = make(name, "-f", "lavfi", "-t", "10800", "-i", SILENCE, *arguments)
    else:
        minute = make(f"minute-{name}", "-f", "lavfi", "-t", "60", "-i", SILENCE, *arguments)
        path = make(name, "-stream_loop", "179", "-i", str(minute), "-c", "copy")
    refusal = refused(path)
    assert refusal.code == "too_long"
    assert "2 giờ" in str(refusal)


def test_the_limit_of_length_is_the_callers(make: Make) -> None:
    path = make("a.wav", *TONE)
    assert refused(path, max_seconds=1.5).code == "too_long"
    assert probe(path, max_seconds=2.5).codec == "pcm_s16le"


def test_a_length_the_header_does_not_tell_is_counted(make: Make) -> None:
    path = make("a.flac", *TONE)
    data = bytearray(path.read_bytes())
    first, second = struct.unpack_from(">II", data, 18)
    struct.pack_into(">II", data, 18, first & ~0xF, 0)  # total samples unknown
    assert second > 0
    path.write_bytes(data)
    assert probe(path).seconds == pytest.approx(2, abs=0.1)


def with_length(path: Path, samples: int) -> Path:
    """The FLAC file with another number of samples in its head."""
    data = bytearray(path.read_bytes())
    first, _second = struct.unpack_from(">II", data, 18)
    struct.pack_into(">II", data, 18, first & ~0xF | samples >> 32, samples & 0xFFFFFFFF)
    path.write_bytes(data)
    return path


def test_a_head_that_lies_about_the_length_is_not_believed(make: Make) -> None:
    """It says a second; forty are inside."""
    path = make("a.flac", "-f", "lavfi", "-t", "40", "-i", SILENCE)
    with_length(path, 8_000)
    assert refused(path, max_seconds=30).code == "too_long"
    assert probe(path, max_seconds=60).seconds == pytest.approx(40, abs=0.1)
    assert probe(with_length(path, 8_000 * 10_800)).seconds == pytest.approx(40, abs=0.1)


def test_times_beside_the_packets_are_not_believed_either(make: Make) -> None:
    """Every packet of the recording says that it lasts a hundredth of what is in it."""
    sound = make("whole.m4a", "-f", "lavfi", "-t", "40", "-i", SILENCE, "-c:a", "aac")
    hurried = ["-c", "copy", "-bsf:a", "setts=ts=PTS/100:duration=DURATION/100"]
    path = make("a.m4a", "-i", str(sound), *hurried)
    assert refused(path, max_seconds=30).code == "too_long"


def test_decoding_stops_at_the_limit(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []
    real = probing.run_ffmpeg

    def listening(arguments: Sequence[str], **more: Any) -> str:
        told = more.get("on_seconds")
        if told is not None:
            more["on_seconds"] = lambda seconds: (heard.append(seconds), told(seconds))
        return real(arguments, **more)

    monkeypatch.setattr(probing, "run_ffmpeg", listening)
    path = with_length(make("a.flac", "-f", "lavfi", "-t", "3600", "-i", SILENCE), 8_000)
    assert refused(path, max_seconds=30).code == "too_long"
    assert 30 < max(heard) < 32


def test_a_blink_is_too_short(make: Make) -> None:
    path = make("a.wav", "-f", "lavfi", "-i", "sine=duration=0.05")
    assert refused(path).code == "too_short"


@pytest.mark.parametrize("zeros", [1, 14, 4096, 100_000])
@pytest.mark.parametrize("name", ["a.mp3", "a.aac"])
def test_zeros_before_the_first_frame_say_nothing(make: Make, zeros: int, name: str) -> None:
    path = make(name, *TONE, "-id3v2_version", "0") if name == "a.mp3" else make(name, *TONE)
    path.write_bytes(bytes(zeros) + path.read_bytes())
    assert probe(path).seconds == pytest.approx(2, abs=0.15)


def test_nothing_but_zeros_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(200_000))
    assert refused(path).code == "not_audio"


def test_a_length_that_would_be_guessed_from_the_bitrate_is_counted(make: Make) -> None:
    """A quiet start has small frames: by their bitrate the file would be three times as long."""
    quiet_first = ("-f", "lavfi", "-i", "aevalsrc=if(gt(t\\,6)\\,random(0)-0.5\\,0):d=12:s=44100")
    coding = ("-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0", "-id3v2_version", "0")
    path = make("a.mp3", *quiet_first, *coding)
    assert probe(path, max_seconds=13).seconds == pytest.approx(12, abs=0.15)


def joined(make: Make, codec: str, *second: str) -> Path:
    """An Ogg file of two seconds and two more, the second part coded otherwise."""
    first = make("a.ogg", *TONE, "-ar", "48000", "-ac", "1", "-c:a", codec)
    other = make("b.ogg", *TONE, "-ar", "48000", "-ac", "1", "-c:a", codec, *second)
    first.write_bytes(first.read_bytes() + other.read_bytes())
    return first


@pytest.mark.parametrize("codec", ["libvorbis", "libopus", "flac"])
def test_a_joined_ogg_of_one_kind_is_taken_whole(make: Make, codec: str) -> None:
    assert probe(joined(make, codec)).seconds == pytest.approx(4, abs=0.15)


@pytest.mark.parametrize(
    ("codec", "second"),
    [
        ("libvorbis", ["-ar", "24000"]),
        ("flac", ["-ar", "24000"]),
        ("libopus", ["-ac", "2"]),
        ("libvorbis", ["-c:a", "libopus"]),
    ],
)
def test_a_joined_ogg_of_two_kinds_is_refused_and_not_cut(
    make: Make, codec: str, second: list[str]
) -> None:
    refusal = refused(joined(make, codec, *second))
    assert refusal.code == "joined"
    assert "phần đầu" in str(refusal)
