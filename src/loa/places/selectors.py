"""Finding places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    When,
)

from loa.lib import clock
from loa.lib.batches import batched
from loa.lib.db import under
from loa.places import matching, names
from loa.places.models import Level, Place, Share, Succession


def standing(day: date | None = None) -> QuerySet[Place]:
    """Units that stand on `day` (today by default)."""
    day = day or clock.local(clock.now()).date()
    ended = Q(valid_to__isnull=False, valid_to__lte=day)
    return Place.objects.filter(valid_from__lte=day).exclude(ended)


def place_get(path: str, day: date | None = None) -> Place | None:
    """The unit with this wire path on that day; None where there is none. Asked for today, a former
    unit's path means its successor, where there is one alone."""
    found = standing(day).exclude(level=Level.DISTRICT).filter(path=path).first()
    if found is not None or day is not None:
        return found
    now = [one for one in present([path]) if one != path]
    return standing().filter(path=now[0]).first() if len(now) == 1 else None


def commune_get(code: str, day: date | None = None) -> Place | None:
    """The commune with this official code; a code alone is never looked up across levels. Asked for
    today, a former commune's code means its successor, where there is one alone."""
    if day is not None:
        return standing(day).filter(level=Level.COMMUNE, code=code).first()
    found = units_with_code(Level.COMMUNE, code)
    return found[0] if len(found) == 1 else None


def inside(paths: Iterable[str], field: str = "path") -> Q:
    """The filter for rows whose `field` is one of `paths` or below one."""
    found = Q(pk__in=[])
    for path in paths:
        found |= under(field, path)
    return found


def place_search(
    text: str, *, within: Iterable[str] = ("vn",), levels: Iterable[str] = (), limit: int = 20
) -> list[Place]:
    """Standing places whose name or code holds every word of `text`, without diacritics.

    "hoan kiem" finds "Phường Hoàn Kiếm", "Lục Sỹ Thành" finds "Xã Lục Sĩ Thành", "TP Huế" and
    "P. Bến Nghé" are read as people write them. The name itself comes first, then names that begin
    with the text, then wider levels, then the successors of former units of that name or code, with
    `formerly`: what they were called. A kind that the unit no longer has does not hide it. An empty
    text finds nothing.
    """
    scope = tuple(within)
    wanted = names.asked(text)
    if not wanted.words:
        return []
    places = standing().exclude(level=Level.DISTRICT).filter(inside(scope))
    if chosen := list(levels):
        places = places.filter(level__in=chosen)
    for asked in wanted.meanings():
        found = _named(places, asked, limit)
        for place, former in formerly(asked, within=scope, limit=limit):
            if not chosen or place.level in chosen:
                place.formerly = former  # type: ignore[attr-defined]  # for the list alone
                found.append(place)
        if found:
            known: dict[UUID, Place] = {}
            for place in found:
                known.setdefault(place.pk, place)
            return list(known.values())[:limit]
    return []


def _named(places: QuerySet[Place], wanted: names.Asked, limit: int) -> list[Place]:
    """The places that hold every word, the name itself first."""
    rows = places.filter(matching.holds(wanted)).select_related("parent", "parent__parent")
    rows = rows.annotate(near=matching.nearness(wanted), width=matching.width())
    return list(rows.order_by("near", "width", "name")[:limit])


def places_named(paths: Iterable[str]) -> list[Place]:
    """The standing places of the paths, in the paths' order; unknown ones are left out."""
    wanted = list(paths)
    rows = standing().exclude(level=Level.DISTRICT).filter(path__in=wanted).select_related("parent")
    found = {place.path: place for place in rows}
    return [found[path] for path in wanted if path in found]


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """What the places at the paths are called, or were when they last stood; unknown ones are left
    out."""
    today = clock.local(clock.now()).date()
    rows = Place.objects.filter(path__in=set(paths), valid_from__lte=today)
    rows = rows.exclude(level=Level.DISTRICT).order_by(F("valid_to").asc(nulls_last=True))
    return dict(rows.values_list("path", "name"))


def hamlets_of(commune: Place) -> QuerySet[Place]:
    return standing().filter(parent=commune, level=Level.HAMLET).order_by("code")


def hamlets_named(word: str, within: Iterable[str]) -> QuerySet[Place]:
    """The hamlets at or below `within`, former ones too, whose folded name or code holds the
    word."""
    return Place.objects.filter(inside(within), level=Level.HAMLET, folded__contains=word)


def offices_inside(paths: Iterable[str]) -> list[UUID]:
    """The ids of all units at or below the paths that have an office, former ones too: no
    hamlets."""
    rows = Place.objects.filter(inside(paths)).exclude(level=Level.HAMLET)
    return list(rows.values_list("pk", flat=True))


def units_below(path: str) -> list[Place]:
    """The standing provinces of the nation, or the communes of a province, by name."""
    if path == "vn":  # all of them: asked for by path as well, a database goes through all hamlets
        rows = standing().filter(level=Level.PROVINCE)
    else:
        rows = standing().filter(inside([path]), level=Level.COMMUNE)
    return sorted(rows, key=lambda place: names.alphabetical(place.name))


