"""What is asked of the node and brought to it, and how often.

With the doorbell connected news comes by itself and the errands are a safety net that costs little
data; without it they carry everything: orders by long poll, the plan every few seconds.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from loa_player.clock import TrustedClock
from loa_player.gate import Gate
from loa_player.identity import Identity
from loa_player.link.api import DeviceApi, nobody
from loa_player.link.doorbell import Doorbell
from loa_player.link.http import HttpLine
from loa_player.link.node_line import NodeLine
from loa_player.media_cache import MediaCache, MediaError
from loa_player.parent import Parent, Silence, lacks_trust
from loa_player.report import Reporter, caller_of
from loa_player.store import Store
from loa_player.timekeeping import ask_time
from loa_protocol import Channel, Envelope, Reason, Refused, Verified, topics
from loa_protocol.device_api import EnvelopeValue
from loa_protocol.payloads import Open

log = logging.getLogger(__name__)

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
# Without the doorbell; after a while as rarely as the data budget asks.
_PLAN_POLL_S = 15.0
_PLAN_POLL_LATER_S = 60.0
_ALONE_LONG_S = 900.0
_LONG_POLL_S = 50
# With it.
_PLAN_NET_S = 1800.0
_COMMANDS_NET_S = 1800.0
_ORDERS_NET_S = 600.0  # two periods of `open`
_RECEIPTS_S = 60.0
_MEDIA_S = 60.0
# The first rounds teach the clock its rate; then an hour is enough.
_TIME_ROUNDS_S = (20.0, 60.0, 300.0, 900.0)
# After the line came back, when ten thousand may have: orders at once, these spread; and plans
# over ten minutes while an order is in force, which must have the node to itself.
_RETURN_S = 15.0
_RETURN_IN_ALERT_S = 600.0
_RETURN_REST_S = 60.0
# Ten thousand that come back at once must not all ask the parent at once.
_PARENT_TRUST_WITHIN_S = 3600.0
# However often a stranger rings.
_TEMPLATES_S = 30.0
# A fill whose template, or its newest version, is not here yet.
_LACKS_TEMPLATE = frozenset({Reason.UNKNOWN_KEY, Reason.UNSUPPORTED, Reason.OLD_VERSION})


@dataclass(slots=True)
class Wanted:
    """What media is needed, by the programme and by orders; asked each time anew."""

    orders: Callable[[], dict[str, int]]
    programme: Callable[[], dict[str, int]]
    pinned: Callable[[], frozenset[str]]
    withdrawn: Callable[[], frozenset[str]]


class Errands:
    """Three threads: the node, its long poll, and media. And a fourth line to the parent."""

    def __init__(
        self,
        *,
        identity: Identity,
        gate: Gate,
        store: Store,
        clock: TrustedClock,
        media: MediaCache,
        wanted: Wanted,
        doorbell: Callable[[], Doorbell | None],
        on_media: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._gate = gate
        self._store = store
        self._clock = clock
        self._media = media
        self._wanted = wanted
        self._doorbell = doorbell
        self._on_media = on_media
        self._reporter = Reporter(store, gate, identity)
        self._rounds = 0
        self._templates_due_s = 0.0
        self._line_changed_s = clock.monotonic()
        self._calm_s = 0.0
        self._scrubbed = False
        self.store_full = False
        self._trust_named: dict[str, int] = {}
        self._silence = Silence(clock.monotonic)
        self._api = self._new_api()
        self._poll_api = self._new_api()
        self._media_api = self._new_api()
        self._above = Parent(
            self._new_api(parent=True), gate, self._take_each, self._is_node_silent
        )
        self._node = NodeLine("node", clock.monotonic)
        self._poll = NodeLine("orders", clock.monotonic)
        self._fetch = NodeLine("media", clock.monotonic)
        self._parent = NodeLine("parent", clock.monotonic)
        self._plan_the_errands()

    def start(self) -> None:
        """Begin to talk."""
        for line in (self._node, self._poll, self._fetch, self._parent):
            line.start()

    def stop(self) -> None:
        """End all threads."""
        for line in (self._node, self._poll, self._fetch, self._parent):
            line.stop()
        for api in (self._api, self._poll_api, self._media_api, self._above.api):
            api.line.close()

    def line_changed(self) -> None:
        """The doorbell was connected or lost: look at once at what is in force. A whole province
        may have come back with us: all else is spread, unless this device has nothing to play."""
        now_s = self._clock.monotonic()
        self._line_changed_s = now_s
        self._calm_s = now_s + random.uniform(0, _RETURN_IN_ALERT_S)  # noqa: S311 - spreads load
        self._poll.hurry("orders")
        if self._gate.plan_id() is None:
            self._node.hurry("plan", "receipts", "commands")
        else:
            self._node.within(_RETURN_S, "plan")
            self._node.within(_RETURN_REST_S, "receipts", "commands")

    def plan_hinted(self, sha256: str, *, remembered: bool) -> None:
        """There is a plan of this name. What the broker `remembered` has been there for who knows
        how long, and after a return every station's devices hear of theirs now: those spread."""
        if sha256 == self._gate.plan_id():
            return
        if remembered and self._gate.plan_id() is not None:
            self._node.within(_RETURN_S, "plan")
        else:
            self._node.hurry("plan")

    def _gives_way(self) -> bool:
        """Whether the plan waits: an order is in force, and many devices have just come back."""
        now = self._clock.now()
        return (
            self._gate.plan_id() is not None
            and self._clock.monotonic() < self._calm_s
            and any(order.live(now) for order in self._gate.state().orders.values())
        )

    def rung(self, verified: Verified) -> None:
        """The doorbell brought this. The node lives if it signed it just now: a broker also gives
        what it has kept."""
        receiver, payload = self._gate.receiver, verified.payload
        if receiver is not None and payload.issuer.node == receiver.node:
            self._silence.heard((self._clock.now() - payload.issued).total_seconds())

    def trust_named(self, opened: Open) -> None:
        """An `open` names lists of revoked keys; they are asked for, once, if one is not known."""
        if opened.trust != self._trust_named and lacks_trust(self._gate, opened):
            self._trust_named = opened.trust
            self._node.hurry("trust")

    def orders_hinted(self) -> None:
        """An `open` named something that this device does not have."""
        self._poll.hurry("orders")

    def trust_hinted(self) -> None:
        """Trust, policy or assignment may have changed."""
        self._node.hurry("trust", "policy")

    def order_refused(self, reason: Reason) -> None:
        """An order may have been refused for want of a template: ask whether there is a new one."""
        now_s = self._clock.monotonic()
        if reason in _LACKS_TEMPLATE and now_s >= self._templates_due_s:
            self._templates_due_s = now_s + _TEMPLATES_S
            self._node.hurry("policy")

    def outcomes_waiting(self) -> None:
        """There is something to report."""
        self._node.hurry("receipts")

    def media_wanted(self) -> None:
        """There may be media to fetch."""
        self._fetch.hurry("media")

    def _plan_the_errands(self) -> None:
        node = self._node
        node.add("time", self._ask_time, self._time_interval)
        node.add("trust", self._ask_trust, lambda: _HOUR_S)
        node.add("policy", self._ask_policy, lambda: _HOUR_S)
        node.add("plan", self._ask_plan, self._plan_interval)
        node.add("commands", self._ask_commands, self._commands_interval)
        node.add("receipts", self._deliver, lambda: _RECEIPTS_S)
        self._poll.add("orders", self._ask_orders, lambda: self._either(_ORDERS_NET_S, 0.5))
        self._fetch.add("media", self._fetch_media, lambda: _MEDIA_S)
        self._fetch.add("scrub", self._scrub, lambda: _DAY_S)
        self._parent.add("parent", self._above.ask, self._above.interval_s)
        self._parent.add("trust", self._above.look_for_trust, self._above.trust_interval_s)
        self._parent.put_off(_PARENT_TRUST_WITHIN_S, "trust")

    def _plan_interval(self) -> float:
        if self._gives_way():
            return max(1.0, self._calm_s - self._clock.monotonic())
        return self._poll_interval()

    def _poll_interval(self) -> float:
        long = self._clock.monotonic() - self._line_changed_s > _ALONE_LONG_S
        return self._either(_PLAN_NET_S, _PLAN_POLL_LATER_S if long else _PLAN_POLL_S)

    def _either(self, with_bell_s: float, without_s: float) -> float:
        bell = self._doorbell()
        return with_bell_s if bell is not None and bell.connected else without_s

    def _new_api(self, *, parent: bool = False) -> DeviceApi:
        return DeviceApi(
            HttpLine(self._urls(parent=parent)),
            self._identity,
            lambda: caller_of(self._gate),
            self._clock.now,
            nobody if parent else self._silence.heard,
        )

    def _urls(self, *, parent: bool) -> tuple[str, ...]:
        assignment = self._gate.assignment()
        if assignment is None:
            return ()
        return assignment.urls.parent if parent else assignment.urls.node

    def use_assignment(self) -> None:
        """Talk to the addresses of the assignment in force."""
        for api in (self._api, self._poll_api, self._media_api):
            api.line.use(self._urls(parent=False))
        self._above.api.line.use(self._urls(parent=True))

    def _time_interval(self) -> float:
        turn, self._rounds = self._rounds, self._rounds + 1
        return _TIME_ROUNDS_S[turn] if turn < len(_TIME_ROUNDS_S) else _HOUR_S

    def _ask_time(self) -> None:
        ask_time(self._api, self._gate, self._clock)

    def _ask_trust(self) -> None:
        found = self._api.trust()
        self._take_each((*found.root, *found.chain, *found.trust), Channel.TRUST)
        self._take_each((found.assignment,), Channel.TRUST)

    def _ask_policy(self) -> None:
        self._take_each(self._api.policies().policy, Channel.POLICY)

    def _ask_plan(self) -> None:
        if self._gives_way():
            return
        data = self._api.plan(self._gate.plan_id())
        if data is not None:
            self._gate.take(data, Channel.PLAN)

    def _commands_interval(self) -> float:
        return self._either(_COMMANDS_NET_S, self._poll_interval())

    def _ask_commands(self) -> None:
        """What was rung for while nobody heard the bell; one that came both ways is obeyed once."""
        seen = self._gate.state().seen.keys()
        found = self._api.commands().commands
        fresh = tuple(one for one in found if Envelope.from_value(one).id not in seen)
        self._take_each(fresh, Channel.OUTLET)

    def _ask_orders(self) -> None:
        """One look at everything open; without the doorbell the look lasts until it changes."""
        bell = self._doorbell()
        alone = bell is None or not bell.connected
        known = self._gate.open_id()
        found = self._poll_api.orders(known, _LONG_POLL_S if alone and known else 0)
        self._take_each((found.open,), Channel.OPEN)
        self._take_each(found.orders, Channel.AREA)

    def _is_node_silent(self) -> bool:
        """Five minutes without a word, and asked in vain. One that was not asked is asked now."""
        if not self._silence.long:
            return False
        failed_s = max(self._node.failed_s, self._poll.failed_s)
        if not self._silence.asked_in_vain(failed_s):
            self._poll.hurry("orders")
            return False
        return True

    def _deliver(self) -> None:
        sealed = self._reporter.seal(self._clock.now())
        bell = self._doorbell()
        if bell is not None:
            for envelope in sealed:
                bell.publish(topics.receipt(bell.config.outlet), envelope.to_bytes())
        self._reporter.deliver(self._api)

    def _take_each(self, values: tuple[EnvelopeValue, ...], channel: Channel) -> None:
        """Each by itself: a bad one must not keep out the next."""
        for value in values:
            try:
                self._gate.take(Envelope.from_value(value), channel)
            except Refused as refused:
                log.info("Không nhận: %s", refused)
                if channel is Channel.AREA:
                    self.order_refused(refused.reason)

    def _fetch_media(self) -> None:
        """All that is wanted, soonest first, orders before everything."""
        wanted = {**self._wanted.orders(), **self._wanted.programme()}
        keep = self._wanted.pinned() | self._wanted.orders().keys()
        self._media.drop_parts(wanted)
        self._media.drop(self._wanted.withdrawn() - wanted.keys() - keep)
        full = False
        for sha256, size in wanted.items():
            if self._media.has(sha256):
                continue
            try:
                self._media.fetch(sha256, size, self._media_api, keep)
                self._on_media()
            except MediaError as error:
                full = full or error.reason == "store_full"
                self._store.count_refusal(error.reason)
                log.warning("Không lấy được tệp %s: %s", sha256[:12], error)
        self.store_full = full

    def _scrub(self) -> None:
        """Once a day every pinned file is read again: cards rot in silence."""
        if not self._scrubbed:
            self._scrubbed = True  # they were checked when they came, and are before each play
            return
        for sha256 in self._wanted.pinned():
            try:
                self._media.checked(sha256)
            except MediaError as error:
                if error.reason == "media_mismatch":
                    self._store.count_refusal(error.reason)
        self.media_wanted()
