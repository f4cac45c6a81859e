"""A real node for the urgent benchmarks: its processes, officers, and as many poles as wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loa.config.supervisor import Node
    from loa.outlets.models import Outlet
    from loa_lab.drill.orders import Desk

PROVINCE = "25"


@dataclass(frozen=True)
class Place:
    """A commune of the benchmark with its outlets."""

    path: str
    station: str
    outlets: list[Outlet]


@dataclass(frozen=True)
class Field:
    """Everything that stands."""

    node: Node
    desk: Desk
    places: list[Place]
    root_sha256: str
    folder: Path


@contextmanager
def field(folder: Path, *, communes: int, each: int) -> Iterator[Field]:
    """A node that runs, with `each` outlets in each of so many communes and nobody enrolled."""
    from loa_lab.tour.command import surround

    surround(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from loa.config import env
    from loa.config.supervisor import Node
    from loa.lib import clock
    from loa.places.selectors import communes_inside
    from loa.places.services import gazetteer_load
    from loa_lab.demo import accounts, command, papers, trust
    from loa_lab.drill.ground import hand
    from loa_lab.drill.orders import Desk

    folders, surroundings = command.Folders(folder), env.read()
    surroundings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_command("migrate", verbosity=0, interactive=False)
    command.collect_static()
    gazetteer_load(actor="cli:bench")
    chosen = list(communes_inside([f"vn/{PROVINCE}"]).order_by("path")[:communes])
    keys = folders.demo / "keys"
    root = trust.ensure_trust(
        keys=keys, node_keys=surroundings.keys, province=PROVINCE, now=clock.now()
    )
    accounts.ensure_people(
        file=folders.accounts, province=PROVINCE, commune=chosen[0].path.split("/")[2]
    )
    papers.ensure_officers(keys=keys, now=clock.now())
    places = [_poles(place, each) for place in chosen]
    desk = Desk(hand(keys, "binh"), hand(keys, "ha"), (f"vn/{PROVINCE}",))
    node = Node(surroundings)
    stop = threading.Event()
    try:
        node.start()
        keeper = threading.Thread(target=_keep, args=(node, stop), daemon=True)
        keeper.start()
        desk.record()
        yield Field(node, desk, places, root, folder)
    finally:
        stop.set()
        node.stop()


def _keep(node: Node, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        node.keep()


def _poles(place: Any, each: int) -> Place:
    from loa.outlets.models import Outlet, Station

    station = Station.objects.create(place=place, name=f"Đài {place.name}")
    made = Outlet.objects.bulk_create(
        [Outlet(station=station, code=f"CL{n:04}", name=f"Cụm loa {n}") for n in range(1, each + 1)]
    )
    return Place(place.path, station.wire_id, made)


def logins(places: Sequence[Place]) -> list[dict[str, str]]:
    """A live device at every outlet, with a broker password, as enrolment would have left it."""
    from loa.lib import clock
    from loa.outlets.enrolment import broker_password, secret_hash
    from loa.outlets.models import Device
    from loa_protocol.keys import SigningKey

    found, rows, now = [], [], clock.now()
    for place in places:
        for outlet in place.outlets:
            key = SigningKey.generate().public
            password = broker_password(key.kid)
            rows.append(
                Device(
                    outlet=outlet,
                    serial=f"bench-{outlet.wire_id}",
                    alg=key.alg,
                    key=key.raw,
                    kid=key.kid,
                    broker_secret=secret_hash(password),
                    enrolled_at=now,
                )
            )
            found.append(
                {
                    "user": outlet.wire_id,
                    "password": password,
                    "commune": place.path.split("/")[2],
                    "station": place.station,
                }
            )
    Device.objects.bulk_create(rows, batch_size=500)
    return found


class Workers:
    """Processes of one module, each with its part, spoken to all at once."""

    def __init__(self, module: str, folder: Path, settings: Sequence[dict[str, Any]]) -> None:
        self._children = []
        for number, setting in enumerate(settings):
            path = folder / f"{module}-{number}.json"
            path.write_text(json.dumps(setting))
            self._children.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"tools.bench.{module}", str(path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )

    def say(self, line: str) -> list[dict[str, Any]]:
        """Tell all, then wait for all."""
        self.tell(line)
        return self.hear()

    def tell(self, line: str) -> None:
        for child in self._children:
            assert child.stdin is not None  # noqa: S101 - a pipe
            child.stdin.write(line + "\n")
            child.stdin.flush()

    def hear(self) -> list[dict[str, Any]]:
        found = []
        for child in self._children:
            assert child.stdout is not None  # noqa: S101 - a pipe
            text = child.stdout.readline()
            if not text:
                raise RuntimeError(f"a worker died: {child.poll()}")
            found.append(json.loads(text))
        return found

    def stop(self) -> None:
        """End them; only these."""
        for child in self._children:
            if child.stdin is not None:
                child.stdin.close()
            child.terminate()
        for child in self._children:
            child.wait(timeout=20)


def load() -> str:
    """The machine's load and cores, for the notes."""
    one, _five, _quarter = os.getloadavg()
    return f"{os.cpu_count()} cores shared with the simulator, load {one:.1f} at the end"


def wait(fact: Any, limit_s: float) -> bool:
    """Until `fact()` holds, or not."""
    until_s = time.monotonic() + limit_s
    while not fact():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.1)
    return True
