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
from loa.lib import clock
from loa_protocol.topics import PREFIX

log = structlog.get_logger()

BATCH = 500
WAIT_S = 0.2
TELL_FIRST_S, TELL_MOST_S = 15.0, 600.0
"""How often devices that do not know of a reorganisation are told again."""
INWARD = tuple(f"{PREFIX}from/+/{leaf}" for leaf in ("presence", "health", "receipt"))


def run(stop: threading.Event) -> int:
    """Serve until told to stop. A broken database or broker is waited out, never fatal."""
    greet = threading.Event()
    line = Line("gateway", subscribe=INWARD, on_connect=greet.set)
    door = make_door(line)
    line.start()
    tell_at_s, tell_wait_s = 0.0, TELL_FIRST_S
    while not stop.is_set():
        close_old_connections()
        try:
            if greet.is_set():
                # Cleared first: a second reconnect during the work asks for it again.
                greet.clear()
                door.refill()
                outward.publish_all_hints(line)
                tell_at_s, tell_wait_s = 0.0, TELL_FIRST_S
            outward.follow(line, door)
            now_s = clock.current().monotonic()
            if now_s >= tell_at_s:
                told = outward.tell_assignments(line)
                tell_wait_s = min(tell_wait_s * 2, TELL_MOST_S) if told else TELL_FIRST_S
                tell_at_s = now_s + tell_wait_s
            inward.store(line.take(BATCH, WAIT_S))
        except DatabaseError:
            log.exception("database")
            stop.wait(2.0)
    line.stop()
    door.stop()
    return 0


def make_door(line: Line) -> Door:
    """Who is let in at the broker: NATS asks us, Mosquitto keeps a list that we fill."""
    if settings.ENV.broker_kind == "mosquitto":
        return MosquittoDoor(line)
    url = os.environ.get("LOA_NATS_URL", f"nats://127.0.0.1:{settings.ENV.nats_port}")
    callout = Callout(url, broker_secrets(settings.ENV.keys))
    callout.start()
    return callout
