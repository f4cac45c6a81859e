"""`make soak`: the long run of what the tests do a bounded part of. Any failure names its seed.

    python -m tools.soak [--minutes 30] [--seed 1] [--only mutations]

A million damaged orders, whatever time they take; in what is left seeded simulations of devices,
clocks and network, and Hypothesis over the device's acceptance with many more examples. Prints
counts, exits 1 on a fault. Then come a thousand damaged cards (about two minutes), walks through
the acts on an order (about ten minutes), and last the reference is broken rule by rule, to see that
a published vector or script notices each.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.player.damage import Past, survive
from tests.swarm.loot import Pole, floor_of
from tests.swarm.test_acceptance_machine import Acceptance
from tests.swarm.test_red_team import fuzz

from loa_protocol import Channel
from loa_swarm.simulation import Simulation
from tools.mutations.run import survivors
from tools.protocol.world import World

FUZZED = 1_000_000
ROUND = 5_000
STEPS = 150
WALKS = 300
CARDS = 1_000


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["mutations"])
    chosen = parser.parse_args(argv)
    if chosen.only == "mutations":
        return 0 if mutate() else 1
    logging.disable(logging.CRITICAL)
    began_s = time.monotonic()
    tried, accepted = damage(chosen.seed)
    print(f"damaged orders: {tried} tried, {accepted} accepted", flush=True)
    print(f"damaged cards: {damage_cards(chosen.seed)}, each came back with its trust", flush=True)
    half_s = max(60.0, (chosen.minutes * 60 - (time.monotonic() - began_s)) / 2)
    runs = simulate(chosen.seed, half_s)
    print(f"simulations: {runs} seeds from {chosen.seed}, all invariants held", flush=True)
    examples = explore(half_s)
    print(f"acceptance machine: {examples} examples", flush=True)
    held = [walk_acts(), mutate()]
    return 1 if accepted or not all(held) else 0


def mutate() -> bool:
    """Break the reference rule by rule; whether some vector or script noticed each time."""
    tried, unnoticed = survivors()
    print(f"mutations: {tried - len(unnoticed)} of {tried} broken rules were noticed", flush=True)
    for rule in unnoticed:
        print(f"  no vector and no script for: {rule}", flush=True)
    return not unnoticed


def simulate(seed: int, limit_s: float) -> int:
    """Seeds until the time is over; raises Broken with the seed."""
    until_s, runs = time.monotonic() + limit_s, 0
    while time.monotonic() < until_s:
        with tempfile.TemporaryDirectory() as folder:
            run = Simulation(seed + runs, World(demo=True), Path(folder))
            run.run(STEPS)
            run.settle()
            for pole in run.poles:
                pole.database.close()
        runs += 1
    return runs


def damage(seed: int) -> tuple[int, int]:
    """(tried, accepted) of a million damaged orders, however long it takes, on every core; a fresh
    device every round."""
    rounds = [seed + done for done in range(0, FUZZED, ROUND)]
    with ProcessPoolExecutor() as pool:
        accepted = sum(pool.map(_damage_round, rounds))
    return len(rounds) * ROUND, accepted


def _damage_round(seed: int) -> int:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        world = World(demo=True)
        pole = Pole(Path(folder), world)
        pole.offer(floor_of(world), Channel.OPEN)
        accepted = fuzz(pole, world, ROUND, seed)
        pole.database.close()
    return accepted


def damage_cards(seed: int) -> int:
    """Power losses that damage a device's store; raises AssertionError with the seed."""
    with tempfile.TemporaryDirectory() as folder:
        past = Past.make(Path(folder) / "past")
        for done in range(CARDS):
            survive(past, Path(folder), seed + done)
    return CARDS


def walk_acts() -> bool:
    """Stop, resume, correct and cancel in any order, on pages of any age; whether all walks held.
    A process of its own: it needs the tests' database."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/alerts/test_acts_machine.py"]
    surroundings = {**os.environ, "LOA_ACTS_EXAMPLES": str(WALKS)}
    return subprocess.run(command, env=surroundings, check=False).returncode == 0


def explore(limit_s: float) -> int:
    """Hypothesis with fresh examples until the time is over."""
    until_s, examples = time.monotonic() + limit_s, 0
    each = 50
    while time.monotonic() < until_s:
        run_state_machine_as_test(
            Acceptance,
            settings=settings(
                max_examples=each, stateful_step_count=80, deadline=None, database=None
            ),
        )
        examples += each
    return examples


if __name__ == "__main__":
    sys.exit(main())
