"""The nation's scenario, one function for each step, in the order in which they happen."""

import shutil
import sqlite3
import time
from datetime import datetime
from functools import partial
from pathlib import Path

from loa.lib import clock
from loa_lab.drill.evidence import percentile
from loa_lab.evidence import TourFailed
from loa_lab.nation import bare
from loa_lab.nation.evidence import Run
from loa_lab.nation.ground import (
    AIR_S,
    ARRIVE_S,
    BACKUP,
    CATCH_UP_S,
    HEIRS,
    KILLS,
    ORDER_TEXT,
    SAMPLES,
    WEEK_S,
    Nation,
    any_bulletin,
    in_library,
    level,
    send,
    targets,
    until,
)
from loa_lab.nation.lines import NARROW
from loa_lab.nation.nodes import Member


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
    if len(nation.provinces) > 1:
        step("Một xã nhập vào xã khác giữa lúc tin đang xuống", lambda: _merge(nation))


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
        member.loa("link", "join", member.parent_url, code)
    first = nation.first
    if "code_used" not in first.refused("link", "join", first.parent_url, code):
        raise TourFailed("mã đã dùng vẫn dùng được")


def _normal(nation: Nation) -> None:
    bulletin = send(nation, "normal")
    for member in nation.provinces:
        until(f"thư viện {member.path}", partial(in_library, member, bulletin), ARRIVE_S)
        if any(slot["bulletin"] == bulletin for slot in member.act("state")["slots"]):
            raise TourFailed("tin thường tự vào lịch phát")
        member.act("schedule", bulletin_id=bulletin, commune=nation.communes[member.path])


def _priority(nation: Nation) -> None:
    bulletin = send(nation, "priority")

    def placed(member: Member) -> bool:
        slots = member.act("state")["slots"]
        return any(s["bulletin"] == bulletin and s["class"] == "priority" for s in slots)

    for member in nation.provinces:
        until(f"lịch phát {member.path}", partial(placed, member), ARRIVE_S)


def _urgent(nation: Nation) -> None:
    targets = [member.path for member in nation.provinces]
    made = nation.centre.act("order", targets=targets, keys=nation.keys, text=ORDER_TEXT)

    def published(member: Member) -> bool:
        order = member.act("state")["orders"].get(made["order"])
        if order and order["envelope"] != made["envelope"]:
            raise TourFailed(f"{member.path}: lệnh không còn nguyên văn")
        return bool(order and order["published"])

    for member in nation.provinces:
        until(f"lệnh tới {member.path}", partial(published, member), ARRIVE_S)


def _proofs(nation: Nation) -> None:
    wanted = {(b, commune) for b in nation.bulletins for commune in nation.communes.values()}

    def heard() -> bool:
        rows = nation.centre.act("state")["aired"]
        return wanted <= {(row["bulletin"], row["commune"]) for row in rows if row["outlets"]}

    until("kết quả phát ở trung tâm", heard, AIR_S)


def _lag(nation: Nation) -> None:
    """From the journal's commit at the centre until it stands in a province's mailbox."""
    nation.centre.act(
        "flood", number=SAMPLES, like=any_bulletin(nation), gap_s=0.1, **targets(nation)
    )
    until("mọi tỉnh bắt kịp", lambda: level(nation), ARRIVE_S)
    sent = nation.centre.act("committed")["at"]
    lags = []
    for member in nation.provinces:
        taken = member.act("arrived")["at"]
        # Only what was just sent: older facts waited for the link itself.
        lags += [at - sent[fact] for fact, at in taken.items() if fact in sent][-SAMPLES:]
    nation.run.evidence.lag_p99_s = percentile(lags, 0.99)
    nation.run.notes["lag"] = {"samples": len(lags), "p50_s": percentile(lags, 0.5)}


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
    send(nation, "normal")
    for member in reversed(nation.members):
        member.stop()
    for member in nation.members:
        member.offset_s = WEEK_S
        member.power_cut()
        member.start()
    nation.centre.act(
        "flood", number=nation.run.backlog, like=any_bulletin(nation), **targets(nation)
    )
    others = nation.provinces[1:]
    if others:
        until("các tỉnh khác không mất gì", lambda: level(nation, *others), CATCH_UP_S)
    if nation.first.act("state")["links"][0]["error"] != "unreachable":
        raise TourFailed("tỉnh bị cắt không nói là mất liên lạc")
    own = nation.first.act(
        "bulletin",
        title="Tin của tỉnh lúc mất mạng",
        body="Tỉnh vẫn làm việc bình thường.",
        class_name="normal",
        targets=[nation.communes[nation.first.path]],
    )["bulletin"]
    until("tin của tỉnh bị cắt tới xã", lambda: in_library(nation.first, own), ARRIVE_S)


