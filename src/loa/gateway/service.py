"""`loa gateway`: hints and commands out, receipts, health and presence in, admission answered."""

import os
import threading

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from loa.gateway import inward, outward
from loa.gateway.admission import Door
from loa.gateway.broker import broker_secrets
from loa.gateway.mosquitto import MosquittoDoor
from loa.gateway.mqtt import Line
from loa.gateway.nats_callout import Callout
from loa.gateway.quota import Quota
from loa.lib import clock
from loa.lib.changes import Commits
from loa.outlets import broker_state
from loa_protocol import topics
from loa_protocol.topics import PREFIX

log = structlog.get_logger()

BATCH = 500
WAIT_S = 1.0
"""How long the gateway sleeps when no device says anything and nobody writes."""
FOLLOW_MOST_S = 10.0
"""How long the journal is not asked while nobody writes to the database."""
TELL_FIRST_S, TELL_MOST_S = 15.0, 600.0
"""How often devices that do not know of a reorganisation are told again."""
SWEEP_EVERY_S = 15.0
"""How often retained messages that may not be there are taken out, and quotas are looked at."""
INWARD = tuple(f"{PREFIX}from/+/{leaf}" for leaf in ("presence", "health", "receipt"))
UNRETAINED = INWARD[1:]


def run(stop: threading.Event) -> int:
    """Serve until told to stop. A broken database or broker is waited out, never fatal."""
    greet = threading.Event()
    quota = Quota()

    def greeted() -> None:
        greet.set()
        line.wake()

    line = Line("gateway", subscribe=INWARD, on_connect=greeted, accepts=quota.accepts)
    door = make_door(line)
    line.start()
    tell_at_s, tell_wait_s, sweep_at_s, follow_at_s = 0.0, TELL_FIRST_S, 0.0, 0.0
    commits, followed = Commits(stop, line.wake), -1
    while not stop.is_set():
        close_old_connections()
        try:
            if greet.is_set():
                # Cleared first: a second reconnect during the work asks for it again.
                greet.clear()
                door.refill()
                outward.publish_all_hints(line)
                tell_at_s, tell_wait_s = 0.0, TELL_FIRST_S
            now_s = clock.current().monotonic()
            number = commits.number
            if number != followed or now_s >= follow_at_s:
                followed, follow_at_s = number, now_s + FOLLOW_MOST_S
                outward.follow(line, door)
            if now_s >= tell_at_s:
                told = outward.tell_assignments(line)
                tell_wait_s = min(tell_wait_s * 2, TELL_MOST_S) if told else TELL_FIRST_S
                tell_at_s = now_s + tell_wait_s
            if now_s >= sweep_at_s:
                sweep_at_s = now_s + SWEEP_EVERY_S
                line.unretain(UNRETAINED, may_stay)
                _quiet(quota.over(), door)
            inward.store(line.take(BATCH, WAIT_S))
        except DatabaseError:
            log.exception("database")
            stop.wait(2.0)
    line.stop()
    door.stop()
    return 0


def may_stay(topic: str) -> bool:
    """Whether a message on this topic may be retained: of a device's, its presence alone."""
    named = topics.parse(topic)
    return named is None or named.kind in topics.RETAINED


def _quiet(over: dict[str, int], door: Door) -> None:
    """End the connections of the outlets that said more than their quota, and say so once for all
    of it. They may come again: what is over is dropped then, too."""
    if over:
        log.warning("outlets over their quota", dropped=sum(over.values()), outlets=len(over))
        broker_state.loud_note(over, clock.now())
    for outlet in over:
        door.let_in(outlet)


def make_door(line: Line) -> Door:
    """Who is let in at the broker: NATS asks us, Mosquitto keeps a list that we fill."""
    if settings.ENV.broker_kind == "mosquitto":
        return MosquittoDoor(line)
    url = os.environ.get("LOA_NATS_URL", f"nats://127.0.0.1:{settings.ENV.nats_port}")
    callout = Callout(url, broker_secrets(settings.ENV.keys))
    callout.start()
    return callout
