"""A device of the small world that signs: it was born with the root and has heard the time."""

import pytest
from tools.protocol.world import World

from tests.protocol.device import Device


@pytest.fixture
def device() -> Device:
    world = World()
    return Device(world, world.now)
