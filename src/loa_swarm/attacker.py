"""Sends attacks with the broker's own rights, and counts what devices made of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loa_protocol import Channel, topics
from loa_swarm.attacks import Attack
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet
from loa_swarm.mqtt import Login, MqttLink

AHEAD = 20


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
    found = list(attacks)
    watched = frozenset(hashlib.sha256(attack.data).digest() for attack in found)
    heard = {}
    for device in devices:
        heard[device] = {*device.diary.sounding, *device.diary.begun}
        device.diary.verdicts.clear()
        device.diary.watched = watched
    asyncio.run(_publish(login, commune, found, devices, limit_s))
    number = fleet.when("judged", lambda d: _judged(d) >= len(found), limit_s, devices)
    if number < len(devices):
        raise TimeoutError(f"{number} of {len(devices)} devices judged {len(found)} messages")
    tally = Tally()
    for device in devices:
        diary = device.diary
        tally.tried += _judged(device)
        tally.refusals += diary.verdicts
        tally.sounded += len({*diary.sounding, *diary.begun} - heard[device])
        diary.watched = frozenset()
    # What was accepted was not refused, and counts as heard even if it was silent.
    tally.sounded += tally.refusals.pop("accepted", 0)
    return tally


async def _publish(
    login: Login,
    commune: str,
    attacks: Sequence[Attack],
    devices: Sequence[SwarmDevice],
    limit_s: float,
) -> None:
    link = MqttLink(login, (), lambda _topic, _payload: None)
    await link.connect(10.0)
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    for number, attack in enumerate(attacks):
        topic = topics.area_open if attack.channel is Channel.OPEN else topics.area
        link.publish(topic(commune), attack.data)
        # A broker drops whoever reads too slowly: never far ahead of the slowest device.
        while number - min(map(_judged, devices), default=0) > AHEAD and loop.time() < end:  # noqa: ASYNC110 - the devices' thread
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    link.close()


def _judged(device: SwarmDevice) -> int:
    return device.diary.verdicts.total()
