"""A made-up country of full size in a demonstration node's database, the same at every run.

For seeing whether a page that is quick with one commune is quick with 3,321 of them. Everything is
marked as simulated where the tables know that mark, and nothing of it is signed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models, transaction

from loa.delivery.models import Play
from loa.journal.models import Fact
from loa.journal.rules import chain_hash, encode_payload
from loa.journal.selectors import head
from loa.lib import db
from loa.newsroom import events as newsroom_events
from loa.newsroom.models import Bulletin, Version
from loa.newsroom.rules import search_text
from loa.outlets import rules as outlet_rules
from loa.outlets import wall
from loa.outlets.models import Health, Outlet, Station
from loa.people.models import Account, Role
from loa.people.rules import RoleName
from loa.places import rules as place_rules
from loa.places.models import Level, Place
from loa.places.selectors import communes_inside, standing
from loa.schedule.models import Timetable
from loa_lab.demo.simulated_bulletins import STORIES

HAMLETS = 12
BULLETINS = 30
BATCH = 20_000
_BASE = 0x01A0_0000_0000_7000_8000_0000_0000_0000
"""Identities are counted from here: UUIDv7 in form, the same at every run."""
DAYS = [[["05:00", "06:00"], ["17:00", "18:00"]]] * 7
STATES = ("idle",) * 17 + ("fault", "muted", "playing")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made, in the communes at or below a place."""

    outlets: int = 155_000
    plays: int = 10_000_000
    within: str = "vn"


class _Ids:
    """Identities of one table, by number."""

    def __init__(self, table: int) -> None:
        self._first = _BASE + (table << 48)

    def __getitem__(self, number: int) -> UUID:
        return UUID(int=self._first + number)


HAMLET, STATION, OUTLET, BULLETIN, VERSION, PLAY, FACT, ACCOUNT, ROLE = map(_Ids, range(1, 10))


@dataclass(frozen=True, slots=True)
class _Commune:
    number: int
    place: Place
    first_outlet: int
    outlets: int


def seed(size: Size, now: datetime) -> dict[str, int]:
    """Fill the country; communes that have a station already are left as they are.

    Returns how many rows of each table were made. Not repeatable: the second run is refused by the
    database's own constraints.
    """
    communes = list(_communes(size))
    made = {
        "hamlets": _put(Place, _HAMLET, _hamlets(communes)),
        "stations": _put(Station, _STATION, _stations(communes)),
        "timetables": _timetables(now),
        "accounts": _put(Account, _ACCOUNT, _accounts(communes, now)),
        "roles": _put(Role, _ROLE, _roles(communes, now)),
        "outlets": _put(Outlet, _OUTLET, _outlets(communes)),
        "health": _put(Health, _HEALTH, _health(communes, now)),
        "bulletins": _put(Bulletin, _BULLETIN, _bulletins(communes, now)),
        "versions": _put(Version, _VERSION, _versions(communes, now)),
    }
    _approve(communes)
    made["plays"] = _put(Play, _PLAY, _plays(communes, size, now))
    made["facts"] = _put(Fact, _FACT, _facts(communes, now))
    wall.count(now)
    return made


def _communes(size: Size) -> Iterator[_Commune]:
    taken = set(Station.objects.values_list("place_id", flat=True))
    places = [
        place for place in communes_inside([size.within]).order_by("code") if place.pk not in taken
    ]
    each, more = divmod(size.outlets, max(1, len(places)))
    first = 0
    for number, place in enumerate(places):
        count = each + (number < more)
        yield _Commune(number, place, first, count)
        first += count


