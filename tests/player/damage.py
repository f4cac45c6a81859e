"""What a power loss does to a card: files cut off, pages and sectors full of zeros, files gone."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from loa_protocol import Channel, Envelope

from .rig import OUTLET, Rig

PAGE_BYTES = 4096
SECTOR_BYTES = 512
_STORE = ("player.db", "player.db-wal", "player.db-shm")
_PARTS = ("trust", "floor", "orders")


class Bare(Rig):
    """A device without sound: what it remembers, and the gate before it."""

    def boot(self) -> None:
        self.boot_memory()


@dataclass(frozen=True)
class Past:
    """A device that has seen something, and everything that it must still know after damage.

    `folder` is its card as it was when the power went; `rig` the device that is switched on again
    with damaged copies of it.
    """

    rig: Bare
    folder: Path
    went: datetime
    old_plan: Envelope
    plan: Envelope
    policy: Envelope
    in_force: Envelope
    dead: tuple[Envelope, ...]

    @classmethod
    def make(cls, home: Path) -> Past:
        """Enrolled; two plans, an order in force, one cancelled, a command, a revoked key."""
        (home / "live").mkdir(parents=True)
        rig = Bare(home / "live")
        give = rig.authority
        old = give.plan(rig.now, ())
        assert rig.take(old, Channel.PLAN) is None
        rig.manual.advance(2)
        plan, policy = give.plan(rig.now, ()), give.policy(rig.now)
        ended = give.alert(rig.now)
        in_force = give.alert(rig.now)
        cancel = give.cancel(rig.now, ended.id)
        command = give.command(OUTLET, rig.now, "self-test")
        assert rig.take(plan, Channel.PLAN) is None
        assert rig.take(policy, Channel.POLICY) is None
        for order in (ended, in_force, cancel):
            assert rig.take(order, Channel.AREA) is None
        assert rig.take(command, Channel.OUTLET) is None
        gone = (give.keys.trainers[0].public.kid,)
        assert rig.take(give.trust(rig.now, revoked=gone), Channel.TRUST) is None
        rig.gate.save_time()
        # The power goes now: the log is not folded into the file.
        shutil.copytree(rig.folder, home / "cut")
        rig.database.close()
        return cls(
            rig, home / "cut", rig.now, old, plan, policy, in_force, (ended, cancel, command)
        )

    def switch_on(self, folder: Path) -> None:
        """Start the program on the card `folder`, a minute after the power went."""
        self.rig.folder = folder
        self.rig.manual.jump(self.went)
        self.rig.kill(off_s=60, reboot=True)

    def check(self) -> None:
        """It is enrolled, believes what it believed, and takes nothing old. Asks the node anew for
        the rest."""
        rig = self.rig
        assert rig.gate.receiver is not None
        assert rig.gate.receiver.outlet == OUTLET
        assert rig.gate.assignment() is not None
        assert rig.gate.trust.root_envelope.id == rig.authority.root_sha256
        assert rig.gate.trust.revoked.keys() == {rig.authority.keys.trainers[0].public.kid}
        assert rig.store.time_floor() >= self.went - timedelta(milliseconds=1)
        rig.tell_time()
        assert rig.take(self.old_plan, Channel.PLAN) == "old_version"
        for envelope in self.dead:
            way = Channel.OUTLET if envelope.kind == "command" else Channel.AREA
            assert rig.take(envelope, way) == "seen", envelope.kind
        assert rig.take(self.in_force, Channel.AREA) == "seen"
        order = rig.gate.voice().order
        assert order is not None
        assert order.current == self.in_force.id
        assert rig.gate.wording(self.in_force.id) is not None
        assert rig.take(self.plan, Channel.PLAN) is None
        assert rig.take(self.policy, Channel.POLICY) is None
        assert rig.gate.plan_id() == self.plan.id
        assert rig.gate.policies()


def harm(folder: Path, dice: random.Random) -> str:
    """Damage the store and at most one copy of each doubled part; returns what was done."""
    done = [_harm_one(folder / name, dice) for name in _chosen(_STORE, dice)]
    done += [
        _harm_one(folder / "kept" / f"{part}.{dice.randint(1, 2)}", dice)
        for part in _PARTS
        if dice.random() < 0.5
    ]
    return ", ".join(done)


def survive(past: Past, home: Path, seed: int) -> str:
    """One case: damage by `seed`, start, check, start again. Returns what was done."""
    folder = home / str(seed)
    shutil.copytree(past.folder, folder)
    done = harm(folder, random.Random(seed))
    past.switch_on(folder)
    try:
        past.check()
        rebuilt = past.rig.store.rebuilt()
        past.rig.kill(reboot=True)
        past.check()
        assert past.rig.store.rebuilt() == rebuilt, "the mended store is whole"
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {done}") from error
    finally:
        past.rig.database.close()
        shutil.rmtree(folder)
    return done


def _chosen(names: tuple[str, ...], dice: random.Random) -> list[str]:
    return dice.sample(names, dice.randint(1, len(names)))


def _harm_one(path: Path, dice: random.Random) -> str:
    way = dice.choice((_cut, _zero_pages, _zero_sectors, _zero_all, _remove))
    if path.exists():
        way(path, dice)
    return f"{path.name} {way.__name__}"


def _cut(path: Path, dice: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(dice.randrange(path.stat().st_size or 1))


def _zero_pages(path: Path, dice: random.Random) -> None:
    _zero(path, dice, PAGE_BYTES)


def _zero_sectors(path: Path, dice: random.Random) -> None:
    _zero(path, dice, SECTOR_BYTES)


def _zero(path: Path, dice: random.Random, unit_bytes: int) -> None:
    size = path.stat().st_size
    units = max(1, size // unit_bytes)
    with path.open("r+b") as file:
        for unit in dice.sample(range(units), dice.randint(1, min(units, 6))):
            file.seek(unit * unit_bytes)
            file.write(b"\0" * min(unit_bytes, size - unit * unit_bytes))


def _zero_all(path: Path, _dice: random.Random) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def _remove(path: Path, _dice: random.Random) -> None:
    path.unlink()
