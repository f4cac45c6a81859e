"""What a tour was asked, what it has seen, and how it waits: on facts, with a limit."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

OUT = Path("var/tour")
LEAD_S = 12.0
"""Between scheduling and sounding: players are told by the doorbell and fetch within seconds."""


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


def next_start(now: datetime) -> datetime:
    """When the item sounds: a whole second, LEAD_S from now."""
    return (now + timedelta(seconds=LEAD_S)).replace(microsecond=0)
