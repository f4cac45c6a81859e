"""The mixer alone: what is sent, sample by sample."""

from __future__ import annotations

from array import array

from loa_player.audio import BLOCK_SAMPLES, samples_in, tone
from loa_player.mixer import Ended, Lane, Mixer, MixerEvent, Paused, Play, Started
from loa_player.voice import Chunk, ClipVoice


def constant(value: int, samples: int) -> bytes:
    return array("h", [value] * samples).tobytes()


class Desk:
    """A mixer with its events, rendered block by block."""

    def __init__(self, volume_pct: int = 100) -> None:
        self.events: list[MixerEvent] = []
        self.mixer = Mixer(self.events.append, volume_pct=volume_pct)
        self.base = 0
        self.sent = b""
        self.runs: dict[tuple[str, int], bytes] = {}

    def run(self, blocks: int) -> None:
        for _ in range(blocks):
            block = self.mixer.render(self.base)
            assert samples_in(block.pcm) == BLOCK_SAMPLES
            self.base += BLOCK_SAMPLES
            self.sent += block.pcm
            for part in block.parts:
                piece = block.pcm[part.offset * 2 : (part.offset + part.samples) * 2]
                key = (part.key, part.run)
                self.runs[key] = self.runs.get(key, b"") + piece

    def ended(self, key: str) -> Ended:
        return next(e for e in self.events if isinstance(e, Ended) and e.key == key)


def test_a_play_starts_and_ends_exactly_at_its_sample_and_is_sent_unchanged() -> None:
    desk = Desk()
    pcm = tone(440, 0.1)
    desk.mixer.add(Play("a", Lane.PROGRAMME, ClipVoice(pcm), start=1234))
    desk.run(10)
    assert desk.sent[: 1234 * 2] == bytes(1234 * 2)
    assert desk.sent[1234 * 2 : 1234 * 2 + len(pcm)] == pcm
    assert desk.runs["a", 1] == pcm
    assert desk.events[0] == Started("a", 1, 1234, 0)
    assert desk.ended("a").reason == "ended"
    assert desk.ended("a").position == samples_in(pcm)


def test_an_order_is_heard_in_the_next_block_and_the_programme_goes_on_where_it_stopped() -> None:
    desk = Desk()
    programme = tone(300, 0.5)
    desk.mixer.add(Play("p", Lane.PROGRAMME, ClipVoice(programme)))
    desk.run(5)
    desk.mixer.add(Play("alert", Lane.REAL, ClipVoice(constant(5000, 4000)), alert_level_pct=100))
    desk.run(40)
    heard = array("h", desk.sent)
    boundary = 5 * BLOCK_SAMPLES
    assert heard[boundary + 480 : boundary + 4000] == array("h", [5000] * 3520)
    assert any(heard[boundary : boundary + 20]), "no silent hole at the change"
    paused = next(e for e in desk.events if isinstance(e, Paused))
    assert paused.position == boundary
    # Together the two runs are the whole programme; only the resume's fade differs.
    both = desk.runs["p", 1] + desk.runs["p", 2]
    assert len(both) == len(programme)
    assert both[: boundary * 2] == programme[: boundary * 2]
    assert both[(boundary + BLOCK_SAMPLES) * 2 :] == programme[(boundary + BLOCK_SAMPLES) * 2 :]
    assert desk.ended("p").position == samples_in(programme)


def test_real_outranks_drill_outranks_programme_whatever_came_first() -> None:
    desk = Desk()
    desk.mixer.add(Play("real", Lane.REAL, ClipVoice(constant(3000, 960 * 3))))
    desk.mixer.add(Play("drill", Lane.DRILL, ClipVoice(constant(2000, 960 * 3))))
    desk.mixer.add(Play("p", Lane.PROGRAMME, ClipVoice(constant(1000, 960 * 3))))
    desk.run(12)
    order = [e.key for e in desk.events if isinstance(e, Started)]
    assert order == ["real", "drill", "p"]


def test_stop_and_until_silence_a_play_without_a_click() -> None:
    desk = Desk()
    desk.mixer.add(Play("p", Lane.PROGRAMME, ClipVoice(constant(8000, 48_000)), until=2000))
    desk.run(5)
    heard = array("h", desk.sent)
    assert heard[1999] == 8000
    assert 0 < heard[2100] < 8000, "fades"
    assert not any(heard[2480:])
    assert desk.ended("p").reason == "until"
    desk.mixer.add(Play("q", Lane.PROGRAMME, ClipVoice(constant(8000, 48_000))))
    desk.run(2)
    assert desk.mixer.stop("q")
    desk.run(2)
    assert desk.ended("q").reason == "stopped"
    assert not any(array("h", desk.sent)[-900:])


def test_volume_and_gain_shape_programmes_but_not_orders() -> None:
    desk = Desk(volume_pct=50)
    desk.mixer.add(Play("p", Lane.PROGRAMME, ClipVoice(constant(8000, 960)), gain_db=6.0))
    desk.run(2)
    assert array("h", desk.runs["p", 1])[10] == int(8000 * 10 ** (6 / 20) / 2)
    desk.mixer.add(Play("a", Lane.REAL, ClipVoice(constant(8000, 960)), alert_level_pct=100))
    desk.run(2)
    assert array("h", desk.runs["a", 1])[10] == 8000


def test_gain_is_limited_instead_of_wrapping_round() -> None:
    desk = Desk()
    desk.mixer.add(Play("p", Lane.PROGRAMME, ClipVoice(constant(30_000, 960)), gain_db=12.0))
    desk.run(1)
    assert set(array("h", desk.runs["p", 1])) == {32_767}


def test_the_level_is_that_of_what_was_sent_and_silence_has_none() -> None:
    desk = Desk()
    desk.mixer.add(Play("loud", Lane.PROGRAMME, ClipVoice(tone(1000, 3.0, amplitude=0.25))))
    desk.run(151)
    level = desk.ended("loud").level_lufs
    # A sine of peak -12 dBFS is -15.05 dB RMS, and 1 kHz weighs +0.7 dB with the -0.691 offset.
    assert level is not None
    assert -15.6 < level < -14.5
    desk.mixer.volume_pct = 0
    desk.mixer.add(Play("mute", Lane.PROGRAMME, ClipVoice(tone(1000, 3.0))))
    desk.run(151)
    assert desk.ended("mute").level_lufs is None


def test_a_voice_that_is_not_ready_costs_silence_and_not_sound() -> None:
    class Slow:
        def __init__(self) -> None:
            self.calls = 0

        def read(self, samples: int) -> Chunk:
            self.calls += 1
            if self.calls <= 2:
                return Chunk(b"")
            return Chunk(constant(7, min(samples, 960)), ended=self.calls > 3)

        def close(self) -> None:
            self.calls = 99

    desk = Desk()
    desk.mixer.add(Play("slow", Lane.PROGRAMME, Slow()))
    desk.run(6)
    assert desk.ended("slow").starved == 2 * BLOCK_SAMPLES
    assert desk.ended("slow").position == 2 * BLOCK_SAMPLES


def test_a_looping_clip_sounds_until_it_is_stopped() -> None:
    desk = Desk()
    desk.mixer.add(Play("siren", Lane.REAL, ClipVoice(constant(9, 100), loop=True)))
    desk.run(20)
    assert set(array("h", desk.sent)) == {9}
    desk.mixer.stop("siren")
    desk.run(2)
    assert not desk.mixer.has("siren")
