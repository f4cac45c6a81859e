"""The tour's steps, one function each, in the order of a message's way (design, section 4)."""

import shutil
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from loa.config import env
from loa.config.supervisor import Node
from loa_lab import sounds
from loa_lab.demo import command
from loa_lab.evidence import Tour, TourFailed, next_start, wait_for

if TYPE_CHECKING:
    from loa.schedule.rules import Session
    from loa.schedule.selectors import StationRef

SETUP_LIMIT_S, VOICE_LIMIT_S, PLAN_LIMIT_S, RECEIPT_LIMIT_S = 90.0, 300.0, 30.0, 60.0
KILL_AFTER_S, RESUME_LOSS_MAX_S = 5.0, 1.0
NEXT_WITHIN = timedelta(minutes=5)
"""How long the tour waits for the session after the open one."""
LENGTH_OFF_MAX_S, LEVEL_LUFS, LEVEL_OFF_MAX_LUFS, APART_MAX_MS = 0.3, -16.0, 1.5, 30.0


def drive(tour: Tour) -> None:
    """The whole tour. Raises TourFailed at the first thing that is not as it must be."""
    surroundings = env.read()
    folders = command.Folders(tour.folder)
    place = tour.step("Chuẩn bị máy chủ và chuỗi tin cậy", lambda: _prepare(tour, folders))
    node = Node(surroundings)
    keeper = Keeper(node)
    try:
        tour.step("Khởi động máy chủ và bộ chuyển tin", node.start)
        keeper.start()
        tour.step("Ba cụm loa ghép bằng khóa của chính mình", lambda: _players(node, folders))
        written = tour.step("Viết bản tin", lambda: _write(tour, place))
        tour.step("Tạo giọng đọc và chỉnh âm lượng", lambda: _voice(written))
        tour.step("Người khác duyệt bản tin", lambda: _approve(written, place))
        slot, at = tour.step("Xếp lịch vào buổi đang mở", lambda: _schedule(written, place))
        if tour.kill == "broker":
            tour.step("Bộ chuyển tin bị giết (kill -9)", node.child("broker").kill)
        tour.step("Ký lịch phát, loa kiểm chữ ký và nhận", lambda: _accepted(slot))
        if tour.kill == "player":
            tour.step("Một cụm loa bị giết khi đang phát", lambda: _kill_player(node, folders, at))
        tour.step("Loa phát thành tiếng", lambda: _played(written, at))
        tour.step("Kiểm tra chứng nhận đã ký", lambda: _check_receipts(tour, written))
        tour.step("Nghe lại tiếng loa: dài, to, cùng lúc", lambda: _listen(tour, written, folders))
    finally:
        keeper.stop()
        node.stop()
        keep_logs(node, tour.out)


