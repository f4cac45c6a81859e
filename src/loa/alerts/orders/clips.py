"""What every loudspeaker can say by itself: pinned in its plan, for an order whose sound is late.

Names are the device's (`loa_player.alerts`): `urgent`, `drill`, `drill-end`, `hazard-<id>`, and
`place-<path>` for the nation, the province, the commune and each of its hamlets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from loa.alerts.hazards import BY_ID
from loa.alerts.models import Clip
from loa.alerts.orders.sound import clip_made
from loa.places import selectors as places
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa_protocol.paths import ancestors

WORDS = {
    "urgent": "Khẩn cấp! Khẩn cấp!",
    "drill": "Diễn tập. Đây là diễn tập.",
    "drill-end": "Hết diễn tập.",
    **{f"hazard-{one.id}": f"Chú ý: {one.spoken}." for one in BY_ID.values()},
}


@dataclass(frozen=True, slots=True)
class Pinned:
    """A clip as a plan names it."""

    sha256: str
    bytes: int


def place_clip(path: str) -> str:
    """The clip that says a place."""
    return "place-" + path.replace("/", "-")


def wanted(communes: Iterable[str]) -> dict[str, str]:
    """Every clip that devices in these communes need, name to text."""
    found = dict(WORDS)
    paths = {above for commune in communes for above in ancestors(commune)}
    for place in places.places_named(sorted(paths)):
        found[place_clip(place.path)] = f"Tại {place.name}."
        if place.level == "commune":
            for hamlet in places.hamlets_of(place):
                found[place_clip(hamlet.path)] = f"Tại {hamlet.name}, {place.name}."
    return found


def make_next(communes: Iterable[str]) -> bool | None:
    """Make one clip that is missing. True where one was made, False where none could be, None where
    nothing is missing. One that cannot be made is set aside, and the next one is made."""
    texts = wanted(communes)
    known = dict(Clip.objects.filter(voice=settings.LOA_VOICE).values_list("name", "text"))
    missing = [name for name, text in texts.items() if known.get(name) != text]
    if not missing:
        return None
    resting = aside.resting(Queue.CLIPS)
    for name in missing:
        if name in resting:
            continue
        # Sound is made for seconds: no transaction stands open meanwhile.
        with quarantine.isolated(Queue.CLIPS, name, name=texts[name], atomic=False) as outcome:
            clip_made(name, texts[name])
        if outcome.error is None:
            return True
    return False


def pinned(commune: str) -> Mapping[str, Pinned]:
    """The clips that are ready for the devices of a commune."""
    names = wanted([commune])
    rows = Clip.objects.filter(name__in=names).select_related("file")
    return {row.name: Pinned(row.file_id, row.file.bytes) for row in rows.order_by("name")}
