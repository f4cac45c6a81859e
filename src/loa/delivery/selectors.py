"""Reading plays and their proofs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from loa.delivery import judging
from loa.delivery.models import Play
from loa.delivery.rules import GRADES, SILENT_LUFS
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.places.selectors import inside
from loa_protocol.envelope import Envelope
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify_signed_by
from loa_protocol.refusals import Refused


def plays_of(bulletin_id: UUID) -> QuerySet[Play]:
    """All results for a bulletin, oldest first. The caller has seen that the asker may see it."""
    return (
        Play.objects.filter(bulletin_id=bulletin_id)
        .select_related("outlet__hamlet", "station", "receipt")
        .order_by("at")
    )


def receipt_verifies(play: Play) -> bool:
    """Whether the stored receipt still verifies with the key its device enrolled with."""
    if play.receipt is None:
        return False
    devices = play.outlet.devices.filter(kid=play.receipt.kid)
    device = devices.first()
    if device is None:
        return False
    key = PublicKey("ed25519" if device.alg == "ed25519" else "p256", bytes(device.key))
    try:
        verify_signed_by(Envelope.parse(bytes(play.receipt.envelope)), key, Kind.RECEIPT)
    except Refused:
        return False
    return True


HEARD = Q(result="played") & ~Q(volume_pct=0) & ~Q(level_lufs__lte=SILENT_LUFS)
"""Played and not in vain: `rules.is_silent` as a filter."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """At how many outlets a bulletin sounded. Grades are kept apart, never added up; made-up
    plays of a demo are no proof and stand alone."""

    outlets: int
    by_grade: dict[str, int]
    signed: int
    failed: int
    simulated: int
    first_at: datetime | None
    last_at: datetime | None
    signed_at: datetime | None


def sounding(bulletin_id: UUID, within: Iterable[str]) -> Sounding:
    """How a bulletin sounded at the stations inside `within`, in one query."""
    real = Q(simulated=False)
    played = real & HEARD
    grades = {
        f"grade_{grade}": Count("outlet", distinct=True, filter=played & Q(grade=grade))
        for grade in GRADES
    }
    plays = Play.objects.filter(inside(within, "station__place__path"), bulletin_id=bulletin_id)
    row = plays.aggregate(
        outlets=Count("outlet", distinct=True, filter=played),
        heard=Count("outlet", distinct=True, filter=real),
        signed=Count("outlet", distinct=True, filter=real & Q(receipt__isnull=False)),
        made_up=Count("outlet", distinct=True, filter=Q(simulated=True, result="played")),
        first_at=Min("started_at", filter=played),
        last_at=Max("at", filter=played),
        signed_at=Max("receipt__received_at", filter=real),
        **grades,
    )
    return Sounding(
        outlets=row["outlets"],
        by_grade={grade: row[f"grade_{grade}"] for grade in GRADES if row[f"grade_{grade}"]},
        signed=row["signed"],
        failed=row["heard"] - row["outlets"],
        simulated=row["made_up"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        signed_at=row["signed_at"],
    )


@dataclass(frozen=True, slots=True)
class StationSounding:
    """One station's share in a bulletin: outlets that played it, and that told why not."""

    played: int
    failed: int


def sounding_by_station(bulletin_id: UUID) -> dict[UUID, StationSounding]:
    """Where a bulletin sounded, by station. Made-up plays do not count."""
    rows = (
        Play.objects.filter(bulletin_id=bulletin_id, simulated=False)
        .values("station_id")
        .annotate(
            played=Count("outlet", distinct=True, filter=HEARD),
            told=Count("outlet", distinct=True),
        )
    )
    return {
        row["station_id"]: StationSounding(row["played"], row["told"] - row["played"])
        for row in rows
    }


def plays_in(bulletin_id: UUID, commune: str) -> QuerySet[Play]:
    """Every real result of a bulletin in a commune, with its outlet, in the order of the poles."""
    rows = Play.objects.filter(bulletin_id=bulletin_id, simulated=False)
    rows = rows.filter(inside([commune], "station__place__path"))
    return rows.select_related("outlet").order_by("outlet__code", "at")


def plays_at(bulletin_id: UUID, station_id: UUID, start: int, limit: int) -> list[Play]:
    """A bulletin's results at one station, newest first from row `start`, with their receipts. The
    doubtful too, which the reader is told."""
    return list(
        _with_keys(Play.kept.filter(bulletin_id=bulletin_id, station_id=station_id))
        .select_related("outlet__hamlet", "receipt")
        .order_by("-at", "-pk")[start : start + limit]
    )


