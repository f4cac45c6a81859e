"""`loa tour` (`make tour`): the main job on real processes, without a browser, with evidence.

Writes, voices, approves and schedules a text for the next minute in a station of its own, lets
three real players play it, and checks what they left: the WAV files, the signed receipts.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loa_lab.evidence import OUT, Tour, TourFailed

DEFAULT_TEXT = """Thông báo lịch cấp nước

Từ 7h30 đến 11h00 ngày mai, trạm cấp nước tạm ngừng để sửa đường ống ở thôn Đông.
UBND xã đề nghị bà con dự trữ đủ nước dùng trong buổi sáng. Mọi phản ánh xin gọi 1022.
"""


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
        surround(tour.folder)
        return _run(tour)


def surround(folder: Path) -> None:
    """A node of its own: own data, own ports, the demo's trust."""
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
    from loa_lab.tour.steps import drive

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
