"""What a node asks of one device, by the mailbox alone: done once, and answered."""

from __future__ import annotations

from pathlib import Path

from loa_protocol.payloads import ReceiptItem

from .fake_node import FakeNode
from .processes import players
from .sounds import encode, speechlike

OUTLET = "o-1"


def answer(node: FakeNode, command_id: str) -> ReceiptItem | None:
    """The device's last word about a command."""
    found = [item for item in node.items() if item.id == command_id]
    return found[-1] if found else None


def test_without_a_broker_commands_are_asked_for_obeyed_once_and_answered(
    node: FakeNode, tmp_path: Path
) -> None:
    now = node.now()
    media = node.add_media(encode(tmp_path / "ten.opus", speechlike(2.0)).read_bytes())
    speech = {"sha256": media.sha256, "bytes": media.bytes, "ms": 2000}
    tell = node.authority.command
    quiet = tell(OUTLET, now, "volume", volume_pct=50)
    name = tell(OUTLET, now, "self-test", speech=speech)
    missing = {"sha256": "0" * 64, "bytes": 1000, "ms": 1000}
    nowhere = tell(OUTLET, now, "self-test", speech=missing)
    listen = tell(OUTLET, now, "measure")
    stranger = tell("o-2", now, "volume", volume_pct=0)
    node.commands = [quiet, name, nowhere, listen, stranger]
    with players(node, tmp_path, OUTLET) as (player,):
        player.start()
        node.wait_until(lambda: answer(node, name.id) is not None, 40)
        node.wait_until(lambda: answer(node, listen.id) is not None, 20)
        done = answer(node, quiet.id)
        assert done is not None
        assert done.result == "accepted"
        said = answer(node, name.id)
        assert said is not None
        assert (said.result, said.grade, said.volume_pct) == ("played", "B", 50)
        assert said.level_lufs is not None
        measured = answer(node, listen.id)
        assert measured is not None
        assert measured.result == "accepted"
        assert answer(node, stranger.id) is None
        # A restart is answered before it happens, and nothing is done twice after it.
        again = tell(OUTLET, node.now(), "restart")
        node.commands = [quiet, name, again]
        node.wait_until(lambda: answer(node, again.id) is not None, 40)
        after = tell(OUTLET, node.now(), "self-test")
        node.commands = [quiet, name, again, after]
        node.wait_until(lambda: answer(node, after.id) is not None, 60)
        assert [i.result for i in node.items() if i.id == name.id] == ["played"]
        assert [i.result for i in node.items() if i.id == again.id] == ["accepted"]
        assert player.stop() == 0


def test_a_sentence_that_never_comes_is_answered_in_the_end(node: FakeNode, tmp_path: Path) -> None:
    missing = {"sha256": "0" * 64, "bytes": 1000, "ms": 1000}
    lost = node.authority.command(OUTLET, node.now(), "self-test", speech=missing)
    node.commands = [lost]
    with players(node, tmp_path, OUTLET, sink="null") as (player,):
        player.start()
        node.wait_until(lambda: answer(node, lost.id) is not None, 100)
        item = answer(node, lost.id)
        assert item is not None
        assert (item.result, item.reason) == ("refused", "media_missing")
