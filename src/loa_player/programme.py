"""The programme: takes the schedule's decisions to the mixer, and what happened to the store.

Everything here runs in the player's main thread. The order is always: decide, commit, sound; and
at the end: silence, commit the end together with its proof.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from loa_player import outcomes
from loa_player.audio import RATE_HZ
from loa_player.clock import TrustedClock
from loa_player.decode import MediaVoice
from loa_player.media_cache import MediaCache, MediaError
from loa_player.mixer import Ended, Lane, Mixer, MixerEvent, Paused, Play, Started
from loa_player.relay import RelayVoice
from loa_player.schedule import (
    Begin,
    Limit,
    Miss,
    Situation,
    Slot,
    decide,
    following_of,
    limit_of,
    needed_media,
    slots_of,
)
from loa_player.sinks.base import SampleClock
from loa_player.store import PlayRecord, Store
from loa_protocol.payloads import Plan, Policy, ReceiptItem

log = logging.getLogger(__name__)

# A kill costs at most this much; five small commits a second while something sounds.
SAVE_EVERY_S = 0.2
# A play that begins now gets this long for its first samples to be decoded.
_RUN_UP_S = 0.25
_RETRY_S = 0.5
# Media that is cut this close to its planned end has been played.
_END_TOLERANCE_S = 0.5
# Shorter runs have no integrated loudness, silent or not.
_MEASURABLE_S = 1.0
_KEEP_AHEAD = timedelta(hours=48)
_FETCH_AHEAD = timedelta(days=14)


@dataclass(slots=True)
class _Active:
    slot: Slot
    record: PlayRecord
    voice: MediaVoice | RelayVoice
    limit: Limit
    sounding: bool = False
    withdrawn: bool = False


class Programme:
    """What the station plays on this outlet. `on_missing` is told that media is wanted at once."""

    def __init__(
        self,
        *,
        store: Store,
        clock: TrustedClock,
        mixer: Mixer,
        sample_clock: SampleClock,
        media: MediaCache,
        inputs: Mapping[str, str],
        on_missing: Callable[[], None],
        horn_off: Callable[[], bool] = lambda: False,
    ) -> None:
        self._horn_off = horn_off
        self._store = store
        self._clock = clock
        self._mixer = mixer
        self._samples = sample_clock
        self._media = media
        self._inputs = inputs
        self._on_missing = on_missing
        self._up_since = clock.now()
        self._since = self._up_since
        self._plan: Plan | None = None
        self._plan_since = self._up_since
        self._policy: Policy | None = None
        self._slots: tuple[Slot, ...] = ()
        self._active: dict[str, _Active] = {}
        self._withdrawn: frozenset[str] = frozenset()
        self._known = store.statuses()
        self._faults: dict[str, str] = {}
        self._volume_pct = 100

    # What comes from outside

    def recover(self) -> int:
        """After a start: report the runs that the last process could not finish. Returns how many.

        They go on by themselves when the schedule is asked next.
        """
        cut = [r for r in self._store.plays().values() if r.status == "playing" and r.run_started]
        for record in cut:
            line = outcomes.of_run(
                record,
                "interrupted",
                now=self._clock.now(),
                position=record.position,
                level_lufs=record.level_lufs,
                reason="restart",
            )
            self._store.interrupt(record.item, line)
        return len(cut)

    def use_plan(
        self,
        plan: Plan | None,
        *,
        accepted: datetime,
        since: datetime,
        outlet: str,
        paths: Collection[str],
    ) -> None:
        """Follow `plan` from now on. What it no longer holds stops, even in the middle."""
        held_before = self._held_media()
        self._plan, self._plan_since, self._since = plan, accepted, since
        self._slots = () if plan is None else slots_of(plan, outlet, tuple(paths))
        held = {slot.id for slot in self._slots}
        for key, active in self._active.items():
            if key not in held:
                active.withdrawn = True
                self._mixer.stop(key)
        if plan is not None:  # without one nothing was withdrawn: there is only nobody to say so
            self._withdrawn = (self._withdrawn | held_before) - self._held_media()
        self.renew_limits()

    def use_policy(self, policy: Policy | None) -> None:
        """Obey `policy` from now on; None means nothing may sound."""
        self._policy = policy
        self.set_volume(self._volume_pct)
        self.renew_limits()

    def set_volume(self, volume_pct: int) -> None:
        """The outlet's volume, under the policy's ceiling."""
        self._volume_pct = volume_pct
        ceiling = 0 if self._policy is None else self._policy.programme_max_pct
        self._mixer.volume_pct = min(volume_pct, ceiling)

    def on_air(self) -> Slot | None:
        """The slot that sounds now."""
        return next((a.slot for a in self._active.values() if a.sounding), None)

    def wanted_media(self) -> dict[str, int]:
        """SHA-256 to size of all the plan needs, soonest first."""
        if self._plan is None:
            return {}
        return needed_media(self._slots, self._plan, self._clock.now(), _FETCH_AHEAD)

    def pinned_media(self) -> frozenset[str]:
        """What must not be evicted: clips, what sounds now and the next 48 hours."""
        if self._plan is None:
            return frozenset()
        near = needed_media(self._slots, self._plan, self._clock.now(), _KEEP_AHEAD)
        return frozenset(near)

    def withdrawn_media(self) -> frozenset[str]:
        """What an earlier plan still had before it and the present one has not: to be deleted.

        Forgotten with the process; then the file goes when room is needed.
        """
        return self._withdrawn

    def _held_media(self) -> frozenset[str]:
        """What the plan still holds, with what sounds now."""
        sounding = (a.record.media for a in self._active.values() if not a.withdrawn)
        return frozenset(self.wanted_media()).union(one for one in sounding if one is not None)

    # The main thread's turns

    def step(self) -> datetime | None:
        """Do what is due now; returns the trusted time at which to be called again."""
        now = self._clock.now()
        if self._plan is None or self._plan.expires <= now:
            return None
        decision = decide(self._slots, self._plan, self._policy, self._situation(now))
        ask_at = decision.ask_at
        for action in decision.actions:
            if isinstance(action, Miss):
                self._miss(action)
            elif not self._begin(action):
                soon = now + timedelta(seconds=_RETRY_S)
                ask_at = soon if ask_at is None else min(soon, ask_at)
        return ask_at

    def save(self) -> None:
        """Make the positions of what sounds durable."""
        for progress in self._mixer.progress():
            if progress.sounding and progress.key in self._active:
                self._store.save_position(progress.key, progress.position, progress.level_lufs)

    def on_event(self, event: MixerEvent) -> None:
        """What the mixer did with one of our slots."""
        active = self._active.get(event.key)
        if active is None:
            return
        if isinstance(event, Started):
            at = self._clock.trusted_of(self._samples.instant_of(event.sample))
            active.sounding = True
            active.record = replace(
                active.record, run=event.run, run_from=event.position, run_started=at
            )
            self._store.run_started(event.key, event.run, event.position, at)
        elif isinstance(event, Paused):
            active.sounding = False
            line = self._line(active, "interrupted", event, reason="preempted")
            self._store.save_position(event.key, event.position, event.level_lufs)
            self._store.interrupt(event.key, line)
            active.record = replace(
                active.record, run=event.run + 1, run_from=event.position, run_started=None
            )
        elif isinstance(event, Ended):
            self._ended(active, event)

    # Beginning

    def _situation(self, now: datetime) -> Situation:
        return Situation(
            now=now,
            known=self._known,
            active=frozenset(self._active),
            since=self._since,
            up_since=self._up_since,
            plan_since=self._plan_since,
            played_today_s=self._store.seconds_on(now, RATE_HZ),
        )

    def _begin(self, begin: Begin) -> bool:
        """Prepare and commit a play; False when its media is not here yet."""
        slot = begin.slot
        before = self._store.play(slot.id)
        position = before.position if before is not None else 0
        voice = self._voice(slot, position)
        if voice is None:
            return False
        media = slot.item.media
        record = PlayRecord(
            item=slot.id,
            status="playing",
            run=before.run if before is not None else 1,
            run_from=position,
            run_started=None,
            position=position,
            level_lufs=None,
            bulletin=slot.item.bulletin,
            media=None if media is None else media.sha256,
            volume_pct=self._mixer.volume_pct,
            at=slot.at,
        )
        self._store.begin(record)
        self._known[slot.id] = "playing"
        log.info("Phát %s lúc %s, từ giây %.1f", slot.item.title, begin.at, position / RATE_HZ)
        earliest_s = self._clock.monotonic() + _RUN_UP_S
        start = self._samples.sample_at(max(self._clock.mono_of(begin.at), earliest_s))
        for other in self._active.values():
            if other.limit.reason == "next_item" and other.limit.at == slot.at:
                # The same moment, but the clock may have been set since: one sample for both.
                self._mixer.set_until(other.slot.id, start)
        self._active[slot.id] = _Active(slot, record, voice, begin.until)
        self._mixer.add(
            Play(
                slot.id,
                Lane.PROGRAMME,
                voice,
                start=start,
                until=self._sample_of(begin.until.at),
                gain_db=slot.item.gain_db,
                position=position,
                run=record.run,
            )
        )
        return True

    def _voice(self, slot: Slot, position: int) -> MediaVoice | RelayVoice | None:
        item = slot.item
        if item.relay is not None:
            return RelayVoice(
                item.relay,
                allowed=() if self._policy is None else self._policy.relays,
                inputs=self._inputs,
                fallback=self._checked(slot.id, item.relay.fallback),
            )
        path = None if item.media is None else self._checked(slot.id, item.media.sha256)
        return None if path is None else MediaVoice(path, position=position)

    def _checked(self, slot_id: str, sha256: str) -> Path | None:
        try:
            return self._media.checked(sha256)
        except MediaError as error:
            if self._faults.get(slot_id) != "media_mismatch":
                self._faults[slot_id] = error.reason
            self._on_missing()
            return None

    def _sample_of(self, moment: datetime) -> int:
        return self._samples.sample_at(self._clock.mono_of(moment))

    def renew_limits(self) -> None:
        """A new plan, policy or sample clock may end sooner, or later, what sounds already."""
        if self._plan is None:
            return
        now = self._clock.now()
        for key, active in self._active.items():
            following = following_of(self._slots, active.slot)
            start = max(now, active.slot.at)
            limit = limit_of(active.slot, following, self._plan, self._policy, start)
            active.limit = limit or Limit(now, "outside_session")
            self._mixer.set_until(key, self._sample_of(active.limit.at))

    # Ending

    def _miss(self, miss: Miss) -> None:
        slot = miss.slot
        reason = miss.reason
        if reason == "media_missing":
            reason = self._faults.pop(slot.id, reason)
        now = self._clock.now()
        before = self._store.play(slot.id)
        if before is None:
            line = outcomes.of_miss(slot, miss.result, reason, now=now)
            self._store.miss(slot.id, slot.item.bulletin, slot.at, line)
        else:
            line = outcomes.of_run(
                before,
                miss.result,
                now=now,
                position=before.position,
                level_lufs=None,
                reason=reason,
            )
            self._store.finish(slot.id, before.position, before.level_lufs, line)
        self._known[slot.id] = "done"
        log.info("Không phát %s: %s", slot.item.title, reason)

    def _ended(self, active: _Active, event: Ended) -> None:
        del self._active[event.key]
        self._faults.pop(event.key, None)
        result, reason = self._verdict(active, event)
        line = self._line(active, result, event, reason=reason)
        self._store.finish(event.key, event.position, event.level_lufs, line)
        self._known[event.key] = "done"
        log.info("Xong %s: %s %s", active.slot.item.title, result, reason or "")

    def _verdict(self, active: _Active, event: Ended) -> tuple[outcomes.Result, str | None]:
        heard_s = event.position / RATE_HZ
        complete = heard_s >= active.slot.item.seconds - _END_TOLERANCE_S
        if active.withdrawn:
            return "cancelled", "withdrawn"
        if active.record.run_started is None:  # never heard, or not again after an order
            return "interrupted", active.limit.reason
        if isinstance(active.voice, MediaVoice) and active.voice.failed is not None:
            return "interrupted", "decode_failed"
        run_s = (event.position - active.record.run_from) / RATE_HZ
        if self._horn_off():  # somebody turned the switch at the pole: nobody heard it
            return "muted", "horn_off"
        if event.level_lufs is None and run_s >= _MEASURABLE_S:
            return "muted", "silent"
        if event.reason == "until" and not complete and active.limit.reason != "slot_end":
            return "interrupted", active.limit.reason
        return "played", active.voice.fault if isinstance(active.voice, RelayVoice) else None

    def _line(
        self,
        active: _Active,
        result: outcomes.Result,
        event: Paused | Ended,
        *,
        reason: str | None,
    ) -> ReceiptItem:
        return outcomes.of_run(
            active.record,
            result,
            now=self._clock.now(),
            position=event.position,
            level_lufs=event.level_lufs,
            reason=reason,
        )
