"""What a run of the nation has seen: the keys that the project promises, nothing unmeasured."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

OUT = Path("var/nation")


@dataclass
class Facts:
    """Entries over all links: on the senders' lists, in the mailboxes, acted on."""

    sent: int = 0
    received: int = 0
    applied: int = 0
    lost: int = 0
    duplicates_applied: int = 0


@dataclass
class CatchUp:
    """Facts a second after the cut, beside a bare HTTP copy and bulk insert of the same bytes.

    Not judged here, where four nodes share the machine and act on what comes while it comes: the
    budget is held by `make bench ONLY=link_catch_up`.
    """

    facts_per_s: float | None = None
    bare_per_s: float | None = None
    ratio: float | None = None


@dataclass
class Evidence:
    """`var/nation/evidence.json`. Measured on one machine, over simulated lines."""

    facts: Facts = field(default_factory=Facts)
    lag_p99_s: float | None = None
    catch_up: CatchUp = field(default_factory=CatchUp)
    aired: list[dict[str, Any]] = field(default_factory=list)
    reair_after_restore: int | None = None
    ground: str = "ports"
    """`netns`: each node in a network of its own; `ports`: all on loopback."""
    passed: bool = False

    def faults(self, provinces: int, *, short: bool = False) -> list[str]:
        """Everything that is not as it must be, a sentence each; in a short run of what was run."""
        facts = self.facts
        heard = {(one["bulletin"], one["commune"]) for one in self.aired if one["outlets"]}
        checks = {
            f"{facts.lost} tin thất lạc": facts.sent > 0 and facts.lost == 0,
            f"{facts.duplicates_applied} tin được làm hai lần": facts.duplicates_applied == 0,
            f"nhận {facts.received}, xử lý {facts.applied}": facts.applied == facts.received,
            f"chỉ thấy {len(heard)} kết quả phát": len(heard) >= (1 if short else 2) * provinces,
        }
        if not short:
            again = self.reair_after_restore
            checks |= {
                "không đo được độ trễ": self.lag_p99_s is not None,
                f"phát lại {again} lần sau khi phục hồi": again == 0,
                "không đo được tốc độ bắt kịp": self.catch_up.ratio is not None,
            }
        return [text for text, good in checks.items() if not good]

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / "evidence.json").write_text(text + "\n", encoding="utf-8")


@dataclass
class Run:
    """One run: how large, where, and the way it went."""

    provinces: int
    backlog: int
    folder: Path
    out: Path = OUT
    short: bool = False
    server: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    steps: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Do one step, print its line, keep its time."""
        began = time.monotonic()
        print(f"  {name} ...", end="", flush=True)
        result = do()
        seconds = round(time.monotonic() - began, 3)
        print(f"\r  {name:<66} {seconds:8.3f} s", flush=True)
        self.steps.append({"name": name, "seconds": seconds})
        return result

    def write(self, failed: str | None) -> None:
        """Both files: what is promised, and the way there."""
        self.evidence.write(self.out)
        way = {"steps": self.steps, "failed": failed, **self.notes}
        text = json.dumps(way, ensure_ascii=False, indent=1)
        (self.out / "steps.json").write_text(text + "\n", encoding="utf-8")
