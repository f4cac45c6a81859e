"""What a device asks of the node above its own: what is in force there, once its own is silent, and
once a day what was revoked (protocol page, section 8).

The parent does not know the device: public addresses, static answers, each asked by its ETag.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from loa_player.gate import Gate
from loa_player.link.api import DeviceApi, NodeError
from loa_player.link.http import LinkError
from loa_protocol import Channel, Refused
from loa_protocol.device_api import EnvelopeValue
from loa_protocol.payloads import Open

log = logging.getLogger(__name__)

PARENT_AFTER_S = 300.0
PARENT_POLL_S = 60.0
TRUST_EVERY_S = 24 * 3600.0
TRUST_AGAIN_S = 3600.0
"""After a try in vain: a province's line may be cut for weeks, and its devices pay by the byte."""
_LOOK_S = 10.0

Take = Callable[[tuple[EnvelopeValue, ...], Channel], None]


def lacks_trust(gate: Gate, opened: Open) -> bool:
    """Whether an `open` names a list of revoked keys that the device does not have."""
    known = set(gate.trust.lists.values())
    return any(version not in known for version in opened.trust.values())


class Silence:
    """Since when the own node has not been heard, by any way.

    A node is silent only when it was asked in vain: with the doorbell it is asked rarely.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._heard_s = monotonic_s()

    def heard(self, ago_s: float = 0.0) -> None:
        """The node said something `ago_s` before now. What a broker kept is as old as it is."""
        self._heard_s = max(self._heard_s, self._monotonic_s() - max(0.0, ago_s))

    @property
    def long(self) -> bool:
        """Whether nothing came for five minutes."""
        return self._monotonic_s() - self._heard_s >= PARENT_AFTER_S

    def asked_in_vain(self, failed_s: float) -> bool:
        """Whether the last failure of a line came after the node was last heard."""
        return failed_s > self._heard_s


class Parent:
    """The line's errands: `ask` every `interval_s()`, `look_for_trust` every `trust_interval_s()`.
    Not thread-safe."""

    def __init__(
        self,
        api: DeviceApi,
        gate: Gate,
        take: Take,
        is_silent: Callable[[], bool],
    ) -> None:
        self.api = api
        self._gate = gate
        self._take = take
        self._is_silent = is_silent
        self._asking = False
        self._tag: str | None = None
        self._trust_tag: str | None = None
        self._trust_failed = False

    def interval_s(self) -> float:
        """Every minute while the parent is asked; else how often to look whether it should be."""
        return PARENT_POLL_S if self._asking else _LOOK_S

    def ask(self) -> None:
        """While the own node is silent: what is in force here. Raises LinkError, NodeError,
        Refused."""
        self._asking = self._is_silent()
        area = self._area()
        if not self._asking or area is None:
            self._tag = None
            return
        found = self.api.public_open(area, self._tag)
        if found is None:
            return
        opened = self._gate.take(found.data, Channel.OPEN).payload
        if isinstance(opened, Open) and lacks_trust(self._gate, opened):
            # First, so that a revoked key gives no order; but no order waits for it.
            self.look_for_trust()
        orders = self.api.public_orders(area)
        if orders is not None:
            self._take(orders.orders, Channel.AREA)
        self._tag = found.etag  # what failed on the way here is asked again

    def trust_interval_s(self) -> float:
        """Once a day, or in an hour when nobody answered."""
        return TRUST_AGAIN_S if self._trust_failed else TRUST_EVERY_S

    def look_for_trust(self) -> None:
        """What was revoked here, whatever the own node says: one that was seized withholds it."""
        self._trust_failed = True
        try:
            self._ask_trust()
        except (LinkError, NodeError, Refused) as error:
            log.info("Chưa lấy được danh sách thu hồi ở cấp trên: %s", error)
        else:
            self._trust_failed = False

    def _ask_trust(self) -> None:
        area = self._area()
        if area is None:
            return
        found = self.api.public_trust(area, self._trust_tag)
        if found is not None:
            self._take(found.lists.trust, Channel.TRUST)
            self._trust_tag = found.etag

    def _area(self) -> str | None:
        assignment = self._gate.assignment()
        return assignment.area if assignment is not None and assignment.urls.parent else None
