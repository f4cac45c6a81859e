"""Whole devices under one seed: bad network, crashes, dead clocks. A bounded part of the soak."""

import shutil
from pathlib import Path

import pytest
from tools.protocol.world import World

from loa_swarm.simulation import Broken, Simulation

SEEDS = range(12)
STEPS = 60


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_under_a_seed(seed: int, tmp_path: Path) -> None:
    run = Simulation(seed, World(demo=True), tmp_path)
    run.run(STEPS)
    run.settle()


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        run = Simulation(5, World(demo=True), tmp_path / name)
        run.run(STEPS)
        runs.append([sorted(pole.acknowledged) for pole in run.poles])
    assert runs[0] == runs[1]
    assert any(runs[0])


def test_a_device_that_forgets_is_found_out(tmp_path: Path) -> None:
    """The checker itself can fail: an acknowledged order is taken out of the store
    and its copies."""
    run = Simulation(3, World(demo=True), tmp_path)
    run.run(STEPS)
    pole = next(pole for pole in run.poles if pole.acknowledged)
    if not pole.on:
        run._switch_on(pole)
    with pole.database.write() as store:
        store.execute("DELETE FROM seen")
    pole.database.close()
    shutil.rmtree(pole.folder / "kept")
    pole.boot()
    with pytest.raises(Broken, match=r"seed 3.*lost"):
        run.check()
