"""The nation's scenario, one function for each step, in the order in which they happen."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from loa.config.drill_evidence import percentile
from loa.config.nation import bare
from loa.config.nation.evidence import Run
from loa.config.nation.lines import NARROW, Lines
from loa.config.nation.nodes import Member
from loa.config.tour_evidence import TourFailed

WEEK_S = 7 * 86_400
CODES = (("25", "08911"), ("01", "00004"), ("96", "31825"))
ORDER_TEXT = "Đây là lệnh thử trên máy. Lũ đang lên nhanh, bà con ở chỗ thấp lên chỗ cao ngay."
ARRIVE_S, AIR_S, CATCH_UP_S = 60.0, 150.0, 300.0
POLL_S = 0.3
BACKUP = "backup.sqlite3"
SAMPLES = 60


class Nation:
    """The centre, the provinces, their lines, and what was sent to whom."""

    def __init__(self, run: Run) -> None:
        self.run, self.lines = run, Lines()
        self.keys = str(run.folder / "keys")
        self.centre = Member("vn", run.folder / "vn", server=run.server)
        self.provinces = [
            Member(f"vn/{code}", run.folder / code, parent_url=self.centre.url, server=run.server)
            for code, _ in CODES[: run.provinces]
        ]
        self.communes = {
            f"vn/{code}": f"vn/{code}/{commune}" for code, commune in CODES[: run.provinces]
        }
        self.bulletins: dict[str, str] = {}

    @property
    def first(self) -> Member:
        return self.provinces[0]

    @property
    def last(self) -> Member:
        return self.provinces[-1]

    @property
    def members(self) -> list[Member]:
        return [self.centre, *self.provinces]

    def stop(self) -> None:
        for member in reversed(self.members):
            member.stop()
        self.lines.close()


def drive(run: Run) -> None:
    """The whole scenario. Raises TourFailed at the first thing that does not happen at all; what
    is wrong otherwise stands in the evidence."""
    nation = Nation(run)
    step = run.step
    try:
        step("Chuẩn bị trung tâm và các tỉnh, một gốc tin cậy", lambda: _prepare(nation))
        step("Khởi động mọi máy chủ, bộ chuyển tin và cụm loa", lambda: _start(nation))
        step("Liên thông bằng mã dùng một lần", lambda: _link(nation))
        step("Tin thường xuống thư viện của các xã", lambda: _normal(nation))
        if not run.short:
            step("Tin ưu tiên vào đầu buổi phát kế tiếp", lambda: _priority(nation))
        step("Kết quả phát của mọi xã về trung tâm", lambda: _proofs(nation))
        # Not before: an order cuts off whatever sounds, and then it counts as interrupted.
        step("Lệnh khẩn cấp xuống nguyên văn, phát ngay", lambda: _urgent(nation))
        if not run.short:
            _weather(nation)
        step("Trung tâm bị giết (kill -9) giữa lúc truyền", lambda: _kill(nation))
        if not run.short:
            backup = run.folder / BACKUP
            step("Một tỉnh phục hồi từ bản sao lưu", lambda: _restore(nation, backup))
        step("Đối chiếu mọi tin đã gửi, nhận và xử lý", lambda: _reconcile(nation))
    finally:
        nation.stop()
        for member in nation.members:
            shutil.copytree(
                member.folder / "log", run.out / "log" / member.code, dirs_exist_ok=True
            )


def _weather(nation: Nation) -> None:
    """A good line, a backup, a week without a line, and catching up."""
    step, backup = nation.run.step, nation.run.folder / BACKUP
    step("Độ trễ khi đường truyền bình thường", lambda: _lag(nation))
    step("Sao lưu một tỉnh", lambda: _backup(nation.last, backup))
    step("Một tỉnh mất liên lạc bảy ngày, hai bên vẫn làm việc", lambda: _cut(nation))
    step("Có mạng lại: bắt kịp", lambda: _catch_up(nation))


def _until(what: str, find: Callable[[], Any], limit_s: float) -> Any:
    """Look until the fact is there. Raises TourFailed naming it past the limit."""
    until_s = time.monotonic() + limit_s
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > until_s:
            raise TourFailed(f"{what}: không thấy sau {limit_s:g} giây")
        time.sleep(POLL_S)


def _prepare(nation: Nation) -> None:
    players = str(nation.run.folder / "players")
    nation.centre.act(
        "prepare", path="vn", keys=nation.keys, communes=[], players=players, outlets=0
    )
    for member in nation.provinces:
        commune = nation.communes[member.path].rpartition("/")[2]
        made = member.act(
            "prepare",
            path=member.path,
            keys=nation.keys,
            communes=[commune],
            players=players,
            outlets=1,
        )
        member.players = made["players"]


def _start(nation: Nation) -> None:
    for member in nation.members:
        member.start()


def _link(nation: Nation) -> None:
    for member in nation.provinces:
        code = nation.centre.loa("link", "admit", "--province", member.code).strip()
        url = nation.lines.open(member.path, nation.centre.port)
        member.loa("link", "join", url, code)
    if "code_used" not in nation.first.refused("link", "join", url, code):
        raise TourFailed("mã đã dùng vẫn dùng được")


def _send(nation: Nation, class_name: str) -> str:
    """A bulletin of the centre for every province's commune."""
    made = nation.centre.act(
        "bulletin",
        title=f"Tin {'ưu tiên' if class_name == 'priority' else 'thường'} của trung tâm",
        body="Trung tâm nhắc bà con kiểm tra nhà cửa trước mùa mưa bão.",
        class_name=class_name,
        targets=list(nation.communes.values()),
    )
    bulletin = str(made["bulletin"])
    nation.bulletins[bulletin] = class_name
    return bulletin


