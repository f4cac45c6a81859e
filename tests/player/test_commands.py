"""What a node asks of one device, by the mailbox alone: done once, and answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from loa_player.commands import Commands
from loa_protocol import Kind, parse_payload
from loa_protocol.payloads import Command, ReceiptItem

from .fake_authority import FakeAuthority
from .fake_node import FakeNode
from .processes import players
from .sounds import encode, speechlike

OUTLET = "o-1"


def answer(node: FakeNode, command_id: str, *, accepted: bool = False) -> ReceiptItem | None:
    """What came of a command; with `accepted` the word of its acceptance."""
    found = [item for item in node.items() if item.id == command_id]
    found = [one for one in found if (one.result == "accepted" and one.grade is None) == accepted]
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
        assert answer(node, quiet.id, accepted=True) is not None
        said = answer(node, name.id)
        assert said is not None
        assert (said.result, said.grade, said.volume_pct) == ("played", "B", 50)
        assert said.level_lufs is not None
        measured = answer(node, listen.id)
        assert measured is not None
        assert measured.result == "accepted"
        assert answer(node, stranger.id, accepted=True) is None
        # A restart is answered before it happens, and nothing is done twice after it.
        again = tell(OUTLET, node.now(), "restart")
        node.commands = [quiet, name, again]
        node.wait_until(lambda: answer(node, again.id, accepted=True) is not None, 40)
        after = tell(OUTLET, node.now(), "self-test")
        node.commands = [quiet, name, again, after]
        node.wait_until(lambda: answer(node, after.id) is not None, 60)
        assert [i.result for i in node.items() if i.id == name.id] == ["accepted", "played"]
        assert [i.result for i in node.items() if i.id == again.id] == ["accepted"]
        assert player.stop() == 0


@dataclass
class Store:
    """What the commands wrote down."""

    told: list[ReceiptItem] = field(default_factory=list)

    def add_outcome(self, line: ReceiptItem) -> None:
        self.told.append(line)


@dataclass
class Clock:
    """A monotonic clock moved by hand."""

    at_s: float = 0.0

    def monotonic(self) -> float:
        return self.at_s

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC)


class Empty:
    """A cache without the file."""

    def has(self, _sha256: str) -> bool:
        return False


def test_a_sentence_that_never_comes_is_answered_in_the_end() -> None:
    store, clock = Store(), Clock()
    asked: list[bool] = []
    commands = Commands(
        store=store,  # type: ignore[arg-type]  # the parts that are used
        mixer=None,  # type: ignore[arg-type]  # nothing sounds
        clock=clock,  # type: ignore[arg-type]
        media=Empty(),  # type: ignore[arg-type]
        set_volume=lambda _: None,
        set_level=lambda _: None,
        restart=lambda: None,
        fetch_assignment=lambda: None,
        deliver=lambda: None,
        on_missing=lambda: asked.append(True),
    )
    speech = {"sha256": "0" * 64, "bytes": 1000, "ms": 1000}
    payload = (
        FakeAuthority(clock.now()).command(OUTLET, clock.now(), "self-test", speech=speech).payload
    )
    command = parse_payload(Kind.COMMAND, payload)
    assert isinstance(command, Command)
    commands.obey("a" * 64, command)
    assert commands.wanted_media() == {"0" * 64: 1000}
    assert asked == [True]
    clock.at_s = 59
    commands.step()
    assert store.told == []
    clock.at_s = 61
    commands.step()
    assert [(line.result, line.reason) for line in store.told] == [("refused", "media_missing")]
    assert commands.wanted_media() == {}


def test_no_command_installs_software() -> None:
    store, clock = Store(), Clock()
    acts: list[str] = []
    commands = Commands(
        store=store,  # type: ignore[arg-type]  # the parts that are used
        mixer=None,  # type: ignore[arg-type]  # nothing sounds
        clock=clock,  # type: ignore[arg-type]
        media=Empty(),  # type: ignore[arg-type]
        set_volume=lambda _: acts.append("volume"),
        set_level=lambda _: acts.append("level"),
        restart=lambda: acts.append("restart"),
        fetch_assignment=lambda: acts.append("assignment"),
        deliver=lambda: None,
        on_missing=lambda: acts.append("media"),
    )
    payload = FakeAuthority(clock.now()).command(OUTLET, clock.now(), "look-for-software").payload
    command = parse_payload(Kind.COMMAND, payload)
    assert isinstance(command, Command)
    commands.obey("a" * 64, command)
    assert acts == []
    assert [(line.result, line.reason) for line in store.told] == [("refused", "unsupported")]
