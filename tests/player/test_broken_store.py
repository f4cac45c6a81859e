"""A device whose store was damaged comes back by itself: enrolled, with its trust, and it takes
nothing that it had taken before."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from loa_player.database import Database, StoreError
from loa_player.identity import load_identity
from loa_player.keep import Doubled, Saved
from loa_protocol import Channel

from .damage import Past, survive
from .rig import Rig

CASES = 150  # `make soak` does 1,000


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past.make(tmp_path_factory.mktemp("past"))


def card(past: Past, tmp_path: Path) -> Path:
    return Path(shutil.copytree(past.folder, tmp_path / "card"))


def test_any_damage_leaves_the_device_enrolled_and_nothing_old_is_taken(
    past: Past, tmp_path: Path
) -> None:
    for seed in range(CASES):
        survive(past, tmp_path, seed)


@pytest.mark.parametrize("content", [b"", b"\0" * 40_960, None], ids=["empty", "zeros", "gone"])
def test_a_store_that_is_gone_is_rebuilt_and_says_so(
    past: Past, tmp_path: Path, content: bytes | None
) -> None:
    folder = card(past, tmp_path)
    for path in folder.glob("player.db*"):
        path.unlink()
    if content is not None:
        (folder / "player.db").write_bytes(content)
    past.switch_on(folder)
    past.check()
    assert past.rig.store.counts_for_health(store_full=False)["store_rebuilt"] == 1
    past.rig.database.close()


def test_a_store_put_back_from_last_week_takes_nothing_old(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    rig = Rig(tmp_path / "live")
    old = rig.authority.plan(rig.now, ())
    rig.database.close()
    week_old = (rig.folder / "player.db").read_bytes()
    rig.boot()
    rig.tell_time()
    rig.manual.advance(2)
    assert rig.take(rig.authority.plan(rig.now, ()), Channel.PLAN) is None
    alert = rig.authority.alert(rig.now)
    assert rig.take(alert, Channel.AREA) is None
    rig.database.close()
    (rig.folder / "player.db").write_bytes(week_old)
    rig.boot()
    rig.tell_time()
    assert rig.take(old, Channel.PLAN) == "old_version"
    assert rig.take(alert, Channel.AREA) == "seen"
    rig.database.close()


def test_with_both_lists_of_seen_orders_lost_nothing_issued_before_is_taken(
    past: Past, tmp_path: Path
) -> None:
    folder = card(past, tmp_path)
    for path in (folder / "player.db", *(folder / "kept").glob("orders.*")):
        path.write_bytes(b"\0" * path.stat().st_size)
    (folder / "player.db-wal").unlink()
    past.switch_on(folder)
    past.rig.tell_time()
    for envelope in (past.in_force, past.dead[0]):
        assert past.rig.take(envelope, Channel.AREA) == "below_floor"
    past.rig.manual.advance(120)
    assert past.rig.take(past.rig.authority.alert(past.rig.now), Channel.AREA) is None
    past.rig.database.close()


@pytest.mark.parametrize("part", ["trust", "floor"])
def test_with_a_part_of_the_trust_lost_everywhere_the_device_believes_nobody(
    past: Past, tmp_path: Path, part: str
) -> None:
    folder = card(past, tmp_path)
    for path in (*folder.glob("player.db*"), *(folder / "kept").glob(f"{part}.*")):
        path.unlink()
    past.switch_on(folder)
    assert past.rig.gate.receiver is None
    assert past.rig.store.fact("outlet") is None
    past.rig.database.close()


def test_a_store_of_before_gets_its_copies_and_loses_nothing(past: Past, tmp_path: Path) -> None:
    folder = card(past, tmp_path)
    shutil.rmtree(folder / "kept")
    with sqlite3.connect(folder / "player.db") as run:
        run.execute("DELETE FROM fact WHERE name LIKE 'kept_%'")
    run.close()
    past.switch_on(folder)
    assert past.rig.gate.plan_id() == past.plan.id
    assert past.rig.store.rebuilt() == 0
    past.check()
    past.rig.database.close()
    (folder / "player.db").write_bytes(b"\0" * 8192)
    past.switch_on(folder)
    past.check()
    past.rig.database.close()


def test_what_the_node_has_not_confirmed_is_saved_from_a_store_that_can_be_read_in_part(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path)
    for _ in range(40):
        assert rig.take(rig.authority.alert(rig.now), Channel.AREA) is None
    before = len(rig.lines())
    with rig.database.read() as run:
        root = run.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'standing'").fetchone()
    rig.database.close()
    with (tmp_path / "player.db").open("r+b") as file:
        file.seek((root[0] - 1) * 4096)
        file.write(b"\0" * 4096)
    rig.boot()
    assert rig.store.rebuilt() == 1
    assert len(rig.lines()) == before
    assert (tmp_path / "player.db.broken").exists()
    rig.database.close()


def test_a_slot_that_may_have_sounded_is_not_reported_as_missed(past: Past, tmp_path: Path) -> None:
    folder = card(past, tmp_path)
    (folder / "player.db").write_bytes(b"")
    (folder / "player.db-wal").unlink()
    past.switch_on(folder)
    floor_ms = past.rig.store.time_floor().timestamp() * 1000
    assert past.rig.store.fact("enrolled_ms") == pytest.approx(floor_ms, abs=1)
    past.rig.database.close()


def test_what_can_be_mended_by_waiting_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "player.db"
    Database(path).close()
    with sqlite3.connect(path) as run:
        run.execute("PRAGMA user_version = 9")
    run.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="schema 9"):
        Database(path)
    assert path.read_bytes() == content, "a newer software's store stays where it is"


def test_a_card_without_room_for_the_copies_loses_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path)

    def full(_self: Doubled, _saved: Saved) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Doubled, "write", full)
        assert rig.take(rig.authority.alert(rig.now), Channel.AREA) is None
        assert rig.database.kept_fault is not None
    order = rig.gate.voice().order
    assert order is not None
    rig.gate.save_time()
    assert rig.database.kept_fault is None
    rig.database.close()
    (tmp_path / "player.db").write_bytes(b"")
    rig.boot()
    assert rig.gate.state().orders.keys() == {order.key}
    rig.database.close()


@pytest.mark.parametrize("left", [None, 0, 32, 60])
def test_the_key_comes_back_from_its_copies(tmp_path: Path, left: int | None) -> None:
    kid = load_identity(tmp_path, None).public.kid
    path = tmp_path / "device.key"
    if left is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:left])
    assert load_identity(tmp_path, None).public.kid == kid
    for file in (path, *(tmp_path / "kept").iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_torn_copy_never_counts_and_is_mended(tmp_path: Path) -> None:
    pair = Doubled(tmp_path, "part")
    pair.write(Saved(1, b"one"))
    newest = Saved(2, b"two, and longer")
    (tmp_path / "part.1").write_bytes(b"loa-kept 1 2 15 " + b"0" * 64 + b"\ntwo, and longer")
    assert pair.read() == Saved(1, b"one")
    pair.write(newest)
    assert pair.is_even(newest)
    for path in (tmp_path / "part.1", tmp_path / "part.2"):
        whole = path.read_bytes()
        for cut in range(len(whole)):
            path.write_bytes(whole[:cut])
            assert pair.read() == newest
        path.write_bytes(whole)
