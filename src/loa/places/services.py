"""Writes: loading the gazetteer, hamlets, official lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.lib.text import nfc
from loa.places import events, gazetteer, rules
from loa.places.models import Level, Place, Succession


class PlaceError(Refusal):
    """What the asker did wrong, as a sentence for them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    units: int
    successions: int


def gazetteer_load(*, actor: str) -> Loaded:
    """Bring in all units and successions of the data files that are not there yet. Repeatable."""
    with transaction.atomic():
        known = {
            (place.level, place.code, place.valid_from): place
            for place in Place.objects.exclude(level=Level.HAMLET)
        }
        before = len(known)
        current = _add_units(gazetteer.current_units(), known)
        nation = {unit: place for unit, place in current.items() if unit[0] == "nation"}
        former = _add_units(gazetteer.former_units(), known, nation)
        moved = _add_moves(former, current)
        amended = _apply_amendments()
        loaded = Loaded(len(known) - before, moved)
        if loaded.units or loaded.successions or amended:
            journal.record(
                actor=actor,
                kind=events.GAZETTEER_LOADED,
                place="vn",
                payload={
                    "units": loaded.units,
                    "successions": moved,
                    "amendments": amended,
                    "source": gazetteer.SOURCE,
                },
            )
    return loaded


Key = tuple[str, str]


def _add_units(
    units: Iterable[gazetteer.Unit],
    known: dict[tuple[str, str, date], Place],
    parents: Mapping[Key, Place] | None = None,
) -> dict[Key, Place]:
    """Places by (level, code) of one period; new rows are written parents first."""
    found: dict[Key, Place] = dict(parents or {})
    fresh: dict[str, list[Place]] = {}
    for unit in units:
        key = (unit.level, unit.code, unit.valid_from)
        place = known.get(key)
        if place is None:
            parent = found[unit.parent] if unit.parent else None
            place = Place(
                level=unit.level,
                code=unit.code,
                name=unit.name,
                folded=rules.search_text(unit.name, unit.code),
                parent=parent,
                path=rules.path_of(unit.level, unit.code, parent.path if parent else ""),
                valid_from=unit.valid_from,
                valid_to=unit.valid_to,
                latitude=unit.latitude,
                longitude=unit.longitude,
                source=gazetteer.SOURCE,
            )
            known[key] = place
            fresh.setdefault(unit.level, []).append(place)
        found[unit.key] = place
    for level in Level.values:
        Place.objects.bulk_create(fresh.get(level, ()), batch_size=500)
    return found


def _add_moves(former: Mapping[Key, Place], current: Mapping[Key, Place]) -> int:
    if Succession.objects.exists():
        return 0
    rows = [
        Succession(
            predecessor=former[move.level, move.former],
            successor=current[move.level, move.successor],
            share=move.share,
        )
        for move in gazetteer.moves()
    ]
    Succession.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _apply_amendments() -> int:
    """Official changes after the reform whose day has come; returns how many changed a row."""
    today = clock.local(clock.now()).date()
    changed = 0
    for row in gazetteer.amendments():
        if row.day > today or row.field != "name":
            continue
        for place in Place.objects.filter(level=row.level, code=row.code, valid_to=None):
            if place.name != row.value:
                _rename(place, row.value, row.document, row.day)
                changed += 1
    return changed


def _rename(place: Place, name: str, source: str, day: date) -> None:
    place.name = name
    place.folded = rules.search_text(name, place.code)
    place.source, place.source_date = source[:120], day
    place.save(update_fields=["name", "folded", "source", "source_date"])


@dataclass(frozen=True, kw_only=True, slots=True)
class HamletFacts:
    """What is known of a hamlet. None means unknown and stays unknown."""

    name: str
    households: int | None = None
    people: int | None = None
    languages: list[str] | None = None
    latitude: float | None = None
    longitude: float | None = None
    source: str = ""
    source_date: date | None = None


def hamlet_add(*, actor: str, commune: Place, facts: HamletFacts) -> Place:
    """Add a hamlet under the next free number. Raises PlaceError with a sentence for the asker."""
    return hamlets_add(actor=actor, commune=commune, rows=[facts])[0]


