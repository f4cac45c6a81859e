"""`loa run`: every process of the node under one parent. Ctrl-C ends them all."""

import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from loa.config import env
from loa.config.broker_watch import BrokerWatch
from loa.config.children import Child, stop_all
from loa.config.env import Environment
from loa.gateway import broker
from loa.lib import clock
from loa.outlets import broker_state

PROCESSES = ("web", "device", "gateway", "lane", "worker")
READY_LIMIT_S = 60.0


class NotStarted(Exception):
    """Why the node did not come up, as a sentence for the operator."""


class Node:
    """The node's processes. `start` returns when web, device and broker answer."""

    def __init__(self, surroundings: Environment, logs: Path | None = None) -> None:
        self.env = surroundings
        self.logs = logs or surroundings.data / "log"
        self.children: list[Child] = []
        self.watch: BrokerWatch | None = None

    def start(self) -> None:
        """Start everything. Raises NotStarted naming the port that is taken or who is silent."""
        self._check_ports()
        if not self.env.broker_url:
            self.children.append(self._broker())
        executable = str(Path(sys.executable).parent / "loa")
        self.children += [
            Child(name, [executable, name], self.logs / f"{name}.log") for name in PROCESSES
        ]
        for child in self.children:
            child.start()
        self._wait_until_up()

    def add(self, child: Child) -> None:
        """Keep one more program running beside the node."""
        self.children.append(child)
        child.start()

    def child(self, name: str) -> Child:
        return next(child for child in self.children if child.name == name)

    def keep(self) -> None:
        """Restart whoever fell, keep the logs short and the broker open; call it every second or
        so."""
        for child in self.children:
            child.keep_log_short()
            if child.keep(time.monotonic()):
                print(
                    f"{child.name}: đã tự dừng (mã {child.ended_with}), khởi động lại,"
                    f" xem {child.log}",
                    file=sys.stderr,
                )
        if self.watch is not None and self.watch.look(time.monotonic()):
            broker_state.renewed_note(clock.now())

    def stop(self) -> None:
        stop_all(self.children)

    def _broker(self) -> Child:
        folder = self.env.data / "broker"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = broker.configuration(
            folder=self.env.keys,
            store=folder / "store",
            nats_port=self.env.nats_port,
            mqtt_port=self.env.broker_port,
        )
        path = folder / "nats.conf"
        broker.write_configuration(path, text)
        child = Child("broker", [str(broker.binary()), "-c", str(path)], self.logs / "broker.log")
        self.watch = BrokerWatch(child, folder / "store")
        self.watch.start()
        return child

    def _ports(self) -> dict[str, tuple[str, int]]:
        ports = {
            "LOA_WEB_PORT": (self.env.web_host, self.env.web_port),
            "LOA_DEVICE_PORT": (self.env.device_host, self.env.device_port),
        }
        if not self.env.broker_url:
            ports["LOA_BROKER_PORT"] = ("127.0.0.1", self.env.broker_port)
            ports["LOA_NATS_PORT"] = ("127.0.0.1", self.env.nats_port)
        return ports

    def _check_ports(self) -> None:
        for variable, (host, port) in self._ports().items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise NotStarted(
                        f"Cổng {port} đang có chương trình khác dùng. Tắt chương trình đó, hoặc"
                        f" đặt {variable} thành một cổng khác."
                    ) from error

    def _wait_until_up(self) -> None:
        until_s = time.monotonic() + READY_LIMIT_S
        checks: dict[str, Callable[[], bool]] = {
            "web": lambda: _listens(self.env.web_host, self.env.web_port),
            "device": lambda: _listens(self.env.device_host, self.env.device_port),
        }
        if not self.env.broker_url:
            checks["broker"] = lambda: _listens("127.0.0.1", self.env.broker_port)
        for name, is_up in checks.items():
            while not is_up():
                child = self.child(name)
                if not child.running or time.monotonic() > until_s:
                    self.stop()
                    tail = _tail(child.log)
                    raise NotStarted(f"{name} không khởi động được. {child.log}:\n{tail}")
                time.sleep(0.05)


def _listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there; for an address of all, on loopback."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  looked up
    try:
        with socket.create_connection((near, port), timeout=1):
            return True
    except OSError:
        return False


def _tail(path: Path, lines: int = 15) -> str:
    text = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join(text[-lines:])


def run_until_told(node: Node) -> None:
    """Keep the node's processes up until SIGINT or SIGTERM, then stop every one."""
    told = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        while not told.wait(1.0):
            node.keep()
    finally:
        node.stop()


def check_room(folder: Path) -> None:
    """Say early when the disk is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < 1 << 30:
        print(f"Cảnh báo: ổ đĩa chỉ còn {free >> 20} MB trống.", file=sys.stderr)


def main(argv: Sequence[str]) -> int:
    import django

    django.setup()
    from loa.lib.db import sqlite_warning

    warning = sqlite_warning()
    if warning:
        print(f"Cảnh báo: {warning}", file=sys.stderr)
    node = Node(env.read())
    check_room(node.env.data)
    try:
        node.start()
    except NotStarted as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"Loa đang chạy: {node.env.web_url}", flush=True)
    run_until_told(node)
    return 0
