"""Real brokers for tests: the embedded NATS, and Mosquitto from the system's packages."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from loa.config.env import Environment
from loa.gateway import broker
from tests.needs import program

MOSQUITTO_PLUGIN = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
ADMIN_PASSWORD = "a test broker's administrator"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(log.read_text())


@contextmanager
def nats(folder: Path, store_max_bytes: int = broker.STORE_MAX_BYTES) -> Iterator[Environment]:
    env = replace(settings.ENV, nats_port=free_port(), broker_port=free_port(), broker_url="")
    path = folder / "nats.conf"
    text = broker.configuration(
        folder=env.keys,
        store=folder / "js",
        nats_port=env.nats_port,
        mqtt_port=env.broker_port,
        store_max_bytes=store_max_bytes,
    )
    broker.write_configuration(path, text)
    with running([str(broker.binary()), "-c", str(path)], env.broker_port, folder):
        yield env


@contextmanager
def mosquitto(folder: Path) -> Iterator[Environment]:
    port = free_port()
    binary = program("mosquitto", "mosquitto")
    listed = folder / "dynsec.json"
    listed.write_text(json.dumps(dynamic_security()))
    os.chmod(listed, 0o644)
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\nuser root\n"
        f"plugin {MOSQUITTO_PLUGIN}\nplugin_opt_config_file {listed}\n"
    )
    url = f"mqtt://gateway:{ADMIN_PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}"
    env = replace(
        settings.ENV, broker_url=url, broker_kind="mosquitto", broker_port=port, nats_port=1
    )
    with running([binary, "-c", str(conf)], port, folder):
        yield env


@contextmanager
def running(argv: list[str], port: int, folder: Path) -> Iterator[None]:
    log = folder / "broker.log"
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_listening(port, process, log)
            yield
        finally:
            process.kill()
            process.wait()


def dynamic_security() -> dict[str, object]:
    """The plug-in's file with one administrator, as `mosquitto_ctrl dynsec init` writes it."""
    salt, turns = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", ADMIN_PASSWORD.encode(), salt, turns)
    everything = [
        {"acltype": kind, "topic": topic, "priority": 0, "allow": True}
        for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
        for topic in ("$CONTROL/dynamic-security/#", "#")
    ]
    return {
        "clients": [
            {
                "username": "gateway",
                "textName": "admin",
                "password": base64.b64encode(digest).decode(),
                "salt": base64.b64encode(salt).decode(),
                "iterations": turns,
                "roles": [{"rolename": "admin"}],
            }
        ],
        "roles": [{"rolename": "admin", "acls": everything}],
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
    }