def _in_library(member: Member, bulletin: str) -> bool:
    return any(row["bulletin"] == bulletin for row in member.act("state")["library"])


def _normal(nation: Nation) -> None:
    bulletin = _send(nation, "normal")
    for member in nation.provinces:
        _until(f"thư viện {member.path}", partial(_in_library, member, bulletin), ARRIVE_S)
        if any(slot["bulletin"] == bulletin for slot in member.act("state")["slots"]):
            raise TourFailed("tin thường tự vào lịch phát")
        member.act("schedule", bulletin_id=bulletin, commune=nation.communes[member.path])


def _priority(nation: Nation) -> None:
    bulletin = _send(nation, "priority")

    def placed(member: Member) -> bool:
        slots = member.act("state")["slots"]
        return any(s["bulletin"] == bulletin and s["class"] == "priority" for s in slots)

    for member in nation.provinces:
        _until(f"lịch phát {member.path}", partial(placed, member), ARRIVE_S)


def _urgent(nation: Nation) -> None:
    targets = [member.path for member in nation.provinces]
    made = nation.centre.act("order", targets=targets, keys=nation.keys, text=ORDER_TEXT)

    def published(member: Member) -> bool:
        order = member.act("state")["orders"].get(made["order"])
        if order and order["envelope"] != made["envelope"]:
            raise TourFailed(f"{member.path}: lệnh không còn nguyên văn")
        return bool(order and order["published"])

    for member in nation.provinces:
        _until(f"lệnh tới {member.path}", partial(published, member), ARRIVE_S)


def _proofs(nation: Nation) -> None:
    wanted = {(b, commune) for b in nation.bulletins for commune in nation.communes.values()}

    def heard() -> bool:
        rows = nation.centre.act("state")["aired"]
        return wanted <= {(row["bulletin"], row["commune"]) for row in rows if row["outlets"]}

    _until("kết quả phát ở trung tâm", heard, AIR_S)


