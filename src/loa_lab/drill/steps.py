"""The drill's steps, in the order in which they happen."""

import time
import wave
from pathlib import Path

from loa.alerts.selectors import in_force, order_get, tally
from loa.config import env
from loa.config.supervisor import Node
from loa.outlets.selectors import live_outlets_of, stations_in
from loa_lab import sounds
from loa_lab.demo import command
from loa_lab.drill.acts import walk_all
from loa_lab.drill.evidence import Drill, TourFailed, percentile, wait_for
from loa_lab.drill.ground import Ground, hand, prepare
from loa_lab.drill.hostile import Hostile
from loa_lab.drill.machines import Machines
from loa_lab.drill.orders import Desk
from loa_lab.drill.red_team import Red
from loa_lab.tour.steps import Keeper, keep_logs
from loa_player.identity import read_claim
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet

SETUP_LIMIT_S, ORDER_LIMIT_S, RECEIPT_LIMIT_S = 120.0, 60.0, 60.0
SHORT_HOURS = 20 / 3600


class Field:
    """Everything that stands: the node, its poles, the officers."""

    def __init__(self, drill: Drill, ground: Ground, folders: command.Folders, node: Node) -> None:
        self.drill, self.ground, self.node = drill, ground, node
        self.by_commune = {
            path: [SwarmDevice(file.parent, read_claim(file)) for file in files]
            for path, files in ground.claims.items()
        }
        self.fleet = Fleet([d for found in self.by_commune.values() for d in found])
        self.late = self.by_commune[ground.communes[0]][: drill.late]
        keys = folders.demo / "keys"
        self.keys = keys
        self.desk = Desk(hand(keys, "binh"), hand(keys, "ha"), ground.targets)

    @property
    def inside(self) -> list[SwarmDevice]:
        first, second, _ = self.ground.communes
        return [*self.by_commune[first], *self.by_commune[second]]

    @property
    def outside(self) -> list[SwarmDevice]:
        return self.by_commune[self.ground.communes[2]]

    @property
    def present(self) -> list[SwarmDevice]:
        return [device for device in self.inside if device not in self.late]


def drive(drill: Drill) -> None:
    """The whole drill. Raises TourFailed at the first thing that does not happen at all; what is
    too slow or wrong stands in the evidence."""
    folders = command.Folders(drill.folder)
    ground = drill.step("Chuẩn bị máy chủ, ba xã, khóa của cán bộ", lambda: prepare(drill, folders))
    node = Node(env.read())
    keeper = Keeper(node)
    field: Field | None = None
    try:
        drill.step("Khởi động máy chủ và bộ chuyển tin", node.start)
        keeper.start()
        field = Field(drill, ground, folders, node)
        _go(drill, field)
    finally:
        keeper.stop()
        if field is not None:
            field.fleet.stop()
        node.stop()
        keep_logs(node, drill.out)


def _go(drill: Drill, field: Field) -> None:
    desk, evidence = field.desk, drill.evidence
    step = drill.step
    step("Hai cụm loa thật và các cụm mô phỏng ghép khóa", lambda: _enrol(field))
    step(f"{len(field.present)} cụm loa nối mạng, {drill.late} cụm tắt máy", lambda: _join(field))
    step("Ghi giọng đọc của lệnh", desk.record)
    alert = step("Hai người ký, lệnh tới mọi cụm loa trong hai xã", lambda: _order(field))
    red = Red(field.fleet, field.keys, alert, field.ground, field.by_commune)
    step("Đội tấn công có toàn quyền ở bộ chuyển tin", lambda: red.attack(evidence.red_team))
    step("Cụm loa tắt máy bật lại và nghe lệnh", lambda: _latecomers(field, alert))
    step("Chứng nhận của mọi cụm loa về máy chủ", lambda: _receipts(field, alert))
    step("Dừng bằng một nút bấm", lambda: _stop(field, alert))
    step("Phát tiếp, rồi đính chính bằng hai chữ ký", lambda: _correct(field, alert))
    step("Hủy bằng hai chữ ký", lambda: _cancel(field, alert))
    step("Trang cũ không hủy được lệnh đang phát", lambda: _acts(field))
    step("Lệnh ngắn hết hạn trong lúc cụm loa mất điện", lambda: _expire(field))
    step("Phát lại lệnh cũ sau khi đã hủy", lambda: red.replay(evidence.red_team))
    machines = Machines(desk.author, desk.approver, field.ground.targets)
    step("Hai người ký sẵn lời cho máy, cụm loa nhận lời", lambda: _allow(field, machines))
    step("Bản tin CAP giả và bản điền giả", lambda: machines.attack(evidence.red_team))
    step("Bản tin CAP thật tự ra loa, rồi hủy", lambda: _machine_warns(field, machines))
    hostile = Hostile(drill, field.fleet, field.outside[0], field.inside)
    step("Một thiết bị phá đổ đầy bộ chuyển tin", hostile.attack_broker)
    step("Thiết bị ấy gửi chứng nhận giả", hostile.lie)
    step("Diễn tập bằng khóa diễn tập", lambda: _exercise(field))
    _sum_up(field)


