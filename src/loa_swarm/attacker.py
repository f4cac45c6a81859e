"""Sends attacks with the broker's own rights, and counts what devices made of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loa_protocol import Channel, topics
from loa_swarm.attacks import Attack
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet
from loa_swarm.mqtt import Login, MqttLink


@dataclass
class Tally:
    """`tried` counts judgements (messages times the devices that judged them), `refusals` the names
    under which they were refused, `sounded` what made any device sound or begin."""

    tried: int = 0
    sounded: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Sum up another round."""
        self.tried += other.tried
        self.sounded += other.sounded
        self.refusals += other.refusals

    @property
    def refused_all(self) -> bool:
        """Whether everything that was tried was refused, and nothing was heard of it."""
        return self.sounded == 0 and self.tried == sum(self.refusals.values())


@dataclass(frozen=True, slots=True)
class _Before:
    judged: int
    refused: Counter[str]
    heard: frozenset[str]


def assault(
    fleet: Fleet,
    login: Login,
    commune: str,
    devices: Sequence[SwarmDevice],
    attacks: Iterable[Attack],
    *,
    limit_s: float = 120.0,
) -> Tally:
    """Publish every attack to the commune's topics and wait until each of its devices judged each.

    Returns the tally over `devices`. Raises TimeoutError when they do not come to an end.
    """
    before = {device: _look(device) for device in devices}
    sent = asyncio.run(_publish(login, commune, list(attacks), before, limit_s))
    number = fleet.when(
        "judged",
        lambda device: device.diary.judged - before[device].judged >= sent,
        limit_s,
        devices,
    )
    if number < len(devices):
        raise TimeoutError(f"{number} of {len(devices)} devices judged {sent} messages")
    tally = Tally()
    for device in devices:
        was, diary = before[device], device.diary
        tally.tried += sent
        tally.refusals += diary.refused - was.refused
        tally.sounded += len({*diary.sounding, *diary.begun} - was.heard)
    return tally


async def _publish(
    login: Login,
    commune: str,
    attacks: Sequence[Attack],
    before: dict[SwarmDevice, _Before],
    limit_s: float,
) -> int:
    link = MqttLink(login, (), lambda _topic, _payload: None)
    await link.connect(10.0)
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    for number, attack in enumerate(attacks):
        topic = topics.area_open if attack.channel is Channel.OPEN else topics.area
        link.publish(topic(commune), attack.data)
        # A broker drops whoever reads too slowly: never far ahead of the slowest device.
        while number - _slowest(before) > 20 and loop.time() < end:  # noqa: ASYNC110 - other threads
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    link.close()
    return len(attacks)


def _slowest(before: dict[SwarmDevice, _Before]) -> int:
    return min((d.diary.judged - was.judged for d, was in before.items()), default=0)


def _look(device: SwarmDevice) -> _Before:
    diary = device.diary
    heard = frozenset({*diary.sounding, *diary.begun})
    return _Before(diary.judged, Counter(diary.refused), heard)
