"""The default broker, without the gateway's authentication: a doorbell for tests."""

from __future__ import annotations

import socket
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class FakeBroker:
    """A broker process that can be stopped and started on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._config = folder / "broker.conf"
        self._config.write_text(
            f'server_name: test\nlisten: "127.0.0.1:{free_port()}"\n'
            f'jetstream {{ store_dir: "{folder / "jetstream"}" }}\n'
            f'mqtt {{ listen: "127.0.0.1:{self.port}" }}\n'
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.heard: list[tuple[str, bytes]] = []
        self._changed = threading.Condition()
        self._client: mqtt.Client | None = None

    def start(self) -> FakeBroker:
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        self._process = subprocess.Popen(
            [program, "-c", self._config], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 15
        while True:
            try:
                self._client = self._connect()
                return self
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        if self._client is not None:
            self._client.loop_stop()
            self._client = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert self._client is not None
        self._client.publish(topic, payload, qos=0, retain=retain)

    def wait_for(self, fact: Callable[[str, bytes], bool], limit_s: float = 20.0) -> bytes:
        """The payload of the first message, past or future, of which `fact` is true."""
        deadline = time.monotonic() + limit_s
        with self._changed:
            while True:
                for topic, payload in self.heard:
                    if fact(topic, payload):
                        return payload
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"heard only {[t for t, _ in self.heard]}")

    def _connect(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="tester")
        client.on_message = self._message
        client.connect("127.0.0.1", self.port)
        client.subscribe("loa/1/#", qos=0)
        client.loop_start()
        return client

    def _message(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()
