"""One MQTT 3.1.1 connection of the node's own, to whichever broker the operator chose."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
import structlog
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion

from loa.gateway.broker import broker_secrets
from loa.lib import clock

log = structlog.get_logger()

INBOX_MAX = 20_000
"""Beyond this the oldest doorbell rings are dropped: devices send receipts again over HTTPS."""


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int
    user: str
    password: str
    tls: bool


WAKE = Message("", b"")


def address_for(service: str) -> Address:
    """Where `service` connects: `LOA_BROKER_URL`, or the embedded broker with its own password."""
    env = settings.ENV
    if not env.broker_url:
        secret = broker_secrets(env.keys).passwords[service]
        return Address("127.0.0.1", env.broker_port, service, secret, tls=False)
    parts = urlsplit(env.broker_url)
    tls = parts.scheme in {"mqtts", "ssl"}
    return Address(
        parts.hostname or "127.0.0.1",
        parts.port or (8883 if tls else 1883),
        unquote(parts.username or service),
        unquote(parts.password or ""),
        tls,
    )


def accepts_all(topic: str, size: int, now_s: float) -> bool:
    """For a line that subscribes to nothing."""
    return True


class Line:
    """A connection that keeps itself up. Publishing while it is down does nothing but say so:
    everything is published again at the next connect, from the database."""

    def __init__(
        self,
        service: str,
        *,
        subscribe: tuple[str, ...],
        on_connect: Callable[[], None],
        accepts: Callable[[str, int, float], bool] = accepts_all,
    ) -> None:
        """`accepts` is asked about each message (topic, bytes, now on the monotonic clock) before
        it is kept."""
        self._address = address_for(service)
        self._accepts = accepts
        self._kept: Callable[[str], bool] = lambda _topic: True
        self._subscribe = subscribe
        self._on_connect = on_connect
        self.connected = threading.Event()
        self.inbox: queue.Queue[Message] = queue.Queue(INBOX_MAX)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"loa-{service}", protocol=paho.MQTTv311
        )
        self._client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            self._client.tls_set()
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received
        self._client.reconnect_delay_set(1, 15)

    def start(self) -> None:
        self._client.connect_async(self._address.host, self._address.port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message to the broker. False where there is no connection."""
        if not self.connected.is_set():
            return False
        return (
            self._client.publish(topic, payload, qos=0, retain=retain).rc == paho.MQTT_ERR_SUCCESS
        )

    def unretain(self, filters: Sequence[str], kept: Callable[[str], bool]) -> None:
        """Have every retained message taken out of the broker that is delivered on a topic for
        which `kept` is false. Subscribing anew has those on `filters` delivered once more."""
        self._kept = kept
        for topic in filters:
            self._client.subscribe(topic, qos=0)

    def _connected(
        self, client: paho.Client, userdata: object, flags: object, code: object, more: object
    ) -> None:
        if getattr(code, "is_failure", False):
            log.warning("broker refused us", reason=str(code))
            return
        for topic in self._subscribe:
            client.subscribe(topic, qos=0)
        self.connected.set()
        log.info("broker connected", host=self._address.host, port=self._address.port)
        self._on_connect()

    def _disconnected(
        self, client: paho.Client, userdata: object, flags: object, code: object, more: object
    ) -> None:
        if self.connected.is_set():
            log.warning("broker lost", reason=str(code))
        self.connected.clear()

    def _received(self, client: paho.Client, userdata: object, got: paho.MQTTMessage) -> None:
        if got.retain and got.payload and not self._kept(got.topic):
            client.publish(got.topic, b"", qos=0, retain=True)
        if not self._accepts(got.topic, len(got.payload), clock.current().monotonic()):
            return
        message = Message(got.topic, bytes(got.payload))
        while True:
            try:
                self.inbox.put_nowait(message)
            except queue.Full:
                self.inbox.get_nowait()
            else:
                return

    def wake(self) -> None:
        """Have `take` come back now, from any thread."""
        with suppress(queue.Full):  # then nobody waits
            self.inbox.put_nowait(WAKE)

    def take(self, limit: int, wait_s: float) -> list[Message]:
        """Up to `limit` messages; waits for the first one, or for `wake`, at most `wait_s`."""
        messages: list[Message] = []
        try:
            messages.append(self.inbox.get(timeout=wait_s))
            while len(messages) < limit:
                messages.append(self.inbox.get_nowait())
        except queue.Empty:
            pass
        return [message for message in messages if message is not WAKE]
