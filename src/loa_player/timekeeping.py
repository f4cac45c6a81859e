"""Asking the node for the time: a short round of signed answers, then the gate's judgement."""

from __future__ import annotations

from loa_player.clock import Probe, TrustedClock
from loa_player.gate import Gate
from loa_player.link.api import DeviceApi

# The fastest of a few is close to the truth; more would only cost data.
ROUND = 6


def ask_time(api: DeviceApi, gate: Gate, clock: TrustedClock) -> None:
    """One round. Raises LinkError, NodeError, Refused; the clock is then as it was."""
    probes = []
    for _ in range(ROUND):
        sent_s = clock.monotonic()
        data, nonce = api.time()
        heard_s = clock.monotonic()
        probes.append(Probe(sent_s, heard_s, gate.take_time(data, nonce).now))
    gate.take_round(probes)
