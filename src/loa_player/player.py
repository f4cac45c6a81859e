"""The player: puts the parts together and gives each its turn.

Threads: audio (blocks), doorbell (MQTT), node, orders, media and parent (HTTPS), decoders, and this
one, which decides and commits. Only the audio thread has deadlines, and it waits for nobody.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loa_player.alerts import AlertDesk
from loa_player.clock import TrustedClock
from loa_player.commands import MEDIA_LUFS, Commands
from loa_player.database import Database
from loa_player.engine import AudioEngine
from loa_player.errands import Errands, Wanted
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.health import OnAir, State, horn_off, read_health
from loa_player.identity import Identity, SetupError
from loa_player.keep.damage import is_damage
from loa_player.link.doorbell import Doorbell, doorbell_of
from loa_player.media_cache import MediaCache
from loa_player.mixer import Mixer, MixerEvent
from loa_player.policy import binding
from loa_player.programme import SAVE_EVERY_S, Programme
from loa_player.settings import Settings
from loa_player.sinks import open_sink
from loa_player.store import Store
from loa_protocol import Channel, Kind, Refused, topics
from loa_protocol.clock import Clock
from loa_protocol.context import ORDER_KINDS
from loa_protocol.device_api import PlanHint, dump_body, parse_body
from loa_protocol.payloads import Command, Open
from loa_protocol.topics import Topic, TopicKind

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 300.0
FLOOR_EVERY_S = 60.0
_LONGEST_WAIT_S = 5.0
_WAYS_IN = {
    TopicKind.AREA: Channel.AREA,
    TopicKind.OPEN: Channel.OPEN,
    TopicKind.DO: Channel.OUTLET,
}

End = Literal["stop", "restart"]


@dataclass(frozen=True, slots=True)
class _SinkState:
    fault: str | None


class _Wake:
    """Somebody wants the main thread to look again."""


_Item = News | MixerEvent | _SinkState | _Wake | End


class Player:
    """One loudspeaker. `run` returns when it is told to stop."""

    def __init__(self, settings: Settings, identity: Identity, system: Clock) -> None:
        self._settings = settings
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._database = Database(settings.data / "player.db")
        self.store = Store(self._database)
        self.clock = TrustedClock(system, floor=self.store.time_floor(), anchor=self.store.anchor())
        self.gate = Gate(
            GateStore(self._database, self.store), self.store, self.clock, self._on_news
        )
        self._identity = identity
        self._doorbell: Doorbell | None = None
        self._fault: str | None = None
        self._store_fault: str | None = None
        self._health_due_s = 0.0
        self._floor_due_s = 0.0
        self._reported: tuple[object, ...] = ()
        self._plan_version: int | None = None

    def _is_horn_off(self) -> bool:
        return horn_off(self._settings.mute_switch) is True

    def run(self) -> End:
        """Play until stopped. Raises SetupError if the device is not enrolled."""
        if self.gate.assignment() is None:
            raise SetupError(
                "Thiết bị chưa được ghép. Hãy chạy: loa-player enrol --data … --claim …"
            )
        threading.excepthook = self._thread_died
        self._build()
        self.programme.recover()
        self._use_policies()
        self._use_plan()
        self._engine.start()
        self._errands.start()
        self._ring()
        try:
            return self._loop()
        finally:
            self._shut_down()

    def stop(self, end: End = "stop") -> None:
        """Ask `run` to return; from any thread or a signal handler."""
        self._queue.put(end)

    def _build(self) -> None:
        self._mixer = Mixer(self._queue.put)
        sink = open_sink(
            self._settings.sink,
            folder=self._settings.data / "wav",
            clock=self.clock,
            device=self._settings.alsa_device,
        )
        self._engine = AudioEngine(
            self._mixer, sink, lambda text: self._queue.put(_SinkState(text))
        )
        self._sample_clock, self._stalls = sink.clock, sink.clock.stalls
        media = MediaCache(self._settings.data / "media")
        self._build_desks(media)
        self._build_errands(media)
        volume = self.store.fact("volume_pct")
        self.programme.set_volume(100 if volume is None else volume)
        self._set_level(self.store.fact("level_lufs") or MEDIA_LUFS)

    def _build_desks(self, media: MediaCache) -> None:
        """What decides on sound: the programme, and the orders that go before it."""
        self.programme = Programme(
            store=self.store,
            clock=self.clock,
            mixer=self._mixer,
            sample_clock=self._sample_clock,
            media=media,
            inputs=self._settings.inputs,
            on_missing=self._want_media,
            horn_off=self._is_horn_off,
        )
        self.alerts = AlertDesk(
            gate=self.gate,
            store=self.store,
            clock=self.clock,
            mixer=self._mixer,
            sample_clock=self._sample_clock,
            media=media,
            on_missing=self._want_media,
            horn_off=self._is_horn_off,
        )

    def _build_errands(self, media: MediaCache) -> None:
        """What goes to the node and back, and what the node asks for."""
        self._errands = Errands(
            identity=self._identity,
            gate=self.gate,
            store=self.store,
            clock=self.clock,
            media=media,
            wanted=Wanted(
                lambda: {**self.alerts.wanted_media(), **self._commands.wanted_media()},
                self.programme.wanted_media,
                self.programme.pinned_media,
                self.programme.withdrawn_media,
            ),
            doorbell=lambda: self._doorbell,
            on_media=lambda: self._queue.put(_Wake()),
        )
        self._commands = Commands(
            store=self.store,
            mixer=self._mixer,
            clock=self.clock,
            media=media,
            set_volume=self.programme.set_volume,
            set_level=self._set_level,
            restart=lambda: self.stop("restart"),
            fetch_assignment=self._errands.trust_hinted,
            deliver=self._errands.outcomes_waiting,
            on_missing=self._want_media,
        )

    def _thread_died(self, args: threading.ExceptHookArgs) -> None:
        """A fault that nobody foresaw: everything durable is kept, so begin again from it."""
        if args.exc_value is not None:
            log.critical("Một luồng của loa bị lỗi, khởi động lại", exc_info=args.exc_value)
        self.stop("restart")

    # Turns of the main thread

    def _loop(self) -> End:
        while True:
            try:
                wait_s = self._turn()
                self._store_fault = None
            except sqlite3.Error as error:
                wait_s = self._store_failed(error)
            try:
                item = self._queue.get(timeout=wait_s)
            except queue.Empty:
                continue
            if isinstance(item, str):
                return item
            try:
                self._handle(item)
            except sqlite3.Error as error:
                self._store_failed(error)

    def _store_failed(self, error: sqlite3.Error) -> float:
        """Nothing new sounds without its commit; what sounds goes on. Returns when to try again."""
        log.error("Kho dữ liệu của loa không ghi được: %s", error)
        self._store_fault = str(error)
        if is_damage(error):
            self.stop("restart")  # the next start puts the broken file aside
        self._errands.media_wanted()  # makes room by evicting what is not needed soon
        return _LONGEST_WAIT_S

    def _turn(self) -> float:
        """Everything that is due; returns the seconds until something else may be."""
        mono_s = self.clock.monotonic()
        due = [mono_s + _LONGEST_WAIT_S]
        if self._sample_clock.stalls != self._stalls:
            self._stalls = self._sample_clock.stalls
            self.programme.renew_limits()  # sample numbers mean other instants now
        self.gate.expire()
        due.append(self.clock.mono_of(self.alerts.react()))
        ask_at = self.programme.step()
        if ask_at is not None:
            due.append(self.clock.mono_of(ask_at))
        self._commands.step()
        self.programme.save()
        if self._mixer.progress():
            due.append(mono_s + SAVE_EVERY_S)
        if mono_s >= self._floor_due_s:
            self._floor_due_s = mono_s + FLOOR_EVERY_S
            self.gate.save_time()
            self.store.tidy(self.clock.now())
            self._use_policies()  # one may have expired
        self._report_health(mono_s)
        if self.store.waiting()[0]:
            self._errands.outcomes_waiting()
        return max(0.0, min(due) - self.clock.monotonic())

    def _handle(self, item: News | MixerEvent | _SinkState | _Wake) -> None:
        if isinstance(item, News):
            self._use_news(item)
        elif isinstance(item, _SinkState):
            self._fault = item.fault
        elif not isinstance(item, _Wake) and not (
            self._commands.on_event(item) or self.alerts.on_event(item)
        ):
            self.programme.on_event(item)

    def _use_news(self, news: News) -> None:
        kind, payload = news.verified.envelope.kind, news.verified.payload
        if kind is Kind.PLAN:
            self._use_plan()
            self._errands.media_wanted()
        elif kind is Kind.TEMPLATE:
            self._errands.orders_hinted()  # a fill of it may have been refused
        elif kind in (Kind.POLICY, Kind.TRUST):
            self._use_policies()
            self._use_plan()
        elif kind is Kind.ASSIGNMENT:
            self._errands.use_assignment()
            self._use_plan()
            self._ring()
            self._errands.line_changed()
        elif isinstance(payload, Command):
            self._commands.obey(news.verified.envelope.id, payload)
        elif isinstance(payload, Open):
            self._compare(payload)
        else:
            self._errands.media_wanted()

    def _compare(self, open_: Open) -> None:
        state = self.gate.state()
        known = {order.current for order in state.orders.values()} | state.seen.keys()
        if any(id_ not in known for id_ in open_.orders):
            self._errands.orders_hinted()
        self._errands.trust_named(open_)

    def _use_plan(self) -> None:
        found, receiver = self.gate.plan(), self.gate.receiver
        if receiver is None:
            return
        now = self.clock.now()
        enrolled = self.store.fact("enrolled_ms")
        since = now if enrolled is None else datetime.fromtimestamp(enrolled / 1000, now.tzinfo)
        plan, accepted = found if found is not None else (None, now)
        self._plan_version = None if plan is None else plan.version
        clips = {} if plan is None else plan.clips
        self.alerts.clips = {name: clip.sha256 for name, clip in clips.items()}
        self.programme.use_plan(
            plan, accepted=accepted, since=since, outlet=receiver.outlet, paths=receiver.paths
        )

    def _use_policies(self) -> None:
        policy = binding(self.gate.policies())
        self.programme.use_policy(policy)
        if policy is not None:
            self.alerts.alert_level_pct = policy.alert_pct

    def _want_media(self) -> None:
        self._errands.media_wanted()

    def _set_level(self, level_lufs: int) -> None:
        self._mixer.trim_db = float(level_lufs - MEDIA_LUFS)

    # News from other threads

    def _on_news(self, news: News) -> None:
        """In the thread that accepted: an order sounds before anything else happens with it."""
        if news.verified.envelope.kind in ORDER_KINDS:
            self.alerts.react()
        self._queue.put(news)

    def _ring(self) -> None:
        """Connect the doorbell as the present assignment says."""
        config = doorbell_of(self.store.fact("mqtt"), self.gate.receiver)
        if config is None or (self._doorbell is not None and self._doorbell.config == config):
            return
        if self._doorbell is not None:
            self._doorbell.stop()
        self._doorbell = Doorbell(config, self._rung, self._line_changed)
        self._doorbell.start()

    def _line_changed(self) -> None:
        self._errands.line_changed()
        self._health_due_s = 0.0
        self._queue.put(_Wake())

    def _rung(self, topic: Topic, payload: bytes, remembered: bool) -> None:
        try:
            if topic.kind in _WAYS_IN:
                self._errands.rung(self.gate.take(payload, _WAYS_IN[topic.kind]))
            elif topic.kind is TopicKind.PLAN:
                hint = parse_body(PlanHint, payload)
                self._errands.plan_hinted(hint.sha256, remembered=remembered)
        except Refused as refused:
            log.info("Chuông báo tin không nhận được: %s", refused)
            self._errands.order_refused(refused.reason)

    # Health

    def _on_air(self) -> OnAir:
        order, slot = self.alerts.sounding(), self.programme.on_air()
        state: State = "idle"
        if self._fault or self._store_fault or self._database.kept_fault:
            state = "fault"
        elif order is not None:
            state = "alert"
        elif self.alerts.silent():
            state = "muted"
        elif slot is not None:
            state = "playing"
        item = order.current if order is not None else slot.id if slot is not None else None
        return OnAir(state, item, None, self._mixer.volume_pct)

    def _report_health(self, mono_s: float) -> None:
        on_air, bell = self._on_air(), self._doorbell
        if bell is None or not bell.connected:
            return
        off = horn_off(self._settings.mute_switch)
        told = (on_air, self.clock.authenticated, self._errands.store_full, self._plan_version, off)
        if told == self._reported and mono_s < self._health_due_s:
            return
        levels = [p.level_lufs for p in self._mixer.progress() if p.sounding]
        health = read_health(
            OnAir(on_air.state, on_air.item, levels[0] if levels else None, on_air.volume_pct),
            now=self.clock.now(),
            clock_error_s=self.clock.error_s(),
            data=self._settings.data,
            plan_version=self._plan_version,
            refusals=self.store.counts_for_health(store_full=self._errands.store_full),
            horn_off=off,
        )
        if bell.publish(topics.health(bell.config.outlet), dump_body(health)):
            self._reported = told
            self._health_due_s = mono_s + HEALTH_EVERY_S

    def _shut_down(self) -> None:
        """Everything durable first, then silence, then good-bye."""
        try:
            self.programme.save()
            self._engine.stop()
            self.programme.save()
            self.gate.save_time()
        except sqlite3.Error as error:
            log.error("Không lưu được lần cuối vào kho dữ liệu: %s", error)
            self._engine.stop()
        if self._doorbell is not None:
            self._doorbell.stop()
        self._errands.stop()
        self._database.close()