def communes_inside(paths: Iterable[str]) -> QuerySet[Place]:
    """The communes at or below the paths, and the communes that hold a hamlet among them."""
    wanted = ["/".join(path.split("/")[:3]) for path in paths]
    return standing().filter(level=Level.COMMUNE).filter(inside(wanted))


def hamlets_inside(paths: Iterable[str]) -> QuerySet[Place]:
    """The standing hamlets at or below the paths, by code."""
    return standing().filter(inside(paths), level=Level.HAMLET).order_by("code")


@dataclass(frozen=True, slots=True)
class Peopled:
    """The hamlets of a commune, or one hamlet: how many, the people known there, and in how many
    nobody has counted them."""

    path: str
    hamlets: int
    people: int
    unknown: int


def peopled(paths: Iterable[str]) -> list[Peopled]:
    """The hamlets at or below the paths, summed by commune; each hamlet that is named itself on its
    own. One query."""
    wanted = tuple(paths)
    named = [path for path in wanted if path.count("/") == 3]
    own = Case(When(path__in=named, then=F("path")), default=F("parent__path"))
    rows = (
        standing()
        .filter(inside(wanted), level=Level.HAMLET)
        .annotate(of=own)
        .values("of")
        .annotate(n=Count("pk"), known=Sum("people"), unknown=Count("pk", filter=Q(people=None)))
    )
    return [Peopled(row["of"], row["n"], row["known"] or 0, row["unknown"]) for row in rows]


def below(places: Iterable[Place]) -> list[Place]:
    """The units one step below each of the places: provinces, communes, hamlets, by name."""
    parents = list(places)
    rows = (
        standing()
        .exclude(level=Level.DISTRICT)
        .filter(Q(parent__in=parents) | Q(parent__parent__in=parents, level=Level.COMMUNE))
    )
    depth = {place.path: place.path.count("/") + 1 for place in parents}
    return [
        row
        for row in sorted(rows, key=lambda row: names.alphabetical(row.name))
        if depth.get(row.path.rpartition("/")[0]) == row.path.count("/")
    ]


def paths_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The paths of places by id, former ones too."""
    found: dict[UUID, str] = {}
    for some in batched(ids):
        found |= dict(Place.objects.filter(pk__in=some).values_list("pk", "path"))
    return found


# What former units became: codes are never handed to another unit, so one of any day can be typed,
# imported or addressed for ever.


_DEPTH = 4
"""How many reorganisations back a unit's own record is looked for."""
_STEPS = 8
"""No unit is reorganised so often between two looks; a guard, not a limit of the law."""


def successors_of(places: Sequence[Place]) -> dict[Place, list[Place]]:
    """The standing units that each became, through however many reorganisations; itself where it
    stands, nothing where it ended without a successor."""
    ends: dict[Place, list[Place]] = {place: [place] for place in places}
    for _ in range(_STEPS):
        ended = {one.pk for found in ends.values() for one in found if one.valid_to is not None}
        if not ended:
            break
        next_: dict[object, list[Place]] = {}
        for some in batched(sorted(ended)):
            rows = Succession.objects.filter(predecessor__in=some).select_related("successor")
            for row in rows.order_by("share", "pk"):  # main, part, whole: the main part first
                next_.setdefault(row.predecessor_id, []).append(row.successor)
        for place, found in ends.items():
            ends[place] = list(
                dict.fromkeys(
                    after
                    for one in found
                    for after in ([one] if one.valid_to is None else next_.get(one.pk, []))
                )
            )
    return {place: [one for one in found if one.valid_to is None] for place, found in ends.items()}


def present(paths: Iterable[str], *, own: str = "") -> list[str]:
    """The paths as they are called today: a former unit's becomes its successors', one that stands
    stays, one that was never known stays too and finds nothing. Each once, in order. `own` is known
    to stand: nothing is asked where it is all there is."""
    wanted = list(dict.fromkeys(paths))
    if set(wanted) <= {own}:
        return wanted
    each = present_each(wanted)
    return list(dict.fromkeys(path for one in wanted for path in each[one]))


def present_each(paths: Iterable[str]) -> dict[str, list[str]]:
    """For each of the paths what it is called today (see `present`)."""
    wanted = list(dict.fromkeys(paths))
    stand = set(_standing_paths(wanted))
    gone = [path for path in wanted if path not in stand]
    former = _last_of(gone) if gone else {}
    ends = successors_of(list(former.values())) if former else {}
    found = {path: [path] for path in wanted}
    for path, place in former.items():
        found[path] = [one.path for one in ends[place]] or [path]
    return found


def unknown(paths: Iterable[str]) -> list[str]:
    """Those of the paths that no unit has, nor ever had."""
    wanted = list(dict.fromkeys(paths))
    known: set[str] = set()
    for some in batched(wanted):
        known.update(Place.objects.filter(path__in=some).values_list("path", flat=True))
    return [path for path in wanted if path not in known]