class Keeper:
    """Restarts fallen processes while the tour goes on, as the supervisor does."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(0.2):
            self._node.keep()


def _kill_player(node: Node, folders: command.Folders, at: datetime) -> None:
    """Once the first player has been writing its WAV for some seconds."""
    written = folders.player(1) / "wav"
    enough_bytes = int(KILL_AFTER_S * 48_000 * 2)

    def sounding() -> bool | None:
        """Its file has grown to that many seconds."""
        sizes = [path.stat().st_size for path in written.glob("*.wav")]
        return (bool(sizes) and max(sizes) > enough_bytes) or None

    wait_for("cụm loa thứ nhất phát", sounding, _seconds_to(at) + PLAN_LIMIT_S)
    node.child("player-1").kill()


def _prepare(tour: Tour, folders: command.Folders) -> str:
    import django

    django.setup()
    from loa.places import gazetteer

    provinces = {
        unit.code: unit.parent[1]
        for unit in gazetteer.current_units()
        if unit.level == "commune" and unit.parent
    }
    if tour.commune not in provinces:
        raise TourFailed(f"Không có xã, phường nào mang mã {tour.commune}")
    place = f"{provinces[tour.commune]}/{tour.commune}"
    command.prepare(env.read(), folders, place)
    return f"vn/{place}"


def _players(node: Node, folders: command.Folders) -> None:
    from loa.outlets.selectors import live_outlets_of, stations_in

    for number in range(1, command.PLAYERS + 1):
        node.add(command.player(folders.player(number), node.logs / f"player-{number}.log"))
    station = stations_in(["vn"])[0]

    def enrolled() -> bool | None:
        """All three have a live key at the node and have reported themselves."""
        live = live_outlets_of(station.pk).filter(health__online=True).count()
        return live == command.PLAYERS or None

    wait_for("ba cụm loa ghép xong và báo về", enrolled, SETUP_LIMIT_S)


def _officer(role: str) -> Any:
    from loa.people.selectors import account_with_role, actor_of

    return actor_of(account_with_role(role))


def _write(tour: Tour, place: str) -> UUID:
    from loa.newsroom.rules import BulletinRefused, Draft
    from loa.newsroom.services import bulletin_write
    from loa.places.selectors import place_get

    commune = place_get(place)
    if commune is None:
        raise TourFailed(place)
    title, _, body = tour.text.strip().partition("\n")
    if not body.strip():
        title, body = "Thông báo", tour.text.strip()
    draft = Draft(title=title.strip()[:200], body=body, issuer=f"UBND {commune.name}")
    try:
        bulletin = bulletin_write(
            actor=_officer("commune_officer"), place_id=commune.pk, place_path=place, draft=draft
        )
    except BulletinRefused as refusal:
        raise TourFailed(str(refusal)) from refusal
    return bulletin.pk


def _voice(bulletin: UUID) -> None:
    from loa.newsroom.selectors import newest_version
    from loa.newsroom.services import bulletin_submit

    bulletin_submit(actor=_officer("commune_officer"), bulletin_id=bulletin, edition=1)

    def made() -> bool | None:
        """The production is done; a failed one ends the tour with its own sentence."""
        production = newest_version(bulletin).production
        if production is not None and production.state == "failed":
            raise TourFailed(production.message)
        return (production is not None and production.state == "done") or None

    wait_for("âm thanh của bản tin", made, VOICE_LIMIT_S)


def _approve(bulletin: UUID, place: str) -> None:
    from loa.newsroom.services import bulletin_approve

    bulletin_approve(actor=_officer("commune_approver"), bulletin_id=bulletin, edition=1)


def _schedule(bulletin: UUID, place: str) -> tuple[UUID, datetime]:
    """The slot, and when it sounds."""
    from loa.newsroom.selectors import newest_version
    from loa.outlets.selectors import stations_in
    from loa.schedule.handlers import seconds_of, slot_content, station_ref
    from loa.schedule.services import slot_add

    version = newest_version(bulletin)
    station = station_ref(stations_in([place])[0])
    session, at = soonest(station, seconds_of(version))
    slot = slot_add(
        actor=_officer("commune_officer"),
        station=station,
        content=slot_content(version),
        seconds=seconds_of(version),
        session=session,
        at=at,
    )
    return slot.pk, at


def soonest(station: "StationRef", seconds: int) -> "tuple[Session, datetime]":
    """When an item of this length may sound, and in which session: soon in the open one, or at
    the start of the next where the open one is about to end, as at midnight.

    Raises TourFailed where neither is near.
    """
    from loa.schedule.coming import coming_at

    coming = coming_at(station, 1)
    for session in coming.sessions:
        at = max(next_start(coming.now), session.start)
        if at + timedelta(seconds=seconds) <= session.end and at - coming.now <= NEXT_WITHIN:
            return session, at
    raise TourFailed("Đài không có buổi phát đang mở")


def _seconds_to(at: datetime) -> float:
    from loa.lib import clock

    return max(0.0, (at - clock.now()).total_seconds())


def _accepted(slot: UUID) -> None:
    """Every device says in its own health report that it holds the plan with this slot."""
    from loa.schedule.selectors import plan_with_slot

    version = wait_for("lịch phát đã ký", lambda: plan_with_slot(slot), PLAN_LIMIT_S)

    from loa.outlets.selectors import plan_versions

    def held() -> bool | None:
        """All three report this version or a later one."""
        reported = plan_versions()
        return (
            len(reported) >= command.PLAYERS and all(held >= version for held in reported.values())
        ) or None

    wait_for("loa nhận lịch phát", held, PLAN_LIMIT_S)


def _played(bulletin: UUID, at: datetime) -> None:
    from loa.delivery.selectors import plays_of
    from loa.newsroom.selectors import newest_version

    production = newest_version(bulletin).production
    seconds = ((production.ms if production else 0) or 0) / 1000

    def all_played() -> bool | None:
        """Three outlets said `played`."""
        outlets = {play.outlet_id for play in plays_of(bulletin) if play.result == "played"}
        return len(outlets) >= command.PLAYERS or None

    limit_s = _seconds_to(at) + seconds + RECEIPT_LIMIT_S
    wait_for("chứng nhận đã phát", all_played, limit_s)


def _check_receipts(tour: Tour, bulletin: UUID) -> None:
    from loa.delivery.selectors import receipt_verifies

    for outlet, play in _last_plays(bulletin).items():
        verified = receipt_verifies(play)
        tour.evidence.players.append({"outlet": outlet, "receipt_verified": verified})
        if not verified:
            raise TourFailed(f"Chứng nhận của {outlet} không đúng chữ ký")


def _last_plays(bulletin: UUID) -> dict[str, Any]:
    from loa.delivery.selectors import plays_of

    return {play.outlet.wire_id: play for play in plays_of(bulletin) if play.result == "played"}


def _listen(tour: Tour, bulletin: UUID, folders: command.Folders) -> None:
    from loa.newsroom.selectors import newest_version

    production = newest_version(bulletin).production
    if production is None or production.opus is None:
        raise TourFailed("Bản tin không có âm thanh")
    media_s = (production.ms or 0) / 1000
    takes: list[sounds.Take] = []
    plays = _last_plays(bulletin)
    for number, entry in enumerate(_by_folder(tour, folders), start=1):
        play = plays[entry["outlet"]]
        segments = sounds.segments(folders.player(number) / "wav", play.item)
        take = sounds.read_segments(segments)
        wav = tour.out / f"player-{number}.wav"
        sounds.join(segments, wav)
        lufs = sounds.level_lufs(wav)
        entry.update(
            {
                "wav": str(wav),
                "media_sha256": production.opus.sha256,
                "media_seconds": round(media_s, 3),
                "wav_seconds": round(take.seconds, 3),
                "segments": len(segments),
                "lufs": lufs,
            }
        )
        takes.append(take)
    _judge(tour, takes)


def _by_folder(tour: Tour, folders: command.Folders) -> list[dict[str, Any]]:
    """The evidence's entries in the order of the players' folders."""
    import json

    order = {}
    for number in range(1, command.PLAYERS + 1):
        claim = json.loads((folders.player(number) / "claim.json").read_text())
        order[claim["outlet"]] = number
    tour.evidence.players.sort(key=lambda entry: order[entry["outlet"]])
    return tour.evidence.players


def _judge(tour: Tour, takes: list[sounds.Take]) -> None:
    for entry in tour.evidence.players:
        allowed_s = LENGTH_OFF_MAX_S if entry["segments"] == 1 else RESUME_LOSS_MAX_S
        if abs(entry["wav_seconds"] - entry["media_seconds"]) > allowed_s:
            raise TourFailed(
                f"{entry['outlet']}: dài {entry['wav_seconds']} giây,"
                f" bản tin {entry['media_seconds']} giây"
            )
        if abs(entry["lufs"] - LEVEL_LUFS) > LEVEL_OFF_MAX_LUFS:
            raise TourFailed(f"{entry['outlet']}: {entry['lufs']} LUFS")
    apart_ms = sounds.starts_apart_ms(takes)
    tour.evidence.starts_apart_ms = apart_ms
    if apart_ms > APART_MAX_MS:
        raise TourFailed(f"Ba cụm loa bắt đầu lệch nhau {apart_ms} ms")


def keep_logs(node: Node, out: Path) -> None:
    """The processes' logs beside the evidence."""
    if node.logs.exists():
        shutil.copytree(node.logs, out / "log", dirs_exist_ok=True)