def _lag(nation: Nation) -> None:
    """From the journal's commit at the centre until it stands in a province's mailbox."""
    nation.centre.act("flood", number=SAMPLES, like=_any(nation), gap_s=0.1, **_targets(nation))
    _until("mọi tỉnh bắt kịp", lambda: _level(nation), ARRIVE_S)
    sent = nation.centre.act("committed")["at"]
    lags = []
    for member in nation.provinces:
        taken = member.act("arrived")["at"]
        # Only what was just sent: older facts waited for the link itself.
        lags += [at - sent[fact] for fact, at in taken.items() if fact in sent][-SAMPLES:]
    nation.run.evidence.lag_p99_s = percentile(lags, 0.99)
    nation.run.notes["lag"] = {"samples": len(lags), "p50_s": percentile(lags, 0.5)}


def _any(nation: Nation) -> str:
    return next(iter(nation.bulletins))


def _targets(nation: Nation) -> dict[str, Any]:
    return {"targets": list(nation.communes.values())}


def _level(nation: Nation, *members: Member) -> bool:
    """Whether the provinces (or those named) and the centre have all of each other's lists."""
    ends = {link["peer"]: link for link in nation.centre.act("state")["links"]}
    for member in members or nation.provinces:
        up, down = member.act("state")["links"][0], ends[f"n-{member.code}"]
        if up["in_seq"] != down["out_seq"] or down["in_seq"] != up["out_seq"]:
            return False
        if any(side[what] for side in (up, down) for what in ("queued", "waiting", "unseen")):
            return False
    return True


def _backup(member: Member, target: Path) -> None:
    """The database as a nightly backup would have it: a consistent copy while it runs."""
    source = sqlite3.connect(member.data / "loa.sqlite3")
    copy = sqlite3.connect(target)
    with copy:
        source.backup(copy)
    copy.close()
    source.close()


def _cut(nation: Nation) -> None:
    nation.lines.cut(nation.first.path)
    _send(nation, "normal")
    for member in reversed(nation.members):
        member.stop()
    for member in nation.members:
        member.offset_s = WEEK_S
        member.power_cut()
        member.start()
    nation.centre.act("flood", number=nation.run.backlog, like=_any(nation), **_targets(nation))
    others = nation.provinces[1:]
    if others:
        _until("các tỉnh khác không mất gì", lambda: _level(nation, *others), CATCH_UP_S)
    if nation.first.act("state")["links"][0]["error"] != "unreachable":
        raise TourFailed("tỉnh bị cắt không nói là mất liên lạc")
    own = nation.first.act(
        "bulletin",
        title="Tin của tỉnh lúc mất mạng",
        body="Tỉnh vẫn làm việc bình thường.",
        class_name="normal",
        targets=[nation.communes[nation.first.path]],
    )["bulletin"]
    _until("tin của tỉnh bị cắt tới xã", lambda: _in_library(nation.first, own), ARRIVE_S)


def _catch_up(nation: Nation) -> None:
    first, evidence = nation.first, nation.run.evidence
    rows = nation.centre.act("entries", peer=f"n-{first.code}", last=nation.run.backlog)["rows"]
    before = first.act("state")["links"][0]["in_seq"]
    nation.lines.mend(first.path)
    _until("tỉnh bắt kịp", lambda: _level(nation, first), CATCH_UP_S)
    # From the first page's arrival on: what came before it is the wait for the line, not the speed.
    taken = sorted(first.act("arrived", after=before)["at"].values())
    number = sum(at > taken[0] for at in taken)
    took_s = taken[-1] - taken[0]
    nation.run.notes["behind"] = len(taken)
    source = bare.Source(pages := bare.pages_of([tuple(row) for row in rows], 192 * 1024))
    try:
        url = nation.lines.open("bare", source.port)
        bare_s = bare.copy_s(url, len(pages), nation.run.folder / "bare.sqlite3")
        rows = rows[len(pages[0]) :]
    finally:
        source.close()
    catch_up = evidence.catch_up
    catch_up.facts_per_s = round(number / max(took_s, 0.001), 1)
    catch_up.bare_per_s = round(len(rows) / bare_s, 1)
    catch_up.ratio = round(catch_up.facts_per_s / catch_up.bare_per_s, 3)


