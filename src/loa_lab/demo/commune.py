"""The demo's commune: one station, hamlets, outlets. Its figures are made up and say so."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from loa.lib import clock
from loa.lib.files import write_private
from loa.outlets import selectors, services
from loa.people.rules import NODE
from loa.places import selectors as places
from loa.places.services import HamletFacts, hamlets_add
from loa.schedule.handlers import station_ref
from loa.schedule.services import timetable_set
from loa_lab.demo.simulated_bulletins import simulate_bulletins
from loa_lab.demo.simulated_health import simulate_health
from loa_lab.demo.simulated_plays import simulate_plays

if TYPE_CHECKING:
    from loa.outlets.models import Outlet, Station
    from loa.places.models import Place

DAYS_OF_HISTORY = 30
SIMULATED = "dữ liệu mô phỏng"
HAMLETS = (("Thôn Đông", 212, 834), ("Thôn Đoài", 187, 741), ("Thôn Thượng", 96, None))
POLES = (
    ("CL01", "Cụm loa nhà văn hóa thôn Đông", 0, (0.0000, 0.0066)),
    ("CL02", "Cụm loa ngã ba thôn Đoài", 1, (-0.0049, -0.0016)),
    ("CL03", "Cụm loa đầu dốc thôn Thượng", 2, (0.0035, -0.0063)),
)
"""Code, name, number of the hamlet, and degrees of latitude and longitude from the middle of
the commune, made up and less than 1 km away, so that they fit whatever commune is asked for."""
ALL_DAY = [[("00:00", "24:00")]] * 7


def ensure_commune(path: str) -> "Station":
    """The demo's station with its hamlets, poles and a timetable that is open all day, so that
    a visitor hears something whenever they come."""
    found = selectors.stations_in([path])
    if found:
        return found[0]
    commune = places.place_get(path)
    if commune is None:
        raise LookupError(path)
    today = clock.local(clock.now()).date()
    hamlets = hamlets_add(
        actor="cli:demo",
        commune=commune,
        rows=[
            HamletFacts(
                name=name,
                households=households,
                people=people,
                languages=["vi"],
                source=SIMULATED,
                source_date=today,
            )
            for name, households, people in HAMLETS
        ],
    )
    station = services.station_add(
        actor=NODE, place=commune, name=f"Đài truyền thanh {_lower_kind(commune.name)}"
    )
    for code, name, hamlet, away in POLES:
        latitude, longitude = position_near(commune, away)
        services.outlet_add(
            actor=NODE,
            station=station,
            code=code,
            name=name,
            hamlet=hamlets[hamlet],
            latitude=latitude,
            longitude=longitude,
            speakers=2,
            vendor="Loa",
            model="loa-player",
        )
    timetable_set(
        actor=NODE, station=station_ref(station), name="Lịch trình diễn (mở cả ngày)", days=ALL_DAY
    )
    ensure_history(station)
    return station


def ensure_history(station: "Station") -> None:
    """A month before today, once: bulletins, plays and health, all marked as simulated."""
    outlets = [POLES[number][0] for number in range(len(POLES))]
    rows = [selectors.outlet_by_code(station.pk, code) for code in outlets]
    now = clock.now()
    aired = simulate_bulletins(
        place_id=station.place_id,
        issuer=f"UBND {_lower_kind(station.place.name)}",
        until=now,
        days=DAYS_OF_HISTORY,
    )
    simulate_plays(
        outlets=[(outlet.pk, station.pk) for outlet in rows], aired=aired, seed=DAYS_OF_HISTORY
    )
    simulate_health(
        outlets=[outlet.pk for outlet in rows], until=now, days=DAYS_OF_HISTORY, seed=2026
    )


def position_near(commune: "Place", away: tuple[float, float]) -> tuple[float | None, float | None]:
    """A made-up position `away` degrees from the commune's middle, rounded to about a metre.

    Both are None where the gazetteer does not know the commune's middle: a position is never
    guessed from another place.
    """
    if commune.latitude is None or commune.longitude is None:
        return None, None
    return round(commune.latitude + away[0], 5), round(commune.longitude + away[1], 5)


def _lower_kind(name: str) -> str:
    return name[:1].lower() + name[1:]


def ensure_claim(
    *, station: "Station", number: int, folder: Path, urls: tuple[str, ...], root_sha256: str
) -> None:
    """The claim file of a player that is not yet enrolled."""
    outlet: Outlet = selectors.outlet_by_code(station.pk, POLES[number - 1][0])
    write_claim(outlet=outlet, folder=folder, urls=urls, root_sha256=root_sha256)


def write_claim(*, outlet: "Outlet", folder: Path, urls: tuple[str, ...], root_sha256: str) -> None:
    """A claim file in the player's data folder, unless a device is enrolled at the outlet."""
    if selectors.device_of(outlet.wire_id) is not None:
        return
    code, _ = services.claim_make(actor=NODE, outlet=outlet)
    claim = {
        "urls": list(urls),
        "root_sha256": root_sha256,
        "claim": code,
        "outlet": outlet.wire_id,
        "serial": f"demo-{outlet.wire_id}",
        "model": "loa-player",
    }
    write_private(folder / "claim.json", json.dumps(claim).encode(), replace=True)
