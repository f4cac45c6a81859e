"""Where samples go: files that stay valid, and a card's pace."""

from __future__ import annotations

import sys
import threading
import time
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loa_player.audio import BLOCK_SAMPLES, RATE_HZ, tone
from loa_player.engine import AudioEngine
from loa_player.mixer import Block, Ended, Lane, Mixer, MixerEvent, Part, Play
from loa_player.sinks.alsa import AlsaSink
from loa_player.sinks.base import SinkError
from loa_player.sinks.pacing import LEAD_S, Pacer
from loa_player.sinks.wav import WavSink, mend_headers
from loa_player.voice import ClipVoice

from .rig import VirtualSamples
from .sounds import machine_ns, read_wav

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


def trusted_of(second: float) -> datetime:
    return MIDNIGHT + timedelta(hours=5, seconds=second)


def machine_ns_of(second: float) -> int:
    """The machine's clock is three seconds behind what the player believes."""
    return round((MIDNIGHT.timestamp() + 5 * 3600 + second - 3) * 1e9)


def block(number: int, *, first: bool = False, last: bool = False, offset: int = 0) -> Block:
    pcm = tone(500, 0.02)
    part = Part("item", 1, offset, BLOCK_SAMPLES - offset, first, last)
    return Block(number * BLOCK_SAMPLES, pcm, (part,))


def test_a_file_says_when_its_first_sample_sounded_by_both_clocks(tmp_path: Path) -> None:
    sink = WavSink(tmp_path, VirtualSamples(), trusted_of, machine_ns_of)
    sink.write(block(10, first=True, offset=100))
    sink.write(block(11, last=True))
    (path,) = tmp_path.glob("*.wav")
    pcm, reference, date = read_wav(path)
    assert path.name == "item.01.wav"
    assert len(pcm) == (2 * BLOCK_SAMPLES - 100) * 2
    assert date == "2026-12-01"
    first = 10 * BLOCK_SAMPLES + 100
    assert reference == 5 * 3600 * RATE_HZ + first
    assert machine_ns(path) == machine_ns_of(first / RATE_HZ)


def test_what_a_kill_left_open_is_mended(tmp_path: Path) -> None:
    sink = WavSink(tmp_path, VirtualSamples(), trusted_of)
    for number in range(40):
        sink.write(block(number, first=number == 0))
    (path,) = tmp_path.glob("*.wav")
    with wave.open(str(path)) as file:
        assert file.getnframes() >= RATE_HZ // 2, "valid even before it is mended"
    assert mend_headers(tmp_path) == 1
    assert len(read_wav(path)[0]) == 40 * BLOCK_SAMPLES * 2
    assert mend_headers(tmp_path) == 0
    again = WavSink(tmp_path, VirtualSamples(), trusted_of)
    again.write(block(50, first=True, last=True))
    assert len(list(tmp_path.glob("*.wav"))) == 2, "a run never overwrites another"
    sink.close()


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "wav", VirtualSamples(), trusted_of)
    (tmp_path / "wav").rmdir()
    with pytest.raises(SinkError, match="Không ghi được"):
        sink.write(block(0, first=True))


@pytest.mark.alone
def test_the_pace_is_that_of_a_sound_card() -> None:
    now = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pacer = Pacer(lambda: now[0], sleep)
    for number in range(50):
        pacer.wait_for(number * BLOCK_SAMPLES)
        assert pacer.instant_of(number * BLOCK_SAMPLES) == pytest.approx(now[0] + LEAD_S)
    assert sum(slept) == pytest.approx(49 * 0.02)
    now[0] += 3.0  # the process was stopped
    pacer.wait_for(50 * BLOCK_SAMPLES)
    assert pacer.stalls == 1
    assert pacer.instant_of(50 * BLOCK_SAMPLES) == pytest.approx(now[0] + LEAD_S)
    assert pacer.sample_at(pacer.instant_of(12_345)) == 12_345


def card(tmp_path: Path) -> Path:
    """A stand-in for aplay: takes samples at a card's pace and keeps them."""
    program = tmp_path / "aplay"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, sys, time\n"
        f"kept = open({str(tmp_path / 'heard.raw')!r}, 'wb')\n"
        "start, done = time.monotonic(), 0\n"
        "while piece := os.read(0, 960):\n"
        "    kept.write(piece)\n"
        "    done += len(piece)\n"
        "    time.sleep(max(0, start + done / 96000 - 0.04 - time.monotonic()))\n"
    )
    program.chmod(0o755)
    return program


@pytest.mark.alone
def test_a_card_sets_the_pace_and_hears_every_sample(tmp_path: Path) -> None:
    events: list[MixerEvent] = []
    over = threading.Event()

    def on_event(event: MixerEvent) -> None:
        events.append(event)
        if isinstance(event, Ended):
            over.set()

    sink = AlsaSink("default", time.monotonic, program=str(card(tmp_path)))
    mixer = Mixer(on_event)
    pcm = tone(700, 1.0)
    engine = AudioEngine(mixer, sink, lambda fault: pytest.fail(str(fault)))
    began_s = time.monotonic()
    engine.start()
    mixer.add(Play("t", Lane.PROGRAMME, ClipVoice(pcm), start=RATE_HZ // 2))
    assert over.wait(10)
    assert 1.2 < time.monotonic() - began_s < 2.5
    engine.stop()
    heard = (tmp_path / "heard.raw").read_bytes()
    assert heard[RATE_HZ : RATE_HZ + len(pcm)] == pcm


def test_a_card_that_goes_away_is_reported_once(tmp_path: Path) -> None:
    program = tmp_path / "aplay"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    said: list[str | None] = []
    gone = threading.Event()

    def on_sink(text: str | None) -> None:
        said.append(text)
        gone.set()

    sink = AlsaSink("default", time.monotonic, program=str(program))
    engine = AudioEngine(Mixer(lambda _event: None), sink, on_sink)
    engine.start()
    assert gone.wait(10)
    engine.stop()
    assert len(said) == 1
    assert "aplay -l" in str(said[0])


def test_without_alsa_utils_the_technician_is_told_what_to_install() -> None:
    with pytest.raises(SinkError, match="alsa-utils"):
        AlsaSink("default", time.monotonic, program="no-such-aplay")


def test_a_demonstration_of_weeks_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loa_player.sinks.wav.FILES_KEPT", 3)
    sink = WavSink(tmp_path, VirtualSamples(), trusted_of)
    for number in range(6):
        part = Part(f"item-{number}", 1, 0, BLOCK_SAMPLES, first=True, last=True)
        sink.write(Block(number * BLOCK_SAMPLES, tone(500, 0.02), (part,)))
    sink.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"item-{number}.01.wav" for number in (3, 4, 5)
    ]
