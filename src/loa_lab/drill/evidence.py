"""What a drill has seen: the keys that the project promises, and nothing that was not measured."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

from loa_lab.evidence import TourFailed, wait_for

T = TypeVar("T")

OUT = Path("var/drill")
SOUNDING_P99_MAX_S, STOP_P99_MAX_S, CORRECTION_P99_MAX_S = 10.0, 5.0, 120.0


@dataclass
class RedTeam:
    """`tried` counts judgements: each attack times the devices that judged it."""

    tried: int = 0
    sounded: int = 0
    refusals: dict[str, int] = field(default_factory=dict)


@dataclass
class HostileDevice:
    """What an enrolled device handed to the broker, and who could connect afterwards: `connected`
    of `devices`, and a client of the node's own. `retained` is what stayed beside its presence."""

    sent: int = 0
    sent_bytes: int = 0
    retained: int | None = None
    devices: int = 0
    connected: int = 0
    connected_after: bool = False


@dataclass
class ImplausibleReceipts:
    """Items of signed receipts that cannot be true: stored, and counted as plays."""

    sent: int = 0
    counted: int = 0


@dataclass
class Acts:
    """Walks through stop, resume, correct and cancel. `presses` are those on a page that showed
    something else; `wrong_ends` counts those that were taken and each device that fell silent for
    good by one; `right_ends` the devices that a press on a fresh page ended."""

    walks: int = 0
    presses: int = 0
    wrong_ends: int = 0
    right_ends: int = 0


@dataclass
class Evidence:
    """`var/drill/evidence.json`. Figures of simulated devices on one machine, no field figures."""

    targeted: int = 0
    accepted: int = 0
    sounding_p50_s: float | None = None
    sounding_p99_s: float | None = None
    outside_scope: int = 0
    duplicate_starts: int = 0
    red_team: RedTeam = field(default_factory=RedTeam)
    stop_p99_s: float | None = None
    correction_p99_s: float | None = None
    late_caught_up: int = 0
    expired_played: int = 0
    hostile_device: HostileDevice = field(default_factory=HostileDevice)
    implausible_receipts: ImplausibleReceipts = field(default_factory=ImplausibleReceipts)
    acts: Acts = field(default_factory=Acts)
    passed: bool = False

    def faults(self, late: int) -> list[str]:
        """Everything that is not as it must be, a sentence each."""
        red = self.red_team
        checks = {
            f"{self.accepted} cụm loa nhận lệnh, phải là {self.targeted}": self.targeted > 0
            and self.accepted == self.targeted,
            f"phát tiếng p99 {self.sounding_p99_s} giây": _within(
                self.sounding_p99_s, SOUNDING_P99_MAX_S
            ),
            f"{self.outside_scope} cụm loa ngoài địa bàn phát": self.outside_scope == 0,
            f"{self.duplicate_starts} lần phát trùng": self.duplicate_starts == 0,
            f"đội tấn công: {red.sounded} lệnh giả phát được": red.tried > 0 and red.sounded == 0,
            f"{red.tried} lần tấn công, {sum(red.refusals.values())} lần bị từ chối": red.tried
            == sum(red.refusals.values()),
            f"dừng p99 {self.stop_p99_s} giây": _within(self.stop_p99_s, STOP_P99_MAX_S),
            f"đính chính p99 {self.correction_p99_s} giây": _within(
                self.correction_p99_s, CORRECTION_P99_MAX_S
            ),
            f"{self.late_caught_up}/{late} cụm loa tắt máy nghe lại được": self.late_caught_up
            == late,
            f"{self.expired_played} cụm loa phát lệnh đã hết hạn": self.expired_played == 0,
            "có máy không nối lại được sau thiết bị phá": self.hostile_device.connected_after
            and self.hostile_device.retained == 0,
            f"{self.implausible_receipts.counted} chứng nhận giả được tính": (
                self.implausible_receipts.sent > 0 and self.implausible_receipts.counted == 0
            ),
            f"{self.acts.walks} lượt dừng, phát tiếp, đính chính: {self.acts.wrong_ends} lần hủy"
            " nhầm": self.acts.walks > 0 and self.acts.wrong_ends == 0,
        }
        return [text for text, good in checks.items() if not good]

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / "evidence.json").write_text(text + "\n", encoding="utf-8")


@dataclass
class Drill:
    """One run: how large, where, and what it has seen."""

    swarm: int
    late: int
    commune: str
    folder: Path
    out: Path = OUT
    evidence: Evidence = field(default_factory=Evidence)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Do one step, print its line, keep its time."""
        began = time.monotonic()
        print(f"  {name} ...", end="", flush=True)
        result = do()
        seconds = round(time.monotonic() - began, 3)
        print(f"\r  {name:<62} {seconds:8.3f} s", flush=True)
        self.steps.append({"name": name, "seconds": seconds})
        return result

    def write(self, failed: str | None) -> None:
        """Both files: what is promised, and the way there."""
        self.evidence.write(self.out)
        way = {"swarm": self.swarm, "steps": self.steps, "failed": failed}
        text = json.dumps(way, ensure_ascii=False, indent=1)
        (self.out / "steps.json").write_text(text + "\n", encoding="utf-8")


def percentile(values: list[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(0, ceil(len(ordered) * share) - 1)], 3)


def _within(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit


__all__ = ["Acts", "Drill", "Evidence", "RedTeam", "TourFailed", "percentile", "wait_for"]
