"""The nodes of the nation as processes: each with its own data, ports, broker and players."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loa.config.children import Child, stop_all
from loa.gateway import broker
from loa_lab.evidence import TourFailed
from loa_lab.nation.lines import LOOPBACK
from loa_lab.nation.wires import Wire

ACT_LIMIT_S = 300.0
UP_LIMIT_S = 60.0


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now."""
    holders = [socket.socket() for _ in range(count)]
    for holder in holders:
        holder.bind(("127.0.0.1", 0))
    ports = [int(holder.getsockname()[1]) for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def _database_make(server: str, name: str) -> None:
    """A new, empty database on a PostgreSQL server."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as line:
        line.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@dataclass
class Member:
    """One node: its place, its folder, its processes. The centre has no broker and no speakers."""

    path: str
    folder: Path
    players: list[str] = field(default_factory=list)
    offset_s: int = 0
    parent_url: str = ""
    server: str = ""
    """A PostgreSQL server's URL, in which the node gets a database of its own; else SQLite."""
    wire: Wire | None = None
    """The namespace that its processes run in; else they share this machine's own."""
    _ports: list[int] = field(default_factory=list)
    _children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ports = free_ports(4)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.server:
            _database_make(self.server, self.database)

    @property
    def database(self) -> str:
        """The name of its database on a server."""
        return f"nation_{self.code}"

    @property
    def code(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def url(self) -> str:
        """Where devices and other nodes find it."""
        return f"http://{self.host}:{self.port}"

    @property
    def host(self) -> str:
        return self.wire.inside if self.wire else LOOPBACK

    @property
    def _within(self) -> list[str]:
        return self.wire.within if self.wire else []

    @property
    def port(self) -> int:
        return self._ports[1]

    @property
    def data(self) -> Path:
        return self.folder / "node"

    @property
    def env(self) -> dict[str, str]:
        web, device, mqtt, nats = (str(port) for port in self._ports)
        found = {
            "LOA_DATA": str(self.data),
            "LOA_DEMO": "1",
            "LOA_WEB_PORT": web,
            "LOA_DEVICE_PORT": device,
            "LOA_DEVICE_HOST": self.host,
            "LOA_ALLOWED_HOSTS": f"localhost,{LOOPBACK},{self.host}",
            "LOA_DEVICE_URL": self.url,
            "LOA_BROKER_PORT": mqtt,
            "LOA_NATS_PORT": nats,
            "LOA_CLOCK_OFFSET": str(self.offset_s),
            "DJANGO_SETTINGS_MODULE": "loa.config.settings",
        }
        found["LOA_DATABASE_URL"] = (
            f"{self.server.rpartition('/')[0]}/{self.database}"
            if self.server
            else f"sqlite:///{self.data / 'loa.sqlite3'}"
        )
        return found | ({"LOA_PARENT_URLS": self.parent_url} if self.parent_url else {})

    def act(self, name: str, **arguments: Any) -> dict[str, Any]:
        """One act of `acts` in this node's surroundings. Raises TourFailed with its last words."""
        argv = [sys.executable, "-m", "loa_lab.nation.acts", name, json.dumps(arguments)]
        return dict(json.loads(self._run(argv)))

    def loa(self, *words: str) -> str:
        """One `loa` command in this node's surroundings; what it prints."""
        return self._run([str(Path(sys.executable).parent / "loa"), *words])

    def refused(self, *words: str) -> str:
        """One `loa` command that must fail; what it says on standard error."""
        done = self._call([str(Path(sys.executable).parent / "loa"), *words])
        if done.returncode == 0:
            raise TourFailed(f"{self.path}: loa {' '.join(words)} phải bị từ chối")
        return done.stderr

    def _run(self, argv: list[str]) -> str:
        done = self._call(argv)
        if done.returncode:
            raise TourFailed(
                f"{self.path}: {' '.join(argv[1:4])}: {(done.stdout + done.stderr)[-1500:]}"
            )
        return done.stdout

    def _call(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._within, *argv],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            timeout=ACT_LIMIT_S,
            check=False,
        )

    def start(self, *only: str) -> None:
        """Start its processes (or only those named) and wait until it answers."""
        loa = str(Path(sys.executable).parent / "loa")
        names = list(only) or ["device", "worker"]
        self._children = []
        if self.path != "vn" and not only:
            names += ["gateway", "lane"]
            self._children.append(self._broker())
        self._children += [self._child(name, [loa, name]) for name in names]
        for folder in () if only else self.players:
            argv = [
                str(Path(loa).parent / "loa-player"),
                *("run", "--data", folder, "--sink", "wav", "--clock-demo"),
            ]
            if (Path(folder) / "claim.json").exists():
                argv += ["--claim", str(Path(folder) / "claim.json")]
            self._children.append(self._child(f"player-{Path(folder).name}", argv))
        for child in self._children:
            child.start()
        self._wait_up()

    def _child(self, name: str, argv: list[str]) -> Child:
        return Child(
            name, [*self._within, *argv], self.folder / "log" / f"{name}.log", env=self.env
        )

    def _broker(self) -> Child:
        folder = self.data / "broker"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = broker.configuration(
            folder=self.data / "keys",
            store=folder / "store",
            nats_port=self._ports[3],
            mqtt_port=self._ports[2],
        )
        broker.write_configuration(folder / "nats.conf", text)
        argv = [str(broker.binary()), "-c", str(folder / "nats.conf")]
        return self._child("broker", argv)

    def _wait_up(self) -> None:
        until_s = time.monotonic() + UP_LIMIT_S
        while not self._listens():
            if time.monotonic() > until_s:
                raise TourFailed(f"{self.path} không khởi động được")
            time.sleep(0.1)

    def _listens(self) -> bool:
        if self.wire is not None:  # from within: its wire may be cut
            knock = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])))"
            argv = [*self._within, sys.executable, "-c", knock, self.host, str(self.port)]
            return subprocess.run(argv, capture_output=True, check=False).returncode == 0
        try:
            with socket.create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            return False

    def power_cut(self) -> None:
        """Its loudspeakers were without power: their monotonic clocks begin anew, and the machine's
        own clock counts until somebody has signed a time. Without it a device rightly believes its
        own seconds more than a clock that was turned."""
        for folder in self.players:
            base = sqlite3.connect(Path(folder) / "player.db")
            with base:
                base.execute("DELETE FROM fact WHERE name = 'clock_anchor'")
            base.close()

    def pids(self) -> list[int]:
        """Its processes."""
        return [child.pid for child in self._children if child.pid is not None]

    def kill(self, name: str) -> None:
        """End one of its processes at once, as a power cut would."""
        next(child for child in self._children if child.name == name).kill()

    def revive(self) -> None:
        """Start again whatever has fallen."""
        for child in self._children:
            if not child.running:
                child.start()
        self._wait_up()

    def stop(self) -> None:
        if self._children:
            stop_all(self._children)
        self._children = []
