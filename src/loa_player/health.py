"""What the board says about itself, read from Linux's own files where there are any."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from loa_protocol import format_time
from loa_protocol.device_api import Health

Power = Literal["mains", "battery", "unknown"]
State = Literal["idle", "playing", "alert", "muted", "fault"]

_SYS = Path("/sys")


@dataclass(frozen=True, slots=True)
class OnAir:
    """What the player does now."""

    state: State
    item: str | None = None
    level_lufs: float | None = None
    volume_pct: int = 100


def read_health(
    on_air: OnAir,
    *,
    now: datetime,
    clock_error_s: float,
    data: Path,
    plan_version: int | None,
    refusals: Mapping[str, int],
    horn_off: bool | None = None,
    sys: Path = _SYS,
) -> Health:
    """One report. Readings that the board does not offer are left out, never guessed."""
    return Health(
        at=format_time(now),
        state=on_air.state,
        item=on_air.item,
        level_lufs=None if on_air.level_lufs is None else round(on_air.level_lufs),
        volume_pct=on_air.volume_pct,
        power=_power(sys),
        network=_network(sys),
        storage_free_bytes=shutil.disk_usage(data).free,
        temperature_c=_temperature(sys),
        software=software(),
        clock_error_ms=None if clock_error_s == float("inf") else round(clock_error_s * 1000),
        plan_version=plan_version,
        horn_off=horn_off,
        refusals=dict(refusals),
    )


def horn_off(switch: Path | None) -> bool | None:
    """Whether a switch at the device keeps its horn silent; None where there is none to read."""
    if switch is None:
        return None
    text = _text(switch)
    return text == "1" if text else None


def software() -> str:
    """The name and version of this program."""
    try:
        return f"loa-player {version('loa')}"
    except PackageNotFoundError:
        return "loa-player"


def _power(sys: Path) -> Power:
    supplies = list((sys / "class/power_supply").glob("*"))
    kinds = {_text(s / "type"): s for s in supplies}
    for name in ("Mains", "USB"):
        if name in kinds:
            return "mains" if _text(kinds[name] / "online") == "1" else "battery"
    battery = kinds.get("Battery")
    if battery is not None:
        return "battery" if _text(battery / "status") == "Discharging" else "mains"
    return "unknown"


def _network(sys: Path) -> str | None:
    """The first link that is up, by what it is: ethernet, wifi, mobile."""
    for link in sorted((sys / "class/net").glob("*")):
        if link.name == "lo" or _text(link / "operstate") not in ("up", "unknown"):
            continue
        if (link / "wireless").exists():
            return "wifi"
        return "mobile" if link.name.startswith(("wwan", "ppp", "usb")) else "ethernet"
    return None


def _temperature(sys: Path) -> int | None:
    text = _text(sys / "class/thermal/thermal_zone0/temp")
    return round(int(text) / 1000) if text.lstrip("-").isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
