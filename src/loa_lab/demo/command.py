"""`loa demo` (`make run`): a node with one living commune, set up by itself.

Everything is real: the chain of trust, the broker, three players with a WAV sink. Only the
commune's people and its past month are made up, and say so. A second run goes on with the data.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loa.config import env
from loa.config.children import Child

PROVINCE = "25"
COMMUNE = "08911"
PLAYERS = 3


@dataclass(frozen=True)
class Folders:
    """Where the demo keeps what is its own."""

    base: Path

    @property
    def demo(self) -> Path:
        return self.base / "demo"

    @property
    def accounts(self) -> Path:
        return self.demo / "accounts.json"

    def player(self, number: int) -> Path:
        return self.base / "players" / str(number)


def main(argv: Sequence[str]) -> int:
    if argv:
        print("loa demo không nhận tham số; đặt bằng biến LOA_...", file=sys.stderr)
        return 2
    os.environ["LOA_DEMO"] = "1"
    os.environ["LOA_EXTRA_APPS"] = "loa_lab.demo"
    surroundings = env.read()
    folders = Folders(surroundings.data.parent)
    prepare(surroundings, folders)
    from loa.config.supervisor import Node, NotStarted, check_room, run_until_told

    check_room(surroundings.data)
    node = Node(surroundings)
    try:
        node.start()
    except NotStarted as reason:
        print(reason, file=sys.stderr)
        return 1
    for number in range(1, PLAYERS + 1):
        node.add(player(folders.player(number), node.logs / f"player-{number}.log"))
    print(f"\n  Loa đang chạy: {surroundings.web_url}\n  Nhấn Ctrl-C để dừng.\n", flush=True)
    run_until_told(node)
    return 0


def player(folder: Path, log: Path) -> Child:
    """One loudspeaker of the demo, as a process; it enrols itself with its claim file."""
    executable = str(Path(sys.executable).parent / "loa-player")
    argv = [executable, "run", "--data", str(folder), "--sink", "wav", "--clock-demo"]
    if (folder / "claim.json").exists():
        argv += ["--claim", str(folder / "claim.json")]
    return Child(f"player-{folder.name}", argv, log)


def prepare(
    surroundings: env.Environment, folders: Folders, place: str = f"{PROVINCE}/{COMMUNE}"
) -> None:
    """Database, gazetteer, trust, people, commune: each made only where it is missing.

    `place` is the commune as province and commune code. Raises LookupError for an unknown one.
    """
    province, _, commune = place.partition("/")
    import django

    surroundings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()
    from django.core.management import call_command

    from loa.lib import clock, db
    from loa.places.services import gazetteer_load
    from loa_lab.demo import accounts as demo_people
    from loa_lab.demo import commune as demo_commune
    from loa_lab.demo import papers, trust

    warning = db.sqlite_warning()
    if warning:
        print(f"Cảnh báo: {warning}", file=sys.stderr)
    print("Chuẩn bị cơ sở dữ liệu và danh mục đơn vị hành chính", flush=True)
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()
    gazetteer_load(actor="cli:demo")
    root_sha256 = trust.ensure_trust(
        keys=folders.demo / "keys",
        node_keys=surroundings.keys,
        province=province,
        now=clock.now(),
    )
    demo_people.ensure_people(file=folders.accounts, province=province, commune=commune)
    papers.ensure_officers(keys=folders.demo / "keys", now=clock.now())
    station = demo_commune.ensure_commune(f"vn/{place}")
    for number in range(1, PLAYERS + 1):
        demo_commune.ensure_claim(
            station=station,
            number=number,
            folder=folders.player(number),
            urls=(surroundings.device_url,),
            root_sha256=root_sha256,
        )


def collect_static() -> None:
    """The static files under hashed names; of htmx only the one build that pages use."""
    from django.core.management import call_command

    unused = ["ext", "htmax*", "htmx-4*", "htmx-2.js", "django-htmx.js"]
    unused += ["draw", "leaflet-src.js*", "proj4*", "leaflet.extras.js", "leaflet.forms.js"]
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=unused)
