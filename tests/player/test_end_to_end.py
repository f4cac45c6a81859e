"""Enrol, fetch, verify, play to a file, deliver the signed proof: a real player, a small node."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loa_player.decode import decoded

from .fake_authority import media_item
from .fake_node import FakeNode, soon
from .processes import players
from .sounds import encode, read_wav, speechlike


@pytest.mark.alone
def test_a_plan_becomes_sound_and_a_signed_proof(node: FakeNode, tmp_path: Path) -> None:
    source = encode(tmp_path / "voice.opus", speechlike(3.0))
    media = node.add_media(source.read_bytes())
    at = soon(node, 6)
    node.plan = node.authority.plan(node.now(), (media_item(at, media.sha256, media.bytes, 3),))
    with players(node, tmp_path, "cum-loa-01") as (player,):
        player.start()
        node.wait_until(lambda: any(i.result == "played" for i in node.items()), 25)
        assert player.stop() == 0
    (item,) = node.items()
    assert item.media == media.sha256
    assert item.bulletin == "bulletin-1"
    assert item.level_lufs is not None
    assert -40 < item.level_lufs < -10
    assert item.grade == "B"
    assert item.started is not None
    assert abs((item.started - at).total_seconds()) < 0.03
    (wav,) = player.wav.glob("*.wav")
    pcm, reference, date = read_wav(wav)
    assert pcm == b"".join(decoded(source)), "at full volume the voice is sent unchanged"
    # Day and sample together: a sample just before midnight is the day before's.
    begun = datetime.fromisoformat(f"{date}T00:00:00+00:00") + timedelta(seconds=reference / 48_000)
    assert abs((begun - at).total_seconds()) < 0.03
