"""Finding places."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from loa.lib import clock
from loa.lib.db import under
from loa.lib.text import fold
from loa.places.models import Level, Place


def standing(day: date | None = None) -> QuerySet[Place]:
    """Units that stand on `day` (today by default)."""
    day = day or clock.local(clock.now()).date()
    ended = Q(valid_to__isnull=False, valid_to__lte=day)
    return Place.objects.filter(valid_from__lte=day).exclude(ended)


def place_get(path: str, day: date | None = None) -> Place | None:
    """The unit with this wire path on that day; None where there is none."""
    return standing(day).exclude(level=Level.DISTRICT).filter(path=path).first()


def commune_get(code: str, day: date | None = None) -> Place | None:
    """The commune with this official code; a code alone is never looked up across levels."""
    return standing(day).filter(level=Level.COMMUNE, code=code).first()


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

    "hoan kiem" finds "Phường Hoàn Kiếm". Names that begin with the text come first, then wider
    levels. An empty text finds nothing.
    """
    words = fold("".join(letter for letter in text[:100] if letter.isprintable())).split()
    if not words:
        return []
    places = standing().exclude(level=Level.DISTRICT).filter(inside(within))
    if chosen := list(levels):
        places = places.filter(level__in=chosen)
    for word in words:
        places = places.filter(folded__contains=word)
    phrase = " ".join(words)
    near = Case(
        When(folded__regex=rf"(^|(phuong|xa|tinh|thanh pho|dac khu) ){phrase}( |$)", then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    if not phrase.replace(" ", "").isalnum():
        near = Case(default=Value(1), output_field=IntegerField())
    width = Case(
        When(level=Level.PROVINCE, then=Value(0)),
        When(level=Level.COMMUNE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return list(
        places.annotate(near=near, width=width)
        .select_related("parent", "parent__parent")
        .order_by("near", "width", "name")[:limit]
    )


def places_named(paths: Iterable[str]) -> list[Place]:
    """The standing places of the paths, in the paths' order; unknown ones are left out."""
    wanted = list(paths)
    rows = standing().exclude(level=Level.DISTRICT).filter(path__in=wanted).select_related("parent")
    found = {place.path: place for place in rows}
    return [found[path] for path in wanted if path in found]


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """The names of the standing places by path; unknown ones are left out."""
    rows = standing().exclude(level=Level.DISTRICT).filter(path__in=list(paths))
    return dict(rows.values_list("path", "name"))


def hamlets_of(commune: Place) -> QuerySet[Place]:
    return standing().filter(parent=commune, level=Level.HAMLET).order_by("code")


def communes_inside(paths: Iterable[str]) -> QuerySet[Place]:
    """The communes at or below the paths, and the communes that hold a hamlet among them."""
    wanted = ["/".join(path.split("/")[:3]) for path in paths]
    return standing().filter(level=Level.COMMUNE).filter(inside(wanted))


def hamlets_inside(paths: Iterable[str]) -> QuerySet[Place]:
    """The standing hamlets at or below the paths, by code."""
    return standing().filter(inside(paths), level=Level.HAMLET).order_by("code")


def successors_of(place: Place) -> list[Place]:
    """What a former unit became; empty for one that stands."""
    return [row.successor for row in place.successions.select_related("successor")]


def people_at(place: Place) -> tuple[int | None, int]:
    """People in the hamlets at or below `place` as far as they are known (None: nothing is), and
    how many hamlets nobody has counted."""
    hamlets = standing().filter(level=Level.HAMLET).filter(inside([place.path]))
    row = hamlets.aggregate(known=Sum("people"), unknown=Count("pk", filter=Q(people__isnull=True)))
    return row["known"], row["unknown"]


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
        for row in rows.order_by("name")
        if depth.get(row.path.rpartition("/")[0]) == row.path.count("/")
    ]