def _standing_paths(paths: Sequence[str]) -> list[str]:
    found: list[str] = []
    for some in batched(paths):
        rows = standing().exclude(level=Level.DISTRICT).filter(path__in=some)
        found += rows.values_list("path", flat=True)
    return found


def _last_of(paths: Sequence[str]) -> dict[str, Place]:
    """The newest former unit with each path."""
    found: dict[str, Place] = {}
    for some in batched(paths):
        rows = Place.objects.filter(path__in=some, valid_to__isnull=False)
        for place in rows.exclude(level=Level.DISTRICT).order_by("valid_to"):
            found[place.path] = place
    return found


def units_with_code(level: str, code: str) -> list[Place]:
    """The standing units that the code means today: the one that has it, or those that the last
    former unit with it became. Several where that one was split; none for an unknown code."""
    now = standing().filter(level=level, code=code).first()
    if now is not None:
        return [now]
    former = Place.objects.filter(level=level, code=code, valid_to__isnull=False)
    last = former.order_by("-valid_to").first()
    return successors_of([last])[last] if last else []


def standing_with_codes(level: str, codes: Sequence[str]) -> dict[str, Place]:
    """The standing units of a level that have one of these codes."""
    found: dict[str, Place] = {}
    for some in batched(list(codes)):
        found |= {place.code: place for place in standing().filter(level=level, code__in=some)}
    return found


def communes_by_code(paths: Iterable[str]) -> dict[str, Place]:
    """The communes at or below the paths by every code that means one of them alone: its own, and
    those of the units that wholly went into it."""
    found = {place.code: place for place in communes_inside(paths)}
    rows = Succession.objects.filter(share=Share.WHOLE).select_related("predecessor")
    ends = {place.pk: place for place in found.values()}
    todo = list(ends)
    for _ in range(_STEPS):
        before: list[UUID] = []
        for some in batched(todo):
            # The level is looked at here: asked of the database, it begins with all communes.
            for row in rows.filter(successor__in=some):
                if row.predecessor.level != Level.COMMUNE:
                    continue
                ends[row.predecessor_id] = ends[row.successor_id]
                found.setdefault(row.predecessor.code, ends[row.successor_id])
                before.append(row.predecessor_id)
        todo = before
        if not todo:
            break
    return found


_ORIGIN = "predecessor__origins__"


def lineage(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths with those of the units that wholly or mainly went into them, so that what was
    recorded then is found now. A former path that another unit bears today is left out: what is
    recorded there now is that unit's own."""
    wanted = tuple(dict.fromkeys(paths))
    columns = ["share", "predecessor__level", "predecessor__path"]
    steps = [f"{_ORIGIN * depth}{name}" for depth in range(_DEPTH) for name in columns]
    rows = Succession.objects.filter(successor__path__in=wanted, successor__valid_to=None)
    before: set[str] = set()
    for row in rows.values_list(*steps):
        for share, level, path in zip(row[::3], row[1::3], row[2::3], strict=True):
            if share is None or share == Share.PART:
                break
            if level != Level.DISTRICT:
                before.add(path)
    before -= set(wanted)
    others = set(_standing_paths(sorted(before))) if before else set()
    return (*wanted, *sorted(before - others))


def formerly(wanted: names.Asked, *, within: Iterable[str], limit: int) -> list[tuple[Place, str]]:
    """(standing unit, what it was called) for former units whose name or code holds every word,
    those with exactly this name or code first; districts by what became of their communes. Names
    from before the gazetteer's first day are known for provinces."""
    rows = Place.objects.filter(valid_to__isnull=False).exclude(level=Level.NATION)
    rows = rows.filter(matching.holds(wanted))
    former = list(rows.order_by("-valid_to", "name")[: limit * 3])
    former.sort(
        key=lambda place: (
            wanted.name not in (place.code, names.asked(place.name).name),
            place.level == Level.DISTRICT,
        )
    )
    ends = _ends_of(former, limit)
    for older in names.older_named(wanted):
        if wanted.kind in {"", "tinh"}:
            ends += [(place, older.name) for place in units_with_code(older.level, older.code)]
    scope = tuple(within)
    visible = set(
        standing()
        .filter(inside(scope), pk__in={place.pk for place, _ in ends})
        .values_list("pk", flat=True)
    )
    return [(place, name) for place, name in ends if place.pk in visible][:limit]


def _ends_of(former: Sequence[Place], limit: int) -> list[tuple[Place, str]]:
    """(what it is today, its name then) of each former unit, districts through their communes."""
    districts = [place for place in former if place.level == Level.DISTRICT][:limit]
    children: dict[UUID | None, list[Place]] = {}
    for child in Place.objects.filter(parent__in=districts, valid_to__isnull=False).order_by(
        "name"
    ):
        children.setdefault(child.parent_id, []).append(child)
    own = [place for place in former if place.level != Level.DISTRICT]
    ends = successors_of([*own, *(child for some in children.values() for child in some)])
    pairs = []
    for place in former:
        parts = children.get(place.pk, []) if place.level == Level.DISTRICT else [place]
        pairs += [(one, place.name) for part in parts for one in ends[part]]
    return pairs
