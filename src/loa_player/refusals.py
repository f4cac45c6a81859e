"""What was refused: counted by name, and told to senders who proved who they are."""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime

from loa_player import outcomes
from loa_player.store import Store
from loa_protocol import Envelope, Kind, Reason, Refused
from loa_protocol.context import ORDER_KINDS

log = logging.getLogger(__name__)

# Only these come after the signatures and rights were found good: their sender is told.
_TOLD = frozenset(
    {
        Reason.EXPIRED,
        Reason.NOT_YET,
        Reason.LIFETIME_TOO_LONG,
        Reason.BELOW_FLOOR,
        Reason.VERSION_AHEAD,
        Reason.UNKNOWN_ORDER,
        Reason.NOT_ANCESTOR,
        Reason.OLD_REVISION,
        Reason.CANCELLED,
        Reason.MUTE_SPENT,
        Reason.NO_TIME,
        Reason.UNSUPPORTED,
    }
)
_TOLD_KINDS = ORDER_KINDS | {Kind.PLAN, Kind.COMMAND}
# A flood of refused envelopes must not fill the store with answers.
_TOLD_MAX = 1000


class Refusals:
    """Used under the gate's lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: set[tuple[str, Reason]] = set()

    def note(self, data: bytes | Envelope, refused: Refused, now: datetime) -> None:
        """Count `refused`, and queue an answer once per envelope and reason.

        With a store that cannot be written, the refusal stands and is only logged.
        """
        log.warning("Từ chối: %s", refused)
        try:
            self._write(data, refused, now)
        except sqlite3.Error as error:
            log.warning("Không ghi lại được lần từ chối này (%s); hãy kiểm tra thẻ nhớ", error)

    def _write(self, data: bytes | Envelope, refused: Refused, now: datetime) -> None:
        self._store.count_refusal(str(refused.reason))
        if refused.reason not in _TOLD or len(self._told) >= _TOLD_MAX:
            return
        envelope = data if isinstance(data, Envelope) else Envelope.parse(data)
        name = (envelope.id, refused.reason)
        if envelope.kind in _TOLD_KINDS and name not in self._told:
            reason = str(refused.reason)
            self._store.add_outcome(
                outcomes.of_order(envelope.id, "refused", now=now, reason=reason)
            )
            self._told.add(name)