def hamlets_add(*, actor: str, commune: Place, rows: list[HamletFacts]) -> list[Place]:
    """Add several hamlets or none. Raises PlaceError naming the row that does not fit."""
    if commune.level != Level.COMMUNE:
        raise PlaceError("Thôn, tổ dân phố phải thuộc một xã, phường hoặc đặc khu.")
    day = clock.local(clock.now()).date()
    added: list[Place] = []
    with transaction.atomic():
        # Numbers of hamlets that no longer stand are not given again, so all rows are read.
        siblings = list(Place.objects.filter(parent__path=commune.path, level=Level.HAMLET))
        names = {rules.spelling(place.name) for place in siblings if place.valid_to is None}
        taken = [place.code[5:] for place in siblings]
        for number, facts in enumerate(rows, start=1):
            name = " ".join(nfc(facts.name).split())
            if not name or len(name) > 80:
                raise PlaceError(
                    "Dòng %(number)s: tên thôn phải có từ 1 đến 80 chữ cái.", number=number
                )
            if not name.isprintable():
                raise PlaceError(
                    "Dòng %(number)s: tên thôn có ký tự lạ không hiện được. Xin gõ lại.",
                    number=number,
                )
            if rules.spelling(name) in names:
                raise PlaceError(
                    "Dòng %(number)s: %(commune)s đã có “%(name)s”.",
                    number=number,
                    commune=commune.name,
                    name=name,
                )
            names.add(rules.spelling(name))
            segment = rules.next_hamlet(taken)
            taken.append(segment)
            added.append(_hamlet(commune, commune.code + segment, name, day, facts))
        Place.objects.bulk_create(added)
        journal.record(
            actor=actor,
            kind=events.HAMLET_ADDED,
            place=commune.path,
            payload={"hamlets": [place.path for place in added]},
        )
    return added


def hamlet_change(*, actor: str, hamlet: Place, facts: HamletFacts) -> bool:
    """Change what is known of a standing hamlet; whether anything differed. Raises PlaceError."""
    name = " ".join(nfc(facts.name).split())
    if not name or len(name) > 80:
        raise PlaceError("Tên thôn phải có từ 1 đến 80 chữ cái.")
    if not name.isprintable():
        raise PlaceError("Tên thôn có ký tự lạ không hiện được. Xin gõ lại.")
    siblings = Place.objects.filter(parent_id=hamlet.parent_id, level=Level.HAMLET, valid_to=None)
    if rules.spelling(name) in {rules.spelling(one.name) for one in siblings if one != hamlet}:
        raise PlaceError("Xã đã có thôn tên “%(name)s”.", name=name)
    wanted = {
        "name": name,
        "households": facts.households,
        "people": facts.people,
        "languages": facts.languages,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "source": facts.source[:120],
    }
    changed = [field for field, value in wanted.items() if getattr(hamlet, field) != value]
    if not changed:
        return False
    for field in changed:
        setattr(hamlet, field, wanted[field])
    hamlet.folded = rules.search_text(name, hamlet.code)
    hamlet.source_date = clock.local(clock.now()).date() if facts.source else None
    with transaction.atomic():
        hamlet.save(update_fields=[*changed, "folded", "source_date"])
        journal.record(
            actor=actor,
            kind=events.HAMLET_CHANGED,
            place=hamlet.path,
            subject=f"place:{hamlet.pk}",
            payload={"fields": changed, "hamlets": [hamlet.path]},
        )
    return True


def _hamlet(commune: Place, code: str, name: str, day: date, facts: HamletFacts) -> Place:
    return Place(
        level=Level.HAMLET,
        code=code,
        name=name,
        folded=rules.search_text(name, code),
        path=rules.path_of("hamlet", code, commune.path),
        parent=commune,
        valid_from=day,
        latitude=facts.latitude,
        longitude=facts.longitude,
        households=facts.households,
        people=facts.people,
        languages=facts.languages,
        source=facts.source[:120],
        source_date=facts.source_date,
    )


def official_list_differences(listed: Mapping[str, str]) -> list[rules.Difference]:
    """Where an official list (commune code -> name) differs from the standing communes."""
    day = clock.local(clock.now()).date()
    ours = {
        place.code: place.name
        for place in Place.objects.filter(level=Level.COMMUNE, valid_from__lte=day, valid_to=None)
    }
    return rules.differences(ours, listed)


def official_list_take(*, actor: str, listed: Mapping[str, str], document: str) -> int:
    """Take the names of an official list whose differences somebody has seen; returns how many.

    Only names of standing communes are taken. A code that the list lacks or that is not here is
    never added or ended by a list: that is a reform, with its own day and successors.
    """
    if not document.strip():
        raise PlaceError("Xin ghi số, ký hiệu của văn bản ban hành danh mục.")
    today = clock.local(clock.now()).date()
    taken = []
    with transaction.atomic():
        for row in official_list_differences(listed):
            if row.ours is None or row.theirs is None:
                continue
            place = Place.objects.get(level=Level.COMMUNE, code=row.code, valid_to=None)
            _rename(place, nfc(row.theirs), document.strip(), today)
            taken.append({"code": row.code, "from": row.ours, "to": place.name})
        if taken:
            journal.record(
                actor=actor,
                kind=events.OFFICIAL_LIST_TAKEN,
                place="vn",
                payload={"document": document.strip()[:120], "names": taken},
            )
    return len(taken)
