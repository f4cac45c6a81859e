"""The last resort for a broker that lets nobody in: a new store.

The store holds only what is published anew at every connect (hints, `open`) and sessions, so
nothing is lost with it.
"""

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from loa.config.children import Child

SAID = b"unable to persist session"
"""What nats-server writes when a client is turned away because the store is full."""
READ_MOST_BYTES = 1 << 20
FOR_S, AGAIN_AFTER_S = 20.0, 600.0


@dataclass
class BrokerWatch:
    """Looks at the broker's log. `for_s` is how long clients are turned away before the store is
    made anew: the gateway bounds it by itself within seconds."""

    broker: Child
    store: Path
    for_s: float = FOR_S
    renewed: int = 0
    _offset: int = field(default=0, init=False)
    _since_s: float | None = field(default=None, init=False)
    _last_s: float = field(default=0.0, init=False)
    _renewed_s: float | None = field(default=None, init=False)

    def start(self) -> None:
        """What the log says of former times does not count."""
        self._offset = self.broker.log.stat().st_size if self.broker.log.exists() else 0

    def look(self, now_s: float) -> bool:
        """Call it every second or so; whether the store was made anew now."""
        if self._turns_away():
            self._since_s = now_s if self._since_s is None else self._since_s
            self._last_s = now_s
        elif self._since_s is not None and now_s - self._last_s > self.for_s:
            self._since_s = None
        lately = self._renewed_s is not None and now_s - self._renewed_s < AGAIN_AFTER_S
        if self._since_s is None or now_s - self._since_s < self.for_s or lately:
            return False
        self._renew(now_s)
        return True

    def _turns_away(self) -> bool:
        if not self.broker.log.exists():
            return False
        size = self.broker.log.stat().st_size
        if size < self._offset:  # the log was begun anew
            self._offset = 0
        with self.broker.log.open("rb") as log:
            log.seek(max(self._offset, size - READ_MOST_BYTES))
            said = log.read(READ_MOST_BYTES)
        self._offset = size
        return SAID in said

    def _renew(self, now_s: float) -> None:
        self._since_s, self._renewed_s = None, now_s
        self.renewed += 1
        print("broker: kho đầy, không ai nối được; làm kho mới", file=sys.stderr)
        self.broker.kill()
        shutil.rmtree(self.store, ignore_errors=True)
        self.broker.start()
