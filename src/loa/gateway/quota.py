"""How much one outlet may say over MQTT: what is over is dropped before it is kept, and counted."""

from collections import OrderedDict
from dataclasses import dataclass

from loa_protocol import topics
from loa_protocol.topics import TopicKind

MESSAGE_MAX_BYTES = 64 * 1024
PRESENCE_MAX_BYTES = 1024
BURST, PER_S = 300.0, 5.0
"""A device says its health every five minutes and sends a receipt for each item; after a cut it
delivers what it kept over HTTPS."""
KEPT = 20_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Quota:
    """A token bucket for each outlet. Not safe for several threads: the line's own thread asks."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._over: dict[str, int] = {}

    def accepts(self, topic: str, size: int, now_s: float) -> bool:
        """Whether a message is taken. One on no topic of ours, too large, or over the outlet's rate
        is not; what was dropped of an outlet is counted for `over`."""
        named = topics.parse(topic)
        if named is None:
            return False
        bucket = self._bucket(named.subject, now_s)
        bucket.left = min(BURST, bucket.left + PER_S * max(0.0, now_s - bucket.at_s))
        bucket.at_s = now_s
        most = PRESENCE_MAX_BYTES if named.kind is TopicKind.PRESENCE else MESSAGE_MAX_BYTES
        if size > most or bucket.left < 1:
            self._over[named.subject] = self._over.get(named.subject, 0) + 1
            return False
        bucket.left -= 1
        return True

    def _bucket(self, outlet: str, now_s: float) -> _Bucket:
        bucket = self._buckets.get(outlet)
        if bucket is None:
            bucket = self._buckets[outlet] = _Bucket(BURST, now_s)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(outlet)
        return bucket

    def over(self) -> dict[str, int]:
        """How many messages of which outlet were dropped since this was asked last."""
        found, self._over = self._over, {}
        return found