def _enrol(field: Field) -> None:
    for number, folder in enumerate(field.ground.players, start=1):
        field.node.add(command.player(folder, field.node.logs / f"player-{number}.log"))
    field.fleet.enrol()
    station = stations_in([field.ground.communes[0]])[0]

    def here() -> bool | None:
        """The real players have a live key and have reported."""
        online = live_outlets_of(station.pk).filter(health__online=True)
        return online.count() >= len(field.ground.players) or None

    wait_for("hai cụm loa thật báo về", here, SETUP_LIMIT_S)


def _join(field: Field) -> None:
    field.fleet.start()
    field.fleet.connect([d for d in field.fleet.devices if d not in field.late])
    known = field.fleet.when("time", lambda d: d.gate.time_known, SETUP_LIMIT_S, field.present)
    if known < len(field.present):
        raise TourFailed(f"{known} cụm loa biết giờ, phải là {len(field.present)}")


def _order(field: Field) -> str:
    """Second signature to sound, on every device that is there."""
    evidence, fleet = field.drill.evidence, field.fleet
    proposed = field.desk.propose()
    signed_s = time.time()
    order = field.desk.second(proposed)
    fleet.when("sounding", lambda d: order in d.diary.sounding, ORDER_LIMIT_S, field.present)
    took = [d.diary.sounding[order] - signed_s for d in field.present if order in d.diary.sounding]
    took += [began - signed_s for began in _players_began(field, order)]
    evidence.sounding_p50_s, evidence.sounding_p99_s = percentile(took, 0.5), percentile(took, 0.99)
    if len(took) < len(field.present) + len(field.ground.players):
        raise TourFailed(f"chỉ {len(took)} cụm loa phát lệnh")
    return order


def _players_began(field: Field, order: str) -> list[float]:
    """When the real players' first sample of the order sounded, by the machine's clock."""

    def begun() -> list[float] | None:
        """Both have written a file of its siren."""
        found = [sorted(p.glob(f"wav/order-{order[:16]}-siren*")) for p in field.ground.players]
        return [sounds.machine_ns(one[0]) / 1e9 for one in found] if all(found) else None

    return wait_for("hai cụm loa thật phát còi", begun, ORDER_LIMIT_S)


def _latecomers(field: Field, order: str) -> None:
    field.fleet.connect(field.late)
    field.drill.evidence.late_caught_up = field.fleet.when(
        "caught up", lambda d: order in d.diary.sounding, ORDER_LIMIT_S, field.late
    )


def _receipts(field: Field, order: str) -> None:
    found = order_get(order)
    if found is None:
        raise TourFailed(order)
    field.drill.evidence.targeted = tally(found).targeted

    def all_said() -> bool | None:
        """Every outlet that was meant has said that it accepted."""
        seen = tally(found)
        field.drill.evidence.accepted = seen.accepted
        return seen.accepted >= seen.targeted or None

    try:
        wait_for("chứng nhận", all_said, RECEIPT_LIMIT_S)
    except TourFailed:
        field.fleet.deliver()
        wait_for("chứng nhận qua HTTPS", all_said, RECEIPT_LIMIT_S)


def _stop(field: Field, order: str) -> None:
    """One press by one person: silence everywhere."""
    pressed_s = time.time()
    field.desk.mute(order)
    fleet, inside = field.fleet, field.inside
    silent = fleet.when("silent", lambda d: d.diary.on_air is None, ORDER_LIMIT_S, inside)
    if silent < len(inside):
        raise TourFailed(f"{silent}/{len(inside)} cụm loa im lặng")
    took = [d.diary.silent[order] - pressed_s for d in inside]
    time_to_write = 2.0  # the files' headers are brought up to date twice a second
    wait_for("cụm loa thật im", lambda: _players_quiet(field, time_to_write), ORDER_LIMIT_S)
    took += [max(0.0, ended - pressed_s) for ended in _players_ended(field)]
    field.drill.evidence.stop_p99_s = percentile(took, 0.99)


def _players_quiet(field: Field, for_s: float) -> bool | None:
    """No file of theirs has grown for so long."""
    newest = max(p.stat().st_mtime for f in field.ground.players for p in f.glob("wav/*.wav"))
    return time.time() - newest > for_s or None