def _put(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert in transactions of BATCH rows; how many."""
    source, count = iter(rows), 0
    while some := list(islice(source, BATCH)):
        with transaction.atomic():
            db.insert_new(model, names, some)
        count += len(some)
    return count


_HAMLET = (
    *("id", "level", "code", "name", "folded", "path", "parent_id", "valid_from"),
    *("people", "source"),
)


def _hamlets(communes: Iterable[_Commune]) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n in range(HAMLETS):
            code, name = f"{one.place.code}h{n + 51:02}", f"Thôn {n + 1}"
            people = None if n == HAMLETS - 1 else 150 + 37 * (n + one.number) % 900
            yield (
                HAMLET[one.number * HAMLETS + n],
                Level.HAMLET.value,
                code,
                name,
                place_rules.search_text(name, code),
                f"{one.place.path}/h{n + 51:02}",
                one.place.pk,
                one.place.valid_from,
                people,
                "dữ liệu mô phỏng",
            )


_STATION = ("id", "wire_id", "place_id", "name", "folded", "technology", "simulated")


def _stations(communes: Iterable[_Commune]) -> Iterator[Sequence[Any]]:
    for one in communes:
        name = f"Đài truyền thanh {one.place.name}"
        folded, wire_id = outlet_rules.search_text(name), f"s-{one.place.code}"
        yield (STATION[one.number], wire_id, one.place.pk, name, folded, "ip", True)


def _timetables(now: datetime) -> int:
    provinces = standing().filter(level=Level.PROVINCE)
    rows = [
        Timetable(
            place=place,
            name="Mẫu của tỉnh (dữ liệu mô phỏng)",
            days=DAYS,
            since=now.date() - timedelta(days=400),
            changed_at=now,
        )
        for place in provinces
    ]
    return len(Timetable.objects.bulk_create(rows))


_ACCOUNT = (
    *("id", "username", "full_name", "email", "password", "is_active", "is_staff"),
    *("is_superuser", "date_joined", "person", "phone"),
)
_ROLE = ("id", "account_id", "name", "place_id", "since")
_PEOPLE = (RoleName.COMMUNE_OFFICER, RoleName.COMMUNE_APPROVER)


def _accounts(communes: Iterable[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n, role in enumerate(_PEOPLE):
            key = ACCOUNT[2 * one.number + n]
            username, name = f"{role.value}-{one.place.code}", f"Người {n + 1} {one.place.name}"
            yield (key, username, name, "", "!", True, False, False, now, f"p-{key.hex}", "")


def _roles(communes: Iterable[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    since = now.date() - timedelta(days=300)
    for one in communes:
        for n, role in enumerate(_PEOPLE):
            number = 2 * one.number + n
            yield (ROLE[number], ACCOUNT[number], role.value, one.place.pk, since)


_OUTLET = (
    *("id", "wire_id", "kind", "station_id", "code", "name", "folded", "hamlet_id"),
    *("latitude", "longitude", "volume_pct", "speakers", "vendor", "model", "config"),
)


def _outlets(communes: Iterable[_Commune]) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n in range(one.outlets):
            hamlet = n % HAMLETS
            code, name = f"CL{n + 1:02}", f"Cụm loa {n + 1} thôn {hamlet + 1}"
            near = one.place.latitude is not None and one.place.longitude is not None
            yield (
                OUTLET[one.first_outlet + n],
                f"o-{one.place.code}-{n + 1:02}",
                "speaker",
                STATION[one.number],
                code,
                name,
                outlet_rules.search_text(name, code),
                HAMLET[one.number * HAMLETS + hamlet],
                (one.place.latitude or 0) + (n % 7 - 3) * 0.004 if near else None,
                (one.place.longitude or 0) + (n % 5 - 2) * 0.004 if near else None,
                100,
                2,
                "",
                "",
                "{}",
            )


_HEALTH = (
    *("outlet_id", "seen_at", "online", "state", "item", "level_lufs", "volume_pct"),
    *("plan_version", "report"),
)


def _health(communes: Iterable[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n in range(one.outlets):
            number = one.first_outlet + n
            if number % 20 == 0:
                continue
            silent = number % 33 == 0
            seen = now - timedelta(hours=30 if silent else 0, seconds=number % 240)
            state = STATES[number % len(STATES)]
            yield (OUTLET[number], seen, not silent, state, "", None, 100, None, {})


_BULLETIN = (
    *("id", "place_id", "state", "edition", "created_at", "changed_at", "simulated"),
    "folded",
)
_VERSION = (
    *("id", "bulletin_id", "number", "title", "body", "spoken", "category", "class_name"),
    *("language", "issuer", "voice", "targets", "written_at", "frame", "own_words"),
    "recording_words",
)


def _aired(number: int, now: datetime) -> datetime:
    return (now - timedelta(days=1 + number % BULLETINS)).replace(minute=0, second=0, microsecond=0)


def _bulletins(communes: Iterable[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n in range(BULLETINS):
            story, at = STORIES[n % len(STORIES)], _aired(n, now)
            folded = search_text(story.title, story.body)
            key = BULLETIN[one.number * BULLETINS + n]
            yield (key, one.place.pk, "approved", 1, at, at, True, folded)


def _versions(communes: Iterable[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    for one in communes:
        for n in range(BULLETINS):
            story, number = STORIES[n % len(STORIES)], one.number * BULLETINS + n
            said = f"{story.title}. {story.body}"
            yield (
                VERSION[number],
                BULLETIN[number],
                1,
                story.title,
                story.body,
                said,
                story.category,
                "normal",
                "vi",
                f"UBND {one.place.name}",
                "espeak",
                [one.place.path],
                _aired(n, now),
                {},
                {},
                "",
            )


def _approve(communes: Sequence[_Commune]) -> None:
    """Every bulletin's one version is its approved one."""
    Bulletin.objects.filter(
        simulated=True, approved_version=None, pk__gte=BULLETIN[0], pk__lt=BULLETIN[1 << 40]
    ).update(
        approved_version=models.Subquery(
            Version.objects.filter(bulletin=models.OuterRef("pk")).values("pk")[:1]
        )
    )


_PLAY = (
    *("id", "outlet_id", "station_id", "item", "run", "bulletin_id", "media_sha256", "result"),
    *("reason", "grade", "started_at", "at", "from_ms", "played_ms", "level_lufs", "volume_pct"),
    *("simulated", "doubt"),
)


def _plays(communes: Sequence[_Commune], size: Size, now: datetime) -> Iterator[Sequence[Any]]:
    each, more = divmod(size.plays, max(1, len(communes)))
    number = 0
    for one in communes:
        for n in range(each + (one.number < more)):
            head_of, rest = n % one.outlets, n // one.outlets
            story, run = rest % BULLETINS, 1 + rest // BULLETINS
            bulletin = one.number * BULLETINS + story
            at = _aired(story, now) + timedelta(hours=run % 5)
            failed = n % 17 == 0
            yield (
                PLAY[number],
                OUTLET[one.first_outlet + head_of],
                STATION[one.number],
                f"{bulletin:032x}",
                run,
                BULLETIN[bulletin],
                "",
                "expired" if failed else "played",
                "no_power" if failed else "",
                "" if failed else "B",
                at,
                at + timedelta(seconds=40),
                0,
                0 if failed else 40_000,
                None if failed else -16.0,
                100,
                True,
                "",
            )
            number += 1


_FACT = ("seq", "id", "at", "actor", "place", "kind", "subject", "payload", "previous", "hash")
_FACTS = (newsroom_events.BULLETIN_WRITTEN, newsroom_events.BULLETIN_APPROVED)


def _facts(communes: Sequence[_Commune], now: datetime) -> Iterator[Sequence[Any]]:
    """Two facts a bulletin, chained onto the journal as it stands: day by day, the country's
    communes side by side, as they would be written."""
    last = head()
    seq, previous = last.seq, last.hash
    for n in reversed(range(BULLETINS)):
        for one in communes:
            subject = f"bulletin:{BULLETIN[one.number * BULLETINS + n]}"
            for step, kind in enumerate(_FACTS):
                seq += 1
                text = encode_payload({"edition": 1, "subject": subject})
                actor = f"person:{ACCOUNT[2 * one.number + step]}"
                at = _aired(n, now)
                known: dict[str, Any] = {
                    "seq": seq,
                    "fact_id": FACT[seq],
                    "at": at,
                    "actor": actor,
                    "place": one.place.path,
                    "kind": kind,
                    "payload": text,
                    "previous": previous,
                }
                digest = chain_hash(**known)
                yield (
                    *(seq, FACT[seq], at, actor, one.place.path, kind, subject, text),
                    *(previous, digest),
                )
                previous = digest
