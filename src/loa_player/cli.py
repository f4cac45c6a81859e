"""The command line of the loudspeaker: `loa-player enrol | run | status`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from loa_player.clock import TrustedClock
from loa_player.database import Database, StoreError
from loa_player.enrol import NotReachable, enrol
from loa_player.gate import Gate
from loa_player.gate_store import GateStore
from loa_player.identity import Claim, Identity, SetupError, load_identity, read_claim
from loa_player.link.api import DeviceApi
from loa_player.link.backoff import Backoff
from loa_player.link.http import HttpLine
from loa_player.player import Player
from loa_player.report import caller_of
from loa_player.settings import Settings
from loa_player.sinks.base import SinkError
from loa_player.status import status_text
from loa_player.store import Store
from loa_protocol import SystemClock, system_clock
from loa_protocol.clock import Clock
from loa_protocol.device_api import short_key

log = logging.getLogger(__name__)

_BAD_SETUP, _NO_SOUND = 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 2 (not set up) or 3 (no sound device)."""
    args = _parser().parse_args(argv)
    os.umask(0o077)
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(args.command(args))
    except (SetupError, StoreError) as error:
        print(error, file=sys.stderr)
        return _BAD_SETUP
    except SinkError as error:
        print(error, file=sys.stderr)
        return _NO_SOUND


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loa-player", description="Cụm loa của hệ thống Loa.")
    parser.add_argument("-v", "--verbose", action="store_true", help="ghi nhật ký chi tiết")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, required=True, help="thư mục dữ liệu của loa")
    setup = argparse.ArgumentParser(add_help=False, parents=[common])
    setup.add_argument("--claim", type=Path, help="tệp ghép nối tải từ trang Kênh")
    setup.add_argument("--node", action="append", metavar="URL", help="địa chỉ máy chủ")
    setup.add_argument(
        "--clock-demo", action="store_true", help="theo LOA_CLOCK_OFFSET (chỉ với khóa gốc thử)"
    )
    commands = parser.add_subparsers(required=True, metavar="LỆNH")
    one = commands.add_parser("enrol", parents=[setup], help="ghép thiết bị với đài")
    one.set_defaults(command=_enrol)
    two = commands.add_parser("run", parents=[setup], help="phát theo lịch cho đến khi bị dừng")
    two.add_argument("--sink", choices=("wav", "null", "alsa"), default="alsa", help="nơi phát")
    two.add_argument("--device", default="default", help="thiết bị ALSA")
    two.add_argument(
        "--input", action="append", default=[], metavar="TÊN=ALSA", help="đường tiếng vào"
    )
    two.add_argument(
        "--mute-switch",
        type=Path,
        metavar="TỆP",
        help="tệp ghi 1 khi công tắc tại loa đang tắt tiếng (như value của một chân GPIO)",
    )
    two.set_defaults(command=_run)
    three = commands.add_parser("status", parents=[common], help="xem tình trạng")
    three.set_defaults(command=_status)
    return parser


def _enrol(args: argparse.Namespace) -> int:
    claim = _claim(args)
    if claim is None:
        raise SetupError("Cần tệp ghép nối: loa-player enrol --data … --claim TỆP")
    _enrol_with(args, claim, _told_to_stop())
    print("Đã ghép thiết bị.")
    return 0


def _run(args: argparse.Namespace) -> int:
    stopped = _told_to_stop()
    claim = _claim(args)
    identity = load_identity(args.data, claim)
    if claim is not None and not _is_enrolled(args.data):
        _enrol_patiently(args, claim, stopped)
    settings = Settings(args.data, args.sink, _inputs(args.input), args.device, args.mute_switch)
    player = Player(settings, identity, _clock(args))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: player.stop())
    if stopped.is_set():  # told before there was a player to tell
        return 0
    if player.run() == "restart":
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    return 0


def _status(args: argparse.Namespace) -> int:
    path = args.data / "player.db"
    if (args.data / "device.key").exists():
        identity = load_identity(args.data, None)
        print(f"Mã khóa của thiết bị: {short_key(identity.public)}")
    if not path.exists():
        raise SetupError(f"Chưa có dữ liệu của loa tại {args.data}.")
    database = Database(path, read_only=True)
    try:
        print(status_text(Store(database), GateStore(database, Store(database))))
    finally:
        database.close()
    return 0


def _claim(args: argparse.Namespace) -> Claim | None:
    if args.claim is None:
        return None
    claim = read_claim(args.claim)
    return claim.model_copy(update={"urls": tuple(args.node)}) if args.node else claim


def _enrol_patiently(args: argparse.Namespace, claim: Claim, stopped: threading.Event) -> None:
    """Enrol even if the node or the line comes later than the device; give up when told to stop."""
    backoff = Backoff()
    while not stopped.is_set():
        try:
            _enrol_with(args, claim, stopped)
        except NotReachable as error:
            wait_s = backoff.failed()
            log.warning("%s Tự thử lại sau %.0f giây.", error, wait_s)
            stopped.wait(wait_s)
        else:
            return


def _told_to_stop() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _enrol_with(args: argparse.Namespace, claim: Claim, stopped: threading.Event) -> None:
    identity = load_identity(args.data, claim)
    database = Database(args.data / "player.db")
    try:
        _enrol_into(database, identity, claim, stopped, demo=args.clock_demo)
    finally:
        database.close()


def _enrol_into(
    database: Database, identity: Identity, claim: Claim, stopped: threading.Event, *, demo: bool
) -> None:
    store = Store(database)
    clock = TrustedClock(system_clock(demo_root=demo), floor=store.time_floor())
    gate = Gate(GateStore(database, store), store, clock, lambda _news: None)
    line = HttpLine(claim.urls)
    api = DeviceApi(line, identity, lambda: caller_of(gate), clock.now)
    try:
        enrol(claim, api=api, gate=gate, store=store, clock=clock, wait=stopped.wait, demo=demo)
    finally:
        line.close()


def _is_enrolled(data: Path) -> bool:
    database = Database(data / "player.db")
    try:
        return Store(database).fact("outlet") is not None
    finally:
        database.close()


def _clock(args: argparse.Namespace) -> Clock:
    """The machine's clock; shifted only where the stored root says that all is a demonstration."""
    if not args.clock_demo:
        return SystemClock()
    database = Database(args.data / "player.db")
    try:
        trust = GateStore(database, Store(database)).trust()
    finally:
        database.close()
    return system_clock(demo_root=trust is not None and trust.demo)


def _inputs(pairs: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, device = pair.partition("=")
        if not equals or not name or not device:
            raise SetupError(f"Đường tiếng vào phải có dạng TÊN=ALSA, không phải {pair}.")
        found[name] = device
    return found


if __name__ == "__main__":
    sys.exit(main())
