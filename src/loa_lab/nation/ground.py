"""What the nation's scenario stands on: its nodes and lines, what is sent, what is waited for."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loa_lab.evidence import TourFailed
from loa_lab.nation.evidence import Run
from loa_lab.nation.lines import Lines
from loa_lab.nation.nodes import Member
from loa_lab.nation.wires import NoWires, Wire, lay_all

WEEK_S = 7 * 86_400
CODES = (("25", "08911"), ("01", "00004"), ("96", "31825"))
HEIRS = {"01": "00008"}
"""The neighbour that takes the commune in, when one does."""
ORDER_TEXT = "Đây là lệnh thử trên máy. Lũ đang lên nhanh, bà con ở chỗ thấp lên chỗ cao ngay."
ARRIVE_S, AIR_S, CATCH_UP_S = 60.0, 150.0, 300.0
POLL_S = 0.3
BACKUP = "backup.sqlite3"
SAMPLES = 60
KILLS = 4


class Nation:
    """The centre, the provinces, their lines, and what was sent to whom."""

    def __init__(self, run: Run) -> None:
        self.run, self.lines = run, Lines()
        self.keys = str(run.folder / "keys")
        self.wires = _wires(run)
        wires: list[Wire | None] = [*self.wires] or [None] * (1 + run.provinces)
        self.centre = Member("vn", run.folder / "vn", server=run.server, wire=wires[0])
        self.provinces = [
            self._province(f"vn/{code}", run.folder / code, wire)
            for (code, _), wire in zip(CODES[: run.provinces], wires[1:], strict=True)
        ]
        self.communes = {
            f"vn/{code}": f"vn/{code}/{commune}" for code, commune in CODES[: run.provinces]
        }
        self.bulletins: dict[str, str] = {}

    def _province(self, path: str, folder: Path, wire: Wire | None) -> Member:
        """A province with its line to the centre: the only way there, for its devices too."""
        centre = self.centre
        url = self.lines.open(path, centre.port, to=centre.host, wire=wire)
        return Member(path, folder, parent_url=url, server=self.run.server, wire=wire)

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
        for wire in self.wires:
            wire.remove()


def _wires(run: Run) -> list[Wire]:
    """A namespace for every node, where this machine gives them; which ground it was is told."""
    try:
        # A database server of this machine is not to be reached from another network.
        wires = [] if run.server else lay_all(1 + run.provinces)
        why = "máy chủ PostgreSQL ở mạng của máy này" if run.server else ""
    except NoWires as none:
        wires, why = [], str(none)
    run.evidence.ground = "netns" if wires else "ports"
    run.notes["ground"] = run.evidence.ground + (f": {why}" if why else "")
    said = "mỗi máy chủ một mạng riêng (netns)" if wires else f"chung một mạng, khác cổng ({why})"
    print(f"  Nền: {said}", flush=True)
    return wires


def until(what: str, find: Callable[[], Any], limit_s: float) -> Any:
    """Look until the fact is there. Raises TourFailed naming it past the limit."""
    until_s = time.monotonic() + limit_s
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > until_s:
            raise TourFailed(f"{what}: không thấy sau {limit_s:g} giây")
        time.sleep(POLL_S)


def send(nation: Nation, class_name: str) -> str:
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


def in_library(member: Member, bulletin: str) -> bool:
    return any(row["bulletin"] == bulletin for row in member.act("state")["library"])


def any_bulletin(nation: Nation) -> str:
    return next(iter(nation.bulletins))


def targets(nation: Nation) -> dict[str, Any]:
    return {"targets": list(nation.communes.values())}


def level(nation: Nation, *members: Member) -> bool:
    """Whether the provinces (or those named) and the centre have all of each other's lists."""
    ends = {link["peer"]: link for link in nation.centre.act("state")["links"]}
    for member in members or nation.provinces:
        up, down = member.act("state")["links"][0], ends[f"n-{member.code}"]
        if up["in_seq"] != down["out_seq"] or down["in_seq"] != up["out_seq"]:
            return False
        if any(side[what] for side in (up, down) for what in ("queued", "waiting", "unseen")):
            return False
    return True
