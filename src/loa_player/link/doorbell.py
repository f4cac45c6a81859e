"""MQTT: what brings news fast and is trusted with nothing (protocol page, section 7)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from loa_player.link.backoff import Backoff
from loa_player.link.paho import CallbackAPIVersion, MQTTErrorCode, ReasonCode, mqtt
from loa_protocol import Receiver, topics
from loa_protocol.device_api import Mqtt, Presence, dump_body
from loa_protocol.envelope import ENVELOPE_MAX_BYTES
from loa_protocol.paths import commune_code

log = logging.getLogger(__name__)

# A dead line is noticed within one and a half of these: a NAT that forgot us says nothing.
KEEPALIVE_S = 45
_CONNECT_WAIT_S = 15.0
_PORTS = {"mqtt": 1883, "tcp": 1883, "mqtts": 8883, "ssl": 8883}


@dataclass(frozen=True, slots=True)
class DoorbellConfig:
    """Where to connect and as whom. Two that are equal need no new connection."""

    urls: tuple[str, ...]
    password: str
    outlet: str
    station: str
    commune: str


def doorbell_of(saved: dict[str, Any] | None, receiver: Receiver | None) -> DoorbellConfig | None:
    """Where the device that `receiver` says it is rings, by what the node gave it at enrolment
    (`saved`); None while either is missing or there is no broker."""
    code = None if receiver is None or receiver.area is None else commune_code(receiver.area)
    if saved is None or receiver is None or code is None or receiver.station is None:
        return None
    found = Mqtt.model_validate(saved | {"urls": tuple(saved["urls"])})
    if not found.urls:
        return None
    return DoorbellConfig(found.urls, found.password, receiver.outlet, receiver.station, code)


class Doorbell:
    """Keeps one connection to one of the brokers.

    `on_message(topic, payload, remembered)` and `on_changed()` (connected, or lost) are called from
    this object's thread. `remembered`: the broker had kept the message and gives it because we
    came (the retain flag, MQTT 3.1.1 section 3.3.1.3).
    """

    def __init__(
        self,
        config: DoorbellConfig,
        on_message: Callable[[topics.Topic, bytes, bool], None],
        on_changed: Callable[[], None],
    ) -> None:
        self.config = config
        self._on_message = on_message
        self._on_changed = on_changed
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._client: mqtt.Client | None = None
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in."""
        return self._connected.is_set()

    def start(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def stop(self) -> None:
        """Say good-bye (presence off, so that nobody waits for the will) and end the thread."""
        if self.connected:
            self.publish(topics.presence(self.config.outlet), _presence(online=False), retain=True)
        self._stop.set()
        client = self._client
        if client is not None:
            client.disconnect()
        self._thread.join(timeout=3.0)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send at QoS 0; False while there is no connection. Nothing depends on its arrival."""
        client = self._client
        if client is None or not self.connected:
            return False
        sent = client.publish(topic, payload, qos=0, retain=retain)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _run(self) -> None:
        backoff = Backoff()
        turn = 0
        while not self._stop.is_set():
            url = self.config.urls[turn % len(self.config.urls)]
            turn += 1
            if self._serve(url):
                backoff.succeeded()
            self._stop.wait(backoff.failed())

    def _serve(self, url: str) -> bool:
        """One connection from beginning to end; whether the broker had let us in."""
        admitted = False
        try:
            parts = urlsplit(url)
            client = self._new_client(parts.scheme)
            self._client = client
            client.connect(parts.hostname or "", parts.port or _PORTS[parts.scheme], KEEPALIVE_S)
            while not self._stop.is_set():
                if client.loop(timeout=1.0) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                admitted = admitted or self.connected
        except (OSError, ValueError, KeyError) as error:
            log.info("Chưa nối được máy chủ chuông %s: %s", url, error)
        # The last resort: nobody starts this thread again. It costs this connection only.
        except Exception:
            log.exception("Lỗi bất ngờ trên đường chuông %s", url)
        finally:
            self._client = None
            if self._connected.is_set():
                self._connected.clear()
                self._on_changed()
        return admitted

    def _new_client(self, scheme: str) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.config.outlet,
            clean_session=True,
            protocol=mqtt.MQTTv311,
        )
        client.username_pw_set(self.config.outlet, self.config.password)
        client.connect_timeout = _CONNECT_WAIT_S
        client.max_queued_messages_set(100)
        if scheme in ("mqtts", "ssl"):
            client.tls_set()
        client.will_set(
            topics.presence(self.config.outlet), _presence(online=False), qos=0, retain=True
        )
        client.on_connect = self._connect_answered
        client.on_message = self._message_came
        return client

    def _connect_answered(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            log.warning("Máy chủ chuông từ chối thiết bị: %s", reason)
            client.disconnect()
            return
        config = self.config
        wanted: Sequence[str] = topics.subscriptions(
            commune=config.commune, station=config.station, outlet=config.outlet
        )
        client.subscribe([(topic, 0) for topic in wanted])
        client.publish(topics.presence(config.outlet), _presence(online=True), retain=True)
        self._connected.set()
        self._on_changed()

    def _message_came(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        topic = topics.parse(message.topic)
        if topic is None or len(message.payload) > ENVELOPE_MAX_BYTES:
            return
        try:
            self._on_message(topic, bytes(message.payload), message.retain)
        # One message must not end the connection for those that follow, whatever is in it.
        except Exception:
            log.exception("Lỗi bất ngờ khi xử lý tin trên %s", message.topic)


def _presence(*, online: bool) -> bytes:
    return dump_body(Presence(online=online))