@dataclass(frozen=True, slots=True)
class StationResult:
    """What became of one item at one outlet: one row for each result that it told, whatever the
    number of receipts. Times are the latest, level and volume the greatest that were told."""

    outlet_id: UUID
    outlet: str
    item: str
    bulletin_id: UUID | None
    result: str
    reason: str
    grade: str
    simulated: bool
    started_at: datetime | None
    at: datetime
    level_lufs: float | None
    volume_pct: int | None


RESULTS_MOST = 20_000


def station_results(station_id: UUID, since: datetime, until: datetime) -> list[StationResult]:
    """What a station's outlets told in a span of time, oldest first; gathered by the database."""
    same = ("outlet_id", "item", "bulletin_id", "result", "reason", "grade", "simulated")
    rows = (
        Play.objects.filter(station_id=station_id, at__gte=since, at__lt=until)
        .values(*same, outlet_name=F("outlet__name"))
        .annotate(
            last_started=Max("started_at"),
            last_at=Max("at"),
            level=Max("level_lufs"),
            volume=Max("volume_pct"),
        )
        .order_by("last_at")[:RESULTS_MOST]
    )
    return [
        StationResult(
            **{name: row[name] for name in same},
            outlet=row["outlet_name"],
            started_at=row["last_started"],
            at=row["last_at"],
            level_lufs=row["level"],
            volume_pct=row["volume"],
        )
        for row in rows
    ]


def outlet_plays(outlet_id: UUID, limit: int) -> list[Play]:
    """An outlet's newest results; the doubtful too. `heading` is the approved title of the bulletin
    that each is about; `doubted` how many items of its receipts of the last seven days cannot be
    true."""
    return list(
        _with_keys(Play.kept.filter(outlet_id=outlet_id))
        .annotate(
            doubted=Coalesce(judging.doubtful_lately(clock.now()), 0),
            heading=F("bulletin__approved_version__title"),
        )
        .select_related("receipt", "outlet")
        .order_by("-at")[:limit]
    )


def ever_sounded() -> Exists:
    """Of each station of a query: whether any bulletin ever really sounded there."""
    real = Play.objects.filter(result="played", simulated=False)
    return Exists(real.filter(station_id=OuterRef("pk")))


def plays_since(path: str, since: datetime, limit: int) -> list[Play]:
    """Results for bulletins at stations at or below the place, from a moment on, oldest first."""
    rows = Play.objects.filter(
        inside([path], "station__place__path"), bulletin__isnull=False, at__gte=since
    )
    return list(rows.select_related("station", "outlet", "receipt").order_by("at", "pk")[:limit])


def play_get(play_id: UUID) -> Play | None:
    """One result with its receipt, also a doubtful one; None for an unknown one."""
    rows = Play.kept.select_related("receipt", "outlet__station__place")
    return rows.filter(pk=play_id).first()


def _with_keys(plays: QuerySet[Play]) -> QuerySet[Play]:
    """The plays with the key their receipt's device enrolled with, as `key` and `alg`."""
    at = {"kid": "receipt__kid", "outlet": "receipt__outlet_id"}
    return plays.annotate(
        key=outlets.device_column("key", **at), alg=outlets.device_column("alg", **at)
    )


def verified(plays: Sequence[Play]) -> set[str]:
    """The receipts among plays of `plays_at` or `outlet_plays` that verify, now, with the keys
    their devices enrolled with. No query."""
    good: set[str] = set()
    for play in plays:
        key, alg = getattr(play, "key", None), getattr(play, "alg", "")
        if play.receipt is None or key is None or play.receipt_id in good:
            continue
        known = PublicKey("ed25519" if alg == "ed25519" else "p256", bytes(key))
        try:
            verify_signed_by(Envelope.parse(bytes(play.receipt.envelope)), known, Kind.RECEIPT)
        except Refused:
            continue
        good.add(play.receipt.sha256)
    return good


def heard_at(bulletin_id: UUID, outlet_id: UUID) -> Play | None:
    """The best proof that a bulletin sounded at an outlet: a real play that was not in vain, the
    best grade first, the newest of these. None where there is none."""
    plays = Play.objects.filter(
        HEARD, bulletin_id=bulletin_id, outlet_id=outlet_id, simulated=False
    )
    return plays.exclude(grade="").order_by("grade", "-at").first()
