"""Real player processes: starting together, and surviving what boards survive."""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import datetime
from pathlib import Path

import pytest

from loa_player.audio import RATE_HZ
from loa_player.decode import decoded
from loa_protocol.payloads import Media, ReceiptItem

from .correlate import shift_ms
from .fake_authority import media_item
from .fake_node import FakeNode, soon
from .processes import PlayerProcess, players
from .sounds import encode, machine_ns, read_wav, speechlike


def give(node: FakeNode, folder: Path, length_s: float) -> tuple[Media, bytes]:
    path = encode(folder / f"voice-{length_s}.opus", speechlike(length_s))
    return node.add_media(path.read_bytes()), b"".join(decoded(path))


def one_item(node: FakeNode, media: Media, at: datetime, length: int) -> None:
    node.plan = node.authority.plan(
        node.now(), (media_item(at, media.sha256, media.bytes, length),)
    )


def result_count(node: FakeNode, result: str) -> int:
    return sum(item.result == result for item in node.items())


@pytest.mark.alone
def test_three_players_start_one_item_together(node: FakeNode, tmp_path: Path) -> None:
    media, _ = give(node, tmp_path, 4.0)
    one_item(node, media, soon(node, 9), 4)
    with players(node, tmp_path, "o-1", "o-2", "o-3") as made:
        for player in made:
            player.start()
        node.wait_until(lambda: result_count(node, "played") == 3, 40)
        for player in made:
            assert player.stop() == 0
    lines = []
    for player in made:
        (path,) = player.wav.glob("*.wav")
        lines.append((machine_ns(path), read_wav(path)[0]))
    zero_ns = min(began_ns for began_ns, _ in lines)
    # On one time line by the machine's clock: a player with a wrong clock shows.
    laid = [bytes((ns - zero_ns) * RATE_HZ // 10**9 * 2) + pcm for ns, pcm in lines]
    apart_ms = [abs(shift_ms(laid[0], other)) for other in laid[1:]]
    assert max(apart_ms) < 30, apart_ms


def test_told_to_stop_while_it_enrols_it_ends(node: FakeNode, tmp_path: Path) -> None:
    with players(node, tmp_path, "o-1") as (player,):

        def told() -> None:
            assert player.process is not None
            player.process.terminate()

        node.before_enrolled = told
        process = player.start().process
        assert process is not None
        assert process.wait(timeout=20) == 0


@pytest.mark.alone
def test_killed_while_it_plays_it_goes_on_and_says_so(node: FakeNode, tmp_path: Path) -> None:
    media, whole = give(node, tmp_path, 8.0)
    one_item(node, media, soon(node, 6), 8)
    with players(node, tmp_path, "o-1") as (player,):
        player.start()
        node.wait_until(lambda: bool(list(player.wav.glob("*.wav"))), 25)
        (first,) = player.wav.glob("*.wav")
        node.wait_until(lambda: first.stat().st_size > 2.5 * RATE_HZ * 2, 10)
        player.kill()
        player.start()
        node.wait_until(lambda: result_count(node, "played") == 1, 30)
        assert player.stop() == 0
    assert result_count(node, "interrupted") == 1
    interrupted, played = node.items()
    assert (interrupted.run, played.run) == (1, 2)
    assert (interrupted.played_ms or 0) + (played.played_ms or 0) == len(
        whole
    ) // 2 * 1000 // RATE_HZ
    runs = [read_wav(path)[0] for path in sorted(player.wav.glob("*.wav"))]
    assert len(runs) == 2
    assert whole.startswith(runs[0]), "what a kill left behind is a valid file"
    assert whole.endswith(runs[1])
    repeated_s = (len(runs[0]) + len(runs[1]) - len(whole)) / 2 / RATE_HZ
    assert 0 <= repeated_s < 0.3, "nothing is lost, and hardly anything is heard twice"


def test_killed_while_it_downloads_it_goes_on_where_it_was(node: FakeNode, tmp_path: Path) -> None:
    media, _ = give(node, tmp_path, 20.0)
    node.media_bytes_s = 30_000
    one_item(node, media, soon(node, 25), 20)
    chance = random.Random(7)
    with players(node, tmp_path, "o-1") as (player,):
        part = player.data / "media" / "part" / media.sha256
        done = player.data / "media" / media.sha256
        for _ in range(4):
            player.start()
            target = chance.randint(1, media.bytes - 1)
            node.wait_until(
                lambda target=target: (
                    done.exists()  # type: ignore[misc]
                    or (part.exists() and part.stat().st_size >= target)
                ),
                20,
            )
            player.kill()
            if done.exists():
                break
            assert not list(player.wav.glob("*.wav")), "a part is never played"
        node.media_bytes_s = None
        player.start()
        node.wait_until(done.exists, 20)
        assert done.read_bytes() == node.media[media.sha256]
        player.stop()
    starts = [start for sha, start in node.ranges_asked if sha == media.sha256]
    assert starts[0] == 0
    assert max(starts) > 0, "it went on by range"


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_any_moment_lose_no_proof_and_play_nothing_twice(
    node: FakeNode, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    media, whole = give(node, tmp_path, 1.5)
    first_at = soon(node, 6)
    slots = 4
    items = tuple(
        media_item(soon(node, 6 + 3 * i), media.sha256, media.bytes, 2, bulletin=f"b-{i}")
        for i in range(slots)
    )
    node.plan = node.authority.plan(node.now(), items)
    end_s = time.monotonic() + (first_at - node.now()).total_seconds() + 3 * slots + 1
    with players(node, tmp_path, "o-1") as (player,):
        player.start()
        node.wait_until((player.data / "media" / media.sha256).exists, 20)
        while time.monotonic() < end_s:
            moment_s = time.monotonic() + chance.uniform(0.3, 3.5)
            node.wait_until(lambda moment_s=moment_s: time.monotonic() >= moment_s, 10)  # type: ignore[misc]
            player.kill()
            _intact(player)
            player.start()
        node.wait_until(lambda: len({i.id for i in node.items() if _is_end(i)}) == slots, 30)
        player.stop()
    done = [i for i in node.items() if _is_end(i)]
    assert len(done) == len({i.id for i in done}), "one end per slot"
    for line in done:
        runs = [i for i in node.items() if i.id == line.id and i.started is not None]
        numbers = [i.run for i in runs]
        assert len(numbers) == len(set(numbers)), "no run is proved twice"
        if line.result == "played":
            assert sum(i.played_ms or 0 for i in runs) == len(whole) // 2 * 1000 // RATE_HZ
        heard = sum(len(read_wav(path)[0]) for path in player.wav.glob(f"{line.id}.*.wav"))
        assert heard <= len(whole) + len(runs) * RATE_HZ // 2 * 2


def _is_end(line: ReceiptItem) -> bool:
    return line.result in {"played", "expired"} or line.reason == "next_item"


def _intact(player: PlayerProcess) -> None:
    connection = sqlite3.connect(player.data / "player.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()


def test_with_the_node_gone_it_plays_from_its_store_and_reports_later(
    node: FakeNode, tmp_path: Path
) -> None:
    media, _ = give(node, tmp_path, 2.0)
    one_item(node, media, soon(node, 12), 2)
    with players(node, tmp_path, "o-1") as (player,):
        player.start()
        node.wait_until((player.data / "media" / media.sha256).exists, 20)
        node.stop()
        player.kill()
        player.start()  # and even the program begins without a node
        node.wait_until(lambda: bool(list(player.wav.glob("*.wav"))), 25)
        assert not node.receipts
        node.start()
        node.wait_until(lambda: result_count(node, "played") == 1, 70)
        assert player.stop() == 0


def test_wrong_bytes_are_never_played(node: FakeNode, tmp_path: Path) -> None:
    media, _ = give(node, tmp_path, 2.0)
    node.tamper_media = True
    one_item(node, media, soon(node, 6), 2)
    with players(node, tmp_path, "o-1") as (player,):
        player.start()
        node.wait_until(lambda: result_count(node, "expired") == 1, 40)
        assert player.stop() == 0
        assert not list(player.wav.glob("*.wav"))
        assert not list((player.data / "media").glob("?" * 64))
    (line,) = node.items()
    assert line.reason == "media_missing"


def test_a_player_that_was_switched_on_before_its_node_waits_for_it(
    node: FakeNode, tmp_path: Path
) -> None:
    with players(node, tmp_path, "o-1", sink="null") as (player,):
        node.stop()
        player.start()
        node.wait_until(lambda: "Tự thử lại" in player.log_text(), 20)
        node.start()
        node.wait_until(lambda: "o-1" in node.devices, 30)


def test_a_used_claim_is_explained_and_another_root_is_not_believed(
    node: FakeNode, tmp_path: Path
) -> None:
    with players(node, tmp_path, "o-1", "o-2") as (first, second):
        node.claims.pop("claim-o-1")
        first.start()
        assert first.process is not None
        assert first.process.wait(20) == 2
        assert "mã sai, đã dùng hoặc hết hạn" in first.log_text()
        claim = tmp_path / "o-2.json"
        claim.write_text(claim.read_text().replace(node.authority.root_sha256, "0" * 64))
        second.start()
        assert second.process is not None
        assert second.process.wait(20) == 2
        assert "khóa gốc khác" in second.log_text()