def _catch_up(nation: Nation) -> None:
    first, evidence = nation.first, nation.run.evidence
    rows = nation.centre.act("entries", peer=f"n-{first.code}", last=nation.run.backlog)["rows"]
    before = first.act("state")["links"][0]["in_seq"]
    nation.lines.mend(first.path)
    until("tỉnh bắt kịp", lambda: level(nation, first), CATCH_UP_S)
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


def _merge(nation: Nation) -> None:
    """A commune ends in its neighbour while a bulletin for it is on the way. The centre goes on
    naming it by its former code; the station, its loudspeaker and the proof are the successor's."""
    member = nation.provinces[1]
    former, heir = nation.communes[member.path], f"{member.path}/{HEIRS[member.code]}"
    codes = [path.rpartition("/")[2] for path in (former, heir)]
    table = nation.run.folder / "merge.csv"
    table.write_text("".join(["former,successor\n", *(f"{one},{codes[1]}\n" for one in codes)]))
    day = f"{datetime.fromtimestamp(time.time() + WEEK_S, clock.VIETNAM):%Y-%m-%d}"
    how = ("places", "reorganise")
    shown = member.loa(*how, "draft", str(table), "--day", day, "--document", "NQ thử")
    mark = _after(shown, "Dấu của bản xem trước: ")
    reform = _after(shown, "Mã: ")
    nation.lines.cut(member.path)
    under_way = send(nation, "normal")
    member.loa(*how, "apply", reform, "--seen", mark)
    nation.lines.mend(member.path)
    later = send(nation, "priority")
    member.loa(*how, "confirm", reform)

    def there() -> bool:
        rows = member.act("state")["library"]
        found = {row["commune"] for row in rows if row["bulletin"] in {under_way, later}}
        return found == {heir}

    until("tin cho xã cũ tới xã mới", there, CATCH_UP_S)

    def heard() -> bool:
        rows = nation.centre.act("state")["aired"]
        return any((r["bulletin"], r["commune"]) == (later, heir) for r in rows if r["outlets"])

    until("kết quả phát của xã mới ở trung tâm", heard, AIR_S)
    nation.communes[member.path] = heir
    nation.run.notes["merged"] = {"former": former, "heir": heir}


def _after(text: str, words: str) -> str:
    """What stands behind these words on their line."""
    return text.partition(words)[2].partition("\n")[0].strip()


def _kill(nation: Nation) -> None:
    """On a narrow line, so that the transfer lasts; what had come by then must not be all. Where a
    busy machine killed too late, it is done again with twice as much under way."""
    backlog = nation.run.backlog
    for _ in range(KILLS):
        began, had, last = _kill_once(nation, backlog)
        nation.run.notes["killed"] = {"before": began, "at": had, "in_the_end": last}
        if began < had < last:
            return
        backlog *= 2
    raise TourFailed(f"trung tâm bị giết khi đã truyền {had}/{last}")


def _kill_once(nation: Nation, backlog: int) -> tuple[int, int, int]:
    """How far the transfer was before it, at the centre's death, and in the end."""
    centre, first = nation.centre, nation.first
    nation.lines.cut(first.path)
    centre.act("flood", number=backlog, like=any_bulletin(nation), **targets(nation))
    began = int(first.act("state")["links"][0]["in_seq"])
    nation.lines.mend(first.path, NARROW)
    until("truyền đã bắt đầu", lambda: first.act("state")["links"][0]["in_seq"] > began, ARRIVE_S)
    centre.kill("device")
    centre.kill("worker")
    had = int(first.act("state")["links"][0]["in_seq"])
    centre.revive()
    nation.lines.mend(first.path)
    until("bắt kịp sau khi trung tâm bị giết", lambda: level(nation), CATCH_UP_S)
    return began, had, int(first.act("state")["links"][0]["in_seq"])


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
    until("tỉnh phục hồi bắt kịp", lambda: level(nation, last), CATCH_UP_S)

    def whole() -> bool:
        rows = last.act("state")["library"]
        return library <= {(row["bulletin"], row["commune"]) for row in rows}

    until("thư viện đầy đủ lại", whole, ARRIVE_S)
    bulletin = send(nation, "priority")
    commune = nation.communes[last.path]

    def heard() -> bool:
        rows = nation.centre.act("state")["aired"]
        return any(r["bulletin"] == bulletin and r["commune"] == commune for r in rows)

    until("tỉnh phục hồi phát tin mới", heard, AIR_S)
    fresh = [item for item in last.act("plays")["items"] if item not in known]
    nation.run.evidence.reair_after_restore = sum(item[0] != bulletin for item in fresh)
    state = last.act("state")["links"][0]
    nation.run.notes["restore"] = {"had": state["had"], "out_epoch": state["out_epoch"]}


def _reconcile(nation: Nation) -> None:
    facts, evidence = nation.run.evidence.facts, nation.run.evidence
    until("mọi danh sách bằng nhau", lambda: level(nation), CATCH_UP_S)
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
