"""Two channels of which a cable turned one upside down: their sum is silence, each is not."""

from pathlib import Path

import pytest

from loa.media.clips import recording_cut
from loa.media.loudness import downmix, measure
from loa.media.probe import probe
from loa.media.programme import build_programme
from tests.media.conftest import Make

TURNED = "pan=stereo|c0=c0|c1=-1*c0"


def stereo(make: Make, speech: Path, mix: str, name: str = "hai-kenh.wav") -> Path:
    return make(name, "-i", str(speech), "-t", "6", "-af", mix)


@pytest.mark.parametrize(
    "mix", [TURNED, "pan=stereo|c0=c0|c1=-0.8*c0", "pan=stereo|c0=-1*c0|c1=c0"]
)
@pytest.mark.parametrize("name", ["hai-kenh.wav", "hai-kenh.mp3"])
def test_a_turned_channel_is_heard(
    make: Make, speech: Path, tmp_path: Path, mix: str, name: str
) -> None:
    made = build_programme(stereo(make, speech, mix, name), out_dir=tmp_path, chime=False)
    assert made.level_lufs == pytest.approx(-16, abs=1)
    assert made.seconds == pytest.approx(6, abs=0.2)


def test_a_cut_of_it_is_heard_too(make: Make, speech: Path, tmp_path: Path) -> None:
    out = tmp_path / "cut.flac"
    source = stereo(make, speech, TURNED)
    recording_cut(source, out, start_s=0, end_s=4, gate=False)
    assert measure(out).level_lufs > -35


@pytest.mark.parametrize(
    "mix",
    ["pan=stereo|c0=c0|c1=c0", "pan=stereo|c0=c0|c1=0*c0", "pan=stereo|c0=c0|c1=0.2*c0", "anull"],
)
def test_other_recordings_are_mixed_as_before(make: Make, speech: Path, mix: str) -> None:
    found = probe(stereo(make, speech, mix))
    assert downmix(found.source, stereo=found.stereo, timeout_s=30) == ""


def test_two_silent_channels_are_silent(make: Make) -> None:
    found = probe(make("im.wav", "-f", "lavfi", "-t", "2", "-i", "anullsrc=cl=stereo"))
    assert found.stereo
    assert downmix(found.source, stereo=True, timeout_s=30) == ""
