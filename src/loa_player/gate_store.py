"""What the gate must never forget: trust, versions, ids seen, orders, mute budgets.

One commit takes everything that one accepted envelope changed, its text and the receipt's line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from types import MappingProxyType

from pydantic import TypeAdapter

from loa_player.database import Database
from loa_player.store import Store
from loa_protocol import Envelope, Kind, TrustState, Verified
from loa_protocol.mutes import AlertSilence, Mutes, PersonSpan
from loa_protocol.order_book import Order, Pending
from loa_protocol.payloads import ReceiptItem
from loa_protocol.replay_state import Changes, ReplayState, Version

KEPT_KINDS = frozenset({Kind.PLAN, Kind.POLICY, Kind.ASSIGNMENT, Kind.OPEN, Kind.TEMPLATE})
_ORDER = TypeAdapter(Order)
_PENDING = TypeAdapter(tuple[Pending, ...])
_SILENCES = TypeAdapter(dict[str, AlertSilence])
_SPANS = TypeAdapter(tuple[PersonSpan, ...])


@dataclass(frozen=True, slots=True)
class Document:
    """A state document as it was accepted, to be kept until a newer one comes.

    `received` holds the bytes of `envelope` as they came.
    """

    kind: Kind
    subject: str
    envelope: Envelope
    accepted: datetime
    received: bytes


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of an order, kept as long as it may sound."""

    envelope: Envelope
    until: datetime


class GateStore:
    """The gate's tables. Used under the gate's lock."""

    def __init__(self, database: Database, store: Store) -> None:
        self._db = database
        self._store = store

    def trust(self) -> TrustState | None:
        """What was known when last saved."""
        saved = self._store.fact("trust")
        return None if saved is None else TrustState.from_bytes(saved.encode())

    def save_trust(self, trust: TrustState) -> None:
        """Keep a new root, new delegations, new revocations."""
        self._store.set_fact("trust", trust.to_bytes().decode())

    def replay(self) -> ReplayState:
        """What was accepted so far."""
        with self._db.read() as run:
            versions = run.execute("SELECT kind, subject, version, id FROM version").fetchall()
            seen = run.execute("SELECT id, until_ms FROM seen").fetchall()
            orders = [
                _ORDER.validate_json(row[0])
                for row in run.execute("SELECT value FROM standing").fetchall()
            ]
        floor = self._store.fact("replay_floor_ms")
        return ReplayState(
            versions=MappingProxyType(
                {(Kind(kind), subject): Version(v, id_) for kind, subject, v, id_ in versions}
            ),
            seen=MappingProxyType({id_: _moment(until) for id_, until in seen}),
            floor=None if floor is None else _moment(floor),
            clock_serial=self._store.fact("clock_serial") or 0,
            orders=MappingProxyType({order.key: order for order in orders}),
            pending=_PENDING.validate_json(self._store.fact("pending") or "[]"),
            mutes=Mutes(
                MappingProxyType(_SILENCES.validate_json(self._store.fact("silences") or "{}")),
                _SPANS.validate_json(self._store.fact("silence_spans") or "[]"),
            ),
        )

    def commit(
        self,
        changes: Changes,
        *,
        trust: TrustState | None = None,
        document: Document | None = None,
        wording: Wording | None = None,
        lines: Sequence[ReceiptItem] = (),
    ) -> None:
        """Make one acceptance durable, whole or not at all."""
        with self._db.write() as run:
            if trust is not None:
                self.save_trust(trust)
            if document is not None:
                _save_document(run, document)
                if document.kind is Kind.ASSIGNMENT:
                    self._db.touch("trust")
            if wording is not None:
                _save_wording(run, wording)
                self._db.touch("orders")
            _save_changes(run, changes)
            if changes.versions:
                self._db.touch("floor")
            if changes.seen or changes.orders:
                self._db.touch("orders")
            self._save_scalars(changes)
            for line in lines:
                self._store.add_outcome(line)

    def documents(self, kind: Kind) -> list[Document]:
        """The documents of `kind` in force."""
        with self._db.read() as run:
            rows = run.execute(
                "SELECT subject, envelope, accepted_ms FROM document WHERE kind = ?", (str(kind),)
            ).fetchall()
        return [
            Document(kind, subject, Envelope.parse(data), _moment(ms), data)
            for subject, data, ms in rows
        ]

    def with_lost_document(
        self, state: ReplayState, verified: Verified, changes: Changes
    ) -> Changes:
        """`changes`, or the known version again where its document is lost: a store that was
        rebuilt remembers the version of a plan and asks the node for the plan itself."""
        kind, id_ = verified.envelope.kind, verified.envelope.id
        if not changes.empty or kind not in KEPT_KINDS:
            return changes
        if any(document.envelope.id == id_ for document in self.documents(kind)):
            return changes
        known = {
            subject: version
            for subject, version in state.versions.items()
            if subject[0] is kind and version.id == id_
        }
        return Changes(versions=known)

    def wording(self, id_: str) -> Envelope | None:
        """The text of an accepted order."""
        with self._db.read() as run:
            row = run.execute("SELECT envelope FROM wording WHERE id = ?", (id_,)).fetchone()
        return None if row is None else Envelope.parse(row[0])

    def forget(self, ids: Iterable[str], finished: Iterable[str], now: datetime) -> None:
        """Drop what can no longer matter."""
        with self._db.write() as run:
            self._db.touch("orders")
            run.executemany("DELETE FROM seen WHERE id = ?", [(i,) for i in ids])
            run.executemany("DELETE FROM standing WHERE key = ?", [(k,) for k in finished])
            run.execute("DELETE FROM wording WHERE until_ms < ?", (_ms(now),))

    def _save_scalars(self, changes: Changes) -> None:
        if changes.floor is not None:
            self._store.set_fact("replay_floor_ms", _ms(changes.floor))
        if changes.clock_serial is not None:
            self._store.set_fact("clock_serial", changes.clock_serial)
        if changes.pending is not None:
            self._store.set_fact("pending", _PENDING.dump_json(changes.pending).decode())
        if changes.mutes is not None:
            silences = _SILENCES.dump_json(dict(changes.mutes.alerts)).decode()
            self._store.set_fact("silences", silences)
            spans = _SPANS.dump_json(changes.mutes.spans).decode()
            self._store.set_fact("silence_spans", spans)


def _save_document(run: Connection, document: Document) -> None:
    run.execute(
        "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)",
        (
            str(document.kind),
            document.subject,
            document.received,
            _ms(document.accepted),
        ),
    )


def _save_wording(run: Connection, wording: Wording) -> None:
    run.execute(
        "INSERT OR REPLACE INTO wording VALUES (?, ?, ?)",
        (wording.envelope.id, wording.envelope.to_bytes(), _ms(wording.until)),
    )


def _save_changes(run: Connection, changes: Changes) -> None:
    for (kind, subject), new in changes.versions.items():
        run.execute(
            "INSERT OR REPLACE INTO version VALUES (?, ?, ?, ?)",
            (str(kind), subject, new.version, new.id),
        )
    for id_, until in changes.seen.items():
        run.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (id_, _ms(until)))
    for key, order in changes.orders.items():
        run.execute(
            "INSERT OR REPLACE INTO standing VALUES (?, ?)", (key, _ORDER.dump_json(order).decode())
        )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