def _kill(nation: Nation) -> None:
    """On a narrow line, so that the transfer lasts; what had come by then must not be all."""
    centre, first = nation.centre, nation.first
    nation.lines.cut(first.path)
    centre.act("flood", number=nation.run.backlog, like=_any(nation), **_targets(nation))
    began = first.act("state")["links"][0]["in_seq"]
    nation.lines.mend(first.path, NARROW)
    _until("truyền đã bắt đầu", lambda: first.act("state")["links"][0]["in_seq"] > began, ARRIVE_S)
    centre.kill("device")
    centre.kill("worker")
    had = first.act("state")["links"][0]["in_seq"]
    centre.revive()
    nation.lines.mend(first.path)
    _until("bắt kịp sau khi trung tâm bị giết", lambda: _level(nation), CATCH_UP_S)
    last = first.act("state")["links"][0]["in_seq"]
    nation.run.notes["killed"] = {"before": began, "at": had, "in_the_end": last}
    if not began < had < last:
        raise TourFailed(f"trung tâm bị giết khi đã truyền {had}/{last}")


def _restore(nation: Nation, backup: Path) -> None:
    last = nation.last
    known = last.act("plays")["items"]
    # What the province itself wrote after the backup is gone; what the centre sent is not.
    told = set(nation.centre.act("bulletins")["ids"])
    rows = last.act("state")["library"]
    library = {(row["bulletin"], row["commune"]) for row in rows if row["bulletin"] in told}
    last.stop()
    for suffix in ("", "-wal", "-shm"):
        (last.data / f"loa.sqlite3{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, last.data / "loa.sqlite3")
    last.start()
    _until("tỉnh phục hồi bắt kịp", lambda: _level(nation, last), CATCH_UP_S)

    def whole() -> bool:
        rows = last.act("state")["library"]
        return library <= {(row["bulletin"], row["commune"]) for row in rows}

    _until("thư viện đầy đủ lại", whole, ARRIVE_S)
    bulletin = _send(nation, "priority")
    commune = nation.communes[last.path]

    def heard() -> bool:
        rows = nation.centre.act("state")["aired"]
        return any(r["bulletin"] == bulletin and r["commune"] == commune for r in rows)

    _until("tỉnh phục hồi phát tin mới", heard, AIR_S)
    fresh = [item for item in last.act("plays")["items"] if item not in known]
    nation.run.evidence.reair_after_restore = sum(item[0] != bulletin for item in fresh)
    state = last.act("state")["links"][0]
    nation.run.notes["restore"] = {"had": state["had"], "out_epoch": state["out_epoch"]}


def _reconcile(nation: Nation) -> None:
    facts, evidence = nation.run.evidence.facts, nation.run.evidence
    _until("mọi danh sách bằng nhau", lambda: _level(nation), CATCH_UP_S)
    centre = nation.centre.act("ledger")
    for member in nation.provinces:
        own = member.act("ledger")
        ways = (
            (centre["sent"][f"n-{member.code}"], own["taken"]["n-vn"]),
            (own["sent"]["n-vn"], centre["taken"].get(f"n-{member.code}", {})),
        )
        for sent, taken in ways:
            # What was taken was sent, also where the sender lost it with its own last day.
            facts.sent += len(set(sent) | set(taken))
            facts.received += len(taken)
            facts.applied += sum(state == "applied" for state in taken.values())
            facts.lost += len(set(sent) - set(taken))
        facts.duplicates_applied += own["twice"]
    facts.duplicates_applied += centre["twice"]
    rows = nation.centre.act("state")["aired"]
    evidence.aired = [
        {key: row[key] for key in ("bulletin", "commune", "outlets", "at")} for row in rows
    ]
