"""`loa tour` (`make tour`): the main job on real processes, without a browser, with evidence.

Writes, voices, approves and schedules a text for the next minute in a station of its own, lets
three real players play it, and checks what they left: the WAV files, the signed receipts.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

OUT = Path("var/tour")
LEAD_S = 12.0
"""Between scheduling and sounding: players are told by the doorbell and fetch within seconds."""
DEFAULT_TEXT = """Thông báo lịch cấp nước

Từ 7h30 đến 11h00 ngày mai, trạm cấp nước tạm ngừng để sửa đường ống ở thôn Đông.
UBND xã đề nghị bà con dự trữ đủ nước dùng trong buổi sáng. Mọi phản ánh xin gọi 1022.
"""


class TourFailed(Exception):
    """What did not happen in time, or was not as it must be."""


@dataclass
class Evidence:
    """What the tour leaves behind: `evidence.json`."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    players: list[dict[str, Any]] = field(default_factory=list)
    passed: bool = False
    starts_apart_ms: float | None = None
    failed: str | None = None

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / "evidence.json").write_text(text + "\n", encoding="utf-8")


@dataclass
class Tour:
    """One run: what it was asked, and what it has seen."""

    text: str
    commune: str
    folder: Path
    out: Path = OUT
    kill: str | None = None
    evidence: Evidence = field(default_factory=Evidence)

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Do one step, print its line, keep its time."""
        began = time.monotonic()
        at = datetime.now().astimezone().isoformat(timespec="milliseconds")
        print(f"  {name} ...", end="", flush=True)
        result = do()
        seconds = round(time.monotonic() - began, 3)
        print(f"\r  {name:<52} {seconds:8.3f} s", flush=True)
        self.evidence.steps.append({"name": name, "at": at, "seconds": seconds})
        return result


def wait_for(what: str, find: Callable[[], T | None], limit_s: float) -> T:
    """Look until the fact is there. Raises TourFailed naming it past the limit."""
    until_s = time.monotonic() + limit_s
    while True:
        found = find()
        if found is not None and found is not False:
            return found
        if time.monotonic() > until_s:
            raise TourFailed(f"{what}: không thấy sau {limit_s:g} giây")
        time.sleep(0.05)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa tour")
    parser.add_argument("--text", type=Path, help="the bulletin: first line is its title")
    parser.add_argument("--kill", choices=["broker", "player"], help="kill -9 it half way")
    parser.add_argument("--out", type=Path, default=OUT, help="where the evidence is left")
    parser.add_argument("--commune", default="08911", help="official commune code, 5 digits")
    chosen = parser.parse_args(argv)
    text = chosen.text.read_text(encoding="utf-8") if chosen.text else DEFAULT_TEXT
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="loa-tour-") as folder:
        tour = Tour(text, chosen.commune, Path(folder), chosen.out, chosen.kill)
        _surround(tour.folder)
        return _run(tour)


def _surround(folder: Path) -> None:
    """A node of its own: own data, own ports, the demo's trust."""
    import socket

    ports = []
    holders = [socket.socket() for _ in range(4)]
    for holder in holders:
        holder.bind(("127.0.0.1", 0))
        ports.append(holder.getsockname()[1])
    for holder in holders:
        holder.close()
    names = ("LOA_WEB_PORT", "LOA_DEVICE_PORT", "LOA_BROKER_PORT", "LOA_NATS_PORT")
    os.environ.update({name: str(port) for name, port in zip(names, ports, strict=True)})
    os.environ["LOA_DATA"] = str(folder / "node")
    os.environ["LOA_DEMO"] = "1"


def _run(tour: Tour) -> int:
    from loa.config.supervisor import NotStarted
    from loa.config.tour_steps import drive

    try:
        drive(tour)
        tour.evidence.passed = True
    except (TourFailed, NotStarted) as failure:
        tour.evidence.failed = str(failure)
        print(f"\n  Không đạt: {failure}", file=sys.stderr)
    finally:
        tour.evidence.write(tour.out)
    print(f"\n  {'Đạt' if tour.evidence.passed else 'Không đạt'}: {tour.out / 'evidence.json'}")
    return 0 if tour.evidence.passed else 1


def next_start(now: datetime) -> datetime:
    """When the item sounds: a whole second, LEAD_S from now."""
    return (now + timedelta(seconds=LEAD_S)).replace(microsecond=0)