def _players_ended(field: Field) -> list[float]:
    """When the last sample of each real player sounded, by the machine's clock."""
    return [
        max(_ended_s(path) for path in folder.glob("wav/order-*.wav"))
        for folder in field.ground.players
    ]


def _ended_s(path: Path) -> float:
    with wave.open(str(path), "rb") as sound:
        return sounds.machine_ns(path) / 1e9 + sound.getnframes() / sound.getframerate()


def _correct(field: Field, order: str) -> None:
    """Sound again, then the corrected text: second signature to the new words."""
    fleet, inside = field.fleet, field.inside
    field.desk.resume(order)
    if fleet.when("again", lambda d: d.diary.on_air == order, ORDER_LIMIT_S, inside) < len(inside):
        raise TourFailed("có cụm loa không phát tiếp")
    proposed = field.desk.propose_update(order)
    signed_s = time.time()
    update = field.desk.second(proposed)
    fleet.when("corrected", lambda d: update in d.diary.sounding, ORDER_LIMIT_S, inside)
    took = [d.diary.sounding[update] - signed_s for d in inside if update in d.diary.sounding]
    if len(took) < len(inside):
        raise TourFailed(f"chỉ {len(took)} cụm loa nhận đính chính")
    took += [began - signed_s for began in _players_began(field, update)]
    field.drill.evidence.correction_p99_s = percentile(took, 0.99)


def _cancel(field: Field, order: str) -> None:
    field.desk.cancel(order)
    fleet, inside = field.fleet, field.inside
    over = fleet.when("cancelled", lambda d: d.diary.on_air is None, ORDER_LIMIT_S, inside)
    if over < len(inside):
        raise TourFailed(f"{over}/{len(inside)} cụm loa đã dừng hẳn")


def _acts(field: Field) -> None:
    walk_all(field.desk, field.fleet, field.inside, field.drill.evidence.acts)


def _expire(field: Field) -> None:
    """Devices are off while a short order comes and goes: on return they must not play it."""
    field.fleet.disconnect(field.late)
    order = field.desk.alert(hours=SHORT_HOURS)
    field.fleet.when("short", lambda d: order in d.diary.sounding, ORDER_LIMIT_S, field.present)

    def over() -> bool | None:
        """Its time is over at the node, and everybody who heard it fell silent."""
        quiet = all(d.diary.on_air is None for d in field.present)
        return (quiet and order not in {o.pk for o in in_force()}) or None

    wait_for("lệnh ngắn hết hạn", over, ORDER_LIMIT_S)
    field.fleet.connect(field.late)
    field.fleet.when("back", lambda d: d.gate.time_known, ORDER_LIMIT_S, field.late)
    field.drill.evidence.expired_played += sum(order in d.diary.sounding for d in field.late)


def _allow(field: Field, machines: Machines) -> None:
    machines.allow()
    field.fleet.learn()


def _machine_warns(field: Field, machines: Machines) -> None:
    """The weather office's own message sounds in both communes, without a person; two end it."""
    order = machines.warn()
    inside = field.inside
    heard = field.fleet.when("by machine", lambda d: d.diary.on_air == order, ORDER_LIMIT_S, inside)
    if heard < len(inside):
        raise TourFailed(f"{heard}/{len(inside)} cụm loa phát bản tin của máy")
    field.desk.cancel(order)
    field.fleet.when("over", lambda d: d.diary.on_air is None, ORDER_LIMIT_S, inside)


def _exercise(field: Field) -> None:
    """A drill in the law's sense: another kind, other papers; the devices know it as one."""
    order = field.desk.exercise()
    inside = field.inside
    heard = field.fleet.when("drill", lambda d: d.diary.on_air == order, ORDER_LIMIT_S, inside)
    if heard < len(inside):
        raise TourFailed(f"{heard}/{len(inside)} cụm loa nhận lệnh diễn tập")
    if not all(d.gate.state().orders[order].drill for d in inside):
        raise TourFailed("có cụm loa coi diễn tập là thật")
    field.desk.cancel(order)
    field.fleet.when("over", lambda d: d.diary.on_air is None, ORDER_LIMIT_S, inside)


def _sum_up(field: Field) -> None:
    evidence = field.drill.evidence
    evidence.outside_scope += sum(len(d.diary.sounding) for d in field.outside)
    evidence.duplicate_starts = sum(
        max(0, times - 1) for d in field.fleet.devices for times in d.diary.begun.values()
    )
    fallen = [f"{c.name} (mã {c.ended_with})" for c in field.node.children if c.falls]
    if fallen:
        raise TourFailed(f"Có chương trình tự dừng: {', '.join(fallen)}")
