"""The gate: everything signed that comes in passes here, by whatever way it came.

Verify, judge replay, commit, and only then tell the rest of the player. What is refused is counted
by name, changes nothing and is not remembered as seen.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import cast

from loa_player import outcomes
from loa_player.clock import Probe, TrustedClock
from loa_player.gate_store import KEPT_KINDS, Document, GateStore, Wording
from loa_player.refusals import Refusals
from loa_player.store import Store
from loa_protocol import (
    Channel,
    Context,
    Envelope,
    Kind,
    Reason,
    Receiver,
    Refused,
    SignatureCache,
    TrustState,
    Verified,
    parse_payload,
    verify,
)
from loa_protocol.context import ORDER_KINDS, StoredTemplate
from loa_protocol.fills import template_key
from loa_protocol.order_book import Voice, voice
from loa_protocol.payloads import (
    Assignment,
    Fill,
    Open,
    Plan,
    Policy,
    ReceiptItem,
    Sounding,
    Template,
    TimeAnswer,
    prepare,
)
from loa_protocol.replay import decide, expire, forgettable, played
from loa_protocol.replay_state import Changes, ReplayState, apply
from loa_protocol.trusted_time import TrustedTime

log = logging.getLogger(__name__)

# The first of these must not wait until its model is built.
_URGENT_KINDS = (Kind.ALERT, Kind.UPDATE, Kind.CANCEL, Kind.MUTE, Kind.RESUME, Kind.OPEN)
_WORDING_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class News:
    """An accepted envelope and what it changed; already durable."""

    verified: Verified
    changes: Changes


class Gate:
    """Safe from any thread. `on_news` is called after the commit, outside the gate's lock."""

    def __init__(
        self,
        gate_store: GateStore,
        store: Store,
        clock: TrustedClock,
        on_news: Callable[[News], None],
    ) -> None:
        self._kept = gate_store
        self._store = store
        self._clock = clock
        self._on_news = on_news
        self._lock = threading.RLock()
        self._cache = SignatureCache()
        prepare(_URGENT_KINDS)
        self._trust = gate_store.trust()
        self._state = gate_store.replay()
        self._time = TrustedTime(
            floor=store.time_floor(), spent=timedelta(seconds=store.fact("time_spent_s") or 0)
        )
        self._templates = self._load_templates()
        self._refusals = Refusals(store)
        self.receiver: Receiver | None = None
        found = gate_store.documents(Kind.ASSIGNMENT)
        if found:
            doc = parse_payload(Kind.ASSIGNMENT, found[0].envelope.payload)
            self.receiver = Receiver.of(cast(Assignment, doc))

    # Trust

    def begin(self, root: Envelope, anchor: str, receiver: Receiver) -> None:
        """Enrolment: believe the root whose hash the claim file named. Raises Refused."""
        with self._lock:
            if self._trust is None:
                trust = TrustState.begin(root, anchor)
                self._kept.save_trust(trust)
                self._trust = trust
            self.receiver = self.receiver or receiver

    @property
    def trust(self) -> TrustState:
        """What is believed. Raises Refused(root_mismatch) before enrolment."""
        if self._trust is None:
            raise Refused(Reason.ROOT_MISMATCH, "not enrolled")
        return self._trust

    # What comes in

    def take(self, data: bytes | Envelope, channel: Channel) -> Verified:
        """Accept what came by `channel`, durably. Raises Refused, having counted it."""
        with self._lock:
            try:
                verified, changes = self._take(data, channel)
            except Refused as refused:
                self._refusals.note(data, refused, self._clock.now())
                raise
            except sqlite3.Error as error:
                # Nothing was changed: it may be sent again when there is room.
                log.exception("Kho dữ liệu của loa không ghi được")
                raise Refused(Reason.STORE_FULL, str(error)) from error
        if not changes.empty or verified.envelope.kind is Kind.TRUST:
            self._on_news(News(verified, changes))
            log.info("Nhận %s %s", verified.envelope.kind, verified.envelope.id[:12])
        return verified

    def take_time(self, data: bytes, nonce: str) -> TimeAnswer:
        """Check one time answer; it counts only when given back in `take_round`."""
        with self._lock:
            try:
                verified = verify(data, Channel.TIME, self._context())
                answer = cast(TimeAnswer, verified.payload)
                if answer.nonce != nonce:
                    raise Refused(Reason.BAD_FIELD, "another nonce was asked")
                self._learn(verified.trust)
            except Refused as refused:
                self._refusals.note(data, refused, self._clock.now())
                raise
            return answer

    def take_round(self, probes: Sequence[Probe]) -> None:
        """Discipline the clock on a round of checked answers. Raises Refused(time_jump)."""
        with self._lock:
            best = min(probes, key=lambda p: p.heard_s - p.sent_s)
            middle_s = (best.sent_s + best.heard_s) / 2
            moment = best.answer + timedelta(seconds=self._clock.monotonic() - middle_s)
            try:
                known = self._time.answer(
                    moment, self._clock, parent_signed=False, stopped=not self._clock.credible
                )
            except Refused as refused:
                self._refusals.note(b"", refused, self._clock.now())
                raise
            self._set_time(known)
            self._clock.discipline(probes)
            self.save_time()

    @property
    def time_known(self) -> bool:
        """Whether an answer or an `open` told the time since the process began."""
        return self._time.known

    def save_time(self) -> None:
        """Raise the durable floor under the time."""
        with self._lock:
            if self._time.known:
                self._time = self._time.tick(self._clock)
                self._store.save_clock(self._clock.now(), self._clock.anchor)

    # What is in force

    def plan(self) -> tuple[Plan, datetime] | None:
        """The last good plan and when it was accepted; None also when its node was revoked."""
        with self._lock:
            for document in self._kept.documents(Kind.PLAN):
                plan = cast(Plan, parse_payload(Kind.PLAN, document.envelope.payload))
                mine = self.receiver is not None and plan.station == self.receiver.station
                if mine and not self._revoked(document.envelope, Channel.PLAN):
                    return plan, document.accepted
            return None

    def plan_id(self) -> str | None:
        """The name of the plan in force."""
        station = None if self.receiver is None else self.receiver.station
        found = (d for d in self._kept.documents(Kind.PLAN) if d.subject == station)
        return next((d.envelope.id for d in found), None)

    def policies(self) -> list[Policy]:
        """The policies in force, the widest place first."""
        with self._lock:
            found = [
                cast(Policy, parse_payload(Kind.POLICY, d.envelope.payload))
                for d in self._kept.documents(Kind.POLICY)
                if not self._revoked(d.envelope, Channel.POLICY)
            ]
            now = self._clock.now()
        found = [policy for policy in found if policy.expires > now]
        return sorted(found, key=lambda p: p.target[0].count("/"))

    def assignment(self) -> Assignment | None:
        """Who this device is."""
        for document in self._kept.documents(Kind.ASSIGNMENT):
            return cast(Assignment, parse_payload(Kind.ASSIGNMENT, document.envelope.payload))
        return None

    def voice(self) -> Voice:
        """Which order is to be heard now. None while nobody knows what time it is."""
        with self._lock:
            if not (self._time.known or self._clock.credible):
                return Voice()
            return voice(self._state.orders.values(), self._state.mutes, self._clock.now())

    def state(self) -> ReplayState:
        """The orders, mutes and versions as they stand (a value)."""
        with self._lock:
            return self._state

    def wording(self, id_: str) -> Sounding | None:
        """The text of an accepted order."""
        envelope = self._kept.wording(id_)
        if envelope is None:
            return None
        return cast(Sounding, parse_payload(envelope.kind, envelope.payload))

    def open_id(self) -> str | None:
        """The name of the newest `open`, for the long poll."""
        found = self._kept.documents(Kind.OPEN)
        return found[0].envelope.id if found else None

    # What time and playing change

    def play_begun(self, key: str) -> None:
        """One play of the order `key` begins: durable before it sounds."""
        with self._lock:
            self._commit(played(self._state, key, self._clock.now()))

    def expire(self) -> Changes:
        """End the orders whose time is over, and forget what no longer matters.

        Not before the time is known: a clock that wakes up in 2099 must not end an alert, nor
        forget that it was heard.
        """
        with self._lock:
            if not (self._time.known or self._clock.authenticated):
                return Changes()
            now = self._clock.now()
            changes = expire(self._state, now)
            lines = [
                outcomes.of_order(self._state.orders[key].current, "expired", now=now)
                for key in changes.stopped
                if self._state.orders[key].played == 0
            ]
            if not changes.empty:
                self._commit(changes, lines=lines)
            self._forget(now)
            return changes

    def _take(self, data: bytes | Envelope, channel: Channel) -> tuple[Verified, Changes]:
        verified = verify(data, channel, self._context())
        now = self._clock.now()
        template = self._template_of(verified)
        if isinstance(verified.payload, Open):
            opened = verified.payload
            self._set_time(self._time.seen_open(opened.issued, opened.expires, self._clock))
            self._clock.at_least(verified.payload.issued)
            now = self._clock.now()
        changes = decide(self._state, verified, now, template)
        changes = self._kept.with_lost_document(self._state, verified, changes)
        self._commit(
            changes,
            trust=verified.trust if verified.trust is not self._trust else None,
            document=self._document(verified, changes, now, data),
            wording=self._wording(verified),
            lines=self._accepted_line(verified, now),
        )
        self._trust = verified.trust
        for alarm in verified.alarms:
            self._store.count_refusal(f"alarm_{alarm}")
        if changes.time_reset is not None:
            self._reset_time(changes.time_reset)
        if isinstance(verified.payload, Assignment):
            self.receiver = Receiver.of(verified.payload)
        if isinstance(verified.payload, Template):
            self._templates = self._load_templates()
        return verified, changes

    def _commit(
        self,
        changes: Changes,
        *,
        trust: TrustState | None = None,
        document: Document | None = None,
        wording: Wording | None = None,
        lines: Sequence[ReceiptItem] = (),
    ) -> None:
        if changes.pending == self._state.pending:
            changes = replace(changes, pending=None)
        if not changes.empty or trust is not None or lines:
            self._kept.commit(changes, trust=trust, document=document, wording=wording, lines=lines)
        self._state = apply(self._state, changes)

    def _document(
        self, verified: Verified, changes: Changes, now: datetime, data: bytes | Envelope
    ) -> Document | None:
        kind = verified.envelope.kind
        if kind not in KEPT_KINDS or not changes.versions:
            return None
        subject = next(iter(changes.versions))[1]
        # One assignment and one open are in force, whoever they were for before.
        if kind in (Kind.ASSIGNMENT, Kind.OPEN):
            subject = "own"
        received = data if isinstance(data, bytes) else data.to_bytes()
        return Document(kind, subject, verified.envelope, now, received)

    def _wording(self, verified: Verified) -> Wording | None:
        doc = verified.payload
        if not isinstance(doc, Sounding):
            return None
        return Wording(replace(verified.envelope, chain=()), doc.expires + _WORDING_KEPT)

    def _accepted_line(self, verified: Verified, now: datetime) -> Sequence[ReceiptItem]:
        kind = verified.envelope.kind
        if kind not in ORDER_KINDS and kind is not Kind.COMMAND:
            return ()
        return (outcomes.of_order(verified.envelope.id, "accepted", now=now),)

    def _template_of(self, verified: Verified) -> StoredTemplate | None:
        doc = verified.payload
        return self._templates.get(template_key(doc)) if isinstance(doc, Fill) else None

    def _load_templates(self) -> Mapping[str, StoredTemplate]:
        kept = [
            StoredTemplate(d.envelope, cast(Template, parse_payload(d.kind, d.envelope.payload)))
            for d in self._kept.documents(Kind.TEMPLATE)
        ]
        kept.sort(key=lambda one: one.doc.version)
        return MappingProxyType({template_key(one.doc): one for one in kept})

    def _context(self) -> Context:
        return Context(
            trust=self.trust,
            now=self._clock.now(),
            cache=self._cache,
            receiver=self.receiver,
            time_known=self._time.known,
            templates=self._templates,
        )

    def _learn(self, trust: TrustState) -> None:
        if trust is not self._trust:
            self._kept.save_trust(trust)
            self._trust = trust

    def _revoked(self, envelope: Envelope, channel: Channel) -> bool:
        """Whether what was accepted once must be dropped because its signer was revoked."""
        try:
            verify(envelope, channel, self._context())
        except Refused as refused:
            return refused.reason is Reason.REVOKED
        return False

    def _set_time(self, known: TrustedTime) -> None:
        if known.spent != self._time.spent:
            self._store.set_fact("time_spent_s", known.spent.total_seconds())
        self._time = known

    def _reset_time(self, floor: datetime) -> None:
        self._clock.reset(floor)
        self._set_time(self._time.reset(floor, self._clock))
        self._store.reset_time_floor(floor)

    def _forget(self, now: datetime) -> None:
        finished = [
            key
            for key, order in self._state.orders.items()
            if order.expires + timedelta(days=30) < now
        ]
        ids = forgettable(self._state, now)
        if not ids and not finished:
            return
        self._kept.forget(ids, finished, now)
        self._state = replace(
            self._state,
            seen=MappingProxyType({k: v for k, v in self._state.seen.items() if k not in ids}),
            orders=MappingProxyType(
                {k: v for k, v in self._state.orders.items() if k not in finished}
            ),
        )
