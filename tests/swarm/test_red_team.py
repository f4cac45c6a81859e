"""Every attack on one device with the player's own gate: refused by its name, nothing begins."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tools.protocol.world import World

from loa_protocol import Channel, ManualClock
from loa_swarm.attacks import ABOUT_THE_GENUINE, Attack, attacks, every_byte
from tests.swarm.loot import Pole, floor_of, loot_of

FUZZED = 20_000
EARLY = {"no_time", "expired", "delegation_expired", "delegation_not_started"}


@pytest.fixture
def world() -> World:
    return World(demo=True)


@pytest.fixture
def pole(tmp_path: Path, world: World) -> Pole:
    made = Pole(tmp_path, world)
    assert made.offer(floor_of(world), Channel.OPEN) is None
    return made


def names(found: list[Attack]) -> list[str]:
    return [attack.name for attack in found]


def test_every_attack_is_refused_by_its_name_and_nothing_begins(pole: Pole, world: World) -> None:
    genuine = world.alert()
    assert pole.offer(genuine) is None
    begun = list(pole.begun)
    found = list(attacks(loot_of(world, genuine)))
    wrong = {
        attack.name: said
        for attack in found
        if (said := pole.offer(attack.data, attack.channel)) not in attack.expected
    }
    assert wrong == {}
    assert pole.begun == begun
    assert len(found) >= 60
    assert len(set(names(found))) == len(found)


def test_every_attack_is_refused_also_while_nothing_is_in_force(pole: Pole, world: World) -> None:
    genuine = world.alert()
    for attack in attacks(loot_of(world, genuine)):
        if attack.name not in ABOUT_THE_GENUINE:
            assert pole.offer(attack.data, attack.channel) is not None, attack.name
    assert pole.begun == []
    assert pole.offer(genuine) is None, "and the true one is still believed"


def test_each_altered_byte_is_refused(pole: Pole, world: World) -> None:
    genuine = world.alert()
    for attack in every_byte(loot_of(world, genuine)):
        assert pole.offer(attack.data) == "bad_signature", attack.name
    assert pole.begun == []


def test_a_recorded_order_is_dead_after_its_time_whatever_the_clock_says(
    tmp_path: Path, world: World
) -> None:
    """A replay of last year's alert to a device that boots in 1970, today and in 2099."""
    genuine = world.alert(life_s=3600)
    later = World(demo=True, now=world.now + timedelta(days=300))
    for year in (1970, 2026, 2099):
        folder = tmp_path / str(year)
        folder.mkdir()
        born = Pole(folder, World(demo=True))
        born.manual.advance(300 * 86400)
        born.world = later
        born.tell_time()
        born.gate.save_time()
        born.database.close()
        clock = ManualClock(datetime(year, 6, 1, tzinfo=UTC))
        again = object.__new__(Pole)
        again.world, again.folder, again.manual, again.begun = later, folder, clock, []
        again.power_ons = 0
        again.boot(power_cut=True)
        assert again.offer(genuine) in EARLY, "none before a signed time"
        again.tell_time()
        assert again.offer(genuine) in {"expired", "delegation_expired"}
        assert again.offer(later.alert()) is None, "today's is heard"


def test_duplicates_and_a_restart_never_begin_it_twice(pole: Pole, world: World) -> None:
    genuine = world.alert()
    for _ in range(10):
        pole.offer(genuine)
    pole.database.close()
    pole.boot()
    pole.tell_time()
    for _ in range(10):
        assert pole.offer(genuine) == "seen"
    assert Counter(pole.begun) == {genuine.id: 1}


def test_fuzzed_orders_are_refused(pole: Pole, world: World) -> None:
    """Random changes of true orders. The long run, a million, is `make soak`."""
    assert fuzz(pole, world, FUZZED, seed=7) == 0


def fuzz(pole: Pole, world: World, number: int, seed: int) -> int:
    """How many of `number` damaged orders were accepted. Must be 0."""
    chance = Random(seed)
    originals = [world.alert().to_bytes(), world.cancel("0" * 64).to_bytes()]
    accepted = 0
    for _ in range(number):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 4)):
            _damage(data, chance)
        if bytes(data) in originals:
            continue
        if pole.gate and not _harmless(bytes(data), originals):
            accepted += pole.offer(bytes(data)) is None
    return accepted


def _damage(data: bytearray, chance: Random) -> None:
    at = chance.randrange(len(data))
    choice = chance.randrange(4)
    if choice == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif choice == 1:
        del data[at : at + chance.randint(1, 40)]
    elif choice == 2:
        data[at:at] = chance.randbytes(chance.randint(1, 8))
    else:
        end = at + chance.randint(1, 60)
        data[at:at] = data[at:end]


def _harmless(data: bytes, originals: list[bytes]) -> bool:
    """Whether the damage left what is signed, who signed it and how untouched: only the chain of
    papers, of which unneeded ones may be damaged or missing."""
    from loa_protocol import Envelope, Refused

    try:
        envelope = Envelope.parse(data)
    except Refused:
        return False
    return any(
        replace(envelope, chain=()) == replace(Envelope.parse(one), chain=()) for one in originals
    )
