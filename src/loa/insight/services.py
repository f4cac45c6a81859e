"""Taking published figures in, and counting one's own."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from loa.insight import events, rules
from loa.insight.models import Measure, Published
from loa.insight.rules import DEFINITIONS
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.batches import batched
from loa.lib.sentences import Refusal
from loa.outlets import registry
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import place_get

COLUMNS = ("indicator", "as_of", "numerator", "denominator", "percent")
Wanted = Mapping[tuple[str, str], tuple[date, tuple[int, int, int]]]
"""(indicator, commune) to the day it is so from, and (value, base, rows)."""
CHANGE = "previous_percent_point_change"


class FiguresRefused(Refusal):
    """Why a file of figures is not taken, as a sentence."""


def figures_load(*, actor: Actor, content: bytes, place: str = "vn") -> int:
    """Take a CSV of published figures; the same indicator and day again replaces the figure.

    All rows or none. Columns: indicator, as_of (a day, or a year for its last day), numerator,
    and, where they were published, denominator, percent, previous_percent_point_change, note.
    Raises NotAllowed, FiguresRefused naming the row, or a place that does not stand.
    """
    ensure(actor, Action.FIGURE_LOAD, place)
    if place_get(place) is None:
        raise FiguresRefused("Không có địa bàn nào mang mã này nên không nạp số liệu.")
    now = clock.now()
    found = [_figure(row, number, place, now) for number, row in enumerate(_rows(content), start=2)]
    if not found:
        raise FiguresRefused("Tệp không có dòng số liệu nào.")
    with transaction.atomic():
        Published.objects.bulk_create(
            found,
            update_conflicts=True,
            unique_fields=["indicator", "place", "as_of"],
            update_fields=["numerator", "denominator", "percent", "change", "note", "loaded_at"],
        )
        journal.record(
            actor=str(actor),
            kind=events.FIGURES_LOADED,
            place=place,
            payload={"rows": len(found), "sha256": hashlib.sha256(content).hexdigest()},
        )
    return len(found)


def _rows(content: bytes) -> list[dict[str, str]]:
    if len(content) > rules.FILE_MAX_BYTES:
        raise FiguresRefused("Tệp lớn hơn 1 MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FiguresRefused("Tệp không phải CSV mã UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text), restkey="")
    try:  # the first line can be broken, too
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise FiguresRefused("Tệp thiếu cột %(names)s.", names=", ".join(missing))
        rows = [row for row, _ in zip(reader, range(rules.ROWS_MAX + 1), strict=False)]
    except csv.Error as error:
        raise FiguresRefused("Tệp không phải CSV đọc được.") from error
    if len(rows) > rules.ROWS_MAX:
        raise FiguresRefused("Mỗi tệp nhiều nhất %(most)s dòng.", most=rules.ROWS_MAX)
    return [{name: str(value or "").strip() for name, value in row.items()} for row in rows]


def _figure(row: Mapping[str, str], number: int, place: str, now: datetime) -> Published:
    if row["indicator"] not in DEFINITIONS:
        raise FiguresRefused(
            "Dòng %(row)s: không có chỉ tiêu “%(code)s”.", row=number, code=row["indicator"][:40]
        )
    percent, change = row["percent"], row.get(CHANGE, "")
    if percent and rules.percent_of(percent) is None:
        raise FiguresRefused(
            "Dòng %(row)s: “%(text)s” không phải tỷ lệ từ 0 đến 100.",
            row=number,
            text=percent[:20],
        )
    numerator, denominator = _whole(row, "numerator", number), _whole(row, "denominator", number)
    if numerator is None:
        raise FiguresRefused("Dòng %(row)s thiếu tử số.", row=number)
    if denominator is not None and numerator > denominator:
        raise FiguresRefused("Dòng %(row)s: tử số lớn hơn mẫu số.", row=number)
    return Published(
        indicator=row["indicator"],
        place=place,
        as_of=_day(row["as_of"], number),
        numerator=numerator,
        denominator=denominator,
        percent=percent,
        change=change[:8],
        note=row.get("note", "")[:300],
        loaded_at=now,
    )


def _whole(row: Mapping[str, str], name: str, number: int) -> int | None:
    text = row[name]
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise FiguresRefused(
            "Dòng %(row)s: “%(text)s” không phải số nguyên.", row=number, text=text[:20]
        )
    return int(text)


def _day(text: str, number: int) -> date:
    year_alone = len(text) == 4 and text.isascii() and text.isdigit()
    try:
        return date.fromisoformat(f"{text}-12-31" if year_alone else text)
    except ValueError as error:
        raise FiguresRefused(
            "Dòng %(row)s: “%(text)s” không phải ngày năm-tháng-ngày.", row=number, text=text[:20]
        ) from error


@dataclass(frozen=True, slots=True)
class Told:
    """One measure of a commune as another node counted it."""

    indicator: str
    commune: str
    since: date
    value: int
    base: int
    rows: int


def count(*, inside: str, now: datetime) -> int:
    """Count the indicators of every commune of this node and keep what changed today.

    Returns how many measures changed. Numbers of tables, not facts: nothing goes into the journal.
    A node of the whole country counts only communes whose stations it holds itself; the others'
    numbers come over their links.
    """
    communes = registry.communes(inside)
    kinds = registry.kinds()
    today = clock.local(now).date()
    wanted = {
        (code, path): (today, numbers)
        for path, commune in communes.items()
        for code, numbers in rules.measures(commune, kinds).items()
    }
    return _keep(wanted, list(Measure.objects.filter(until=None, origin="")), now, origin="")


def take(*, origin: str, told: Sequence[Told], now: datetime) -> int:
    """Keep measures that a node below counted, the newest of each commune last in `told`. The
    caller has seen that the communes are that node's. Returns how many changed."""
    wanted = {
        (one.indicator, one.commune): (one.since, (one.value, one.base, one.rows)) for one in told
    }
    standing: list[Measure] = []
    for paths in batched(sorted({path for _code, path in wanted})):
        rows = Measure.objects.filter(until=None, commune__in=paths)
        standing += [row for row in rows if (row.indicator, row.commune) in wanted]
    return _keep(wanted, standing, now, origin=origin)


def _keep(wanted: Wanted, rows: Sequence[Measure], now: datetime, *, origin: str) -> int:
    """End what changed among the standing `rows` and begin what is new, in one transaction."""
    standing = {(row.indicator, row.commune): row for row in rows}
    same = {
        key
        for key, row in standing.items()
        if key in wanted and wanted[key][1] == (row.value, row.base, row.rows)
    }
    today = clock.local(now).date()
    begins = {
        key: max(since, standing[key].since) if key in standing else since
        for key, (since, _numbers) in wanted.items()
    }
    gone = [row for key, row in standing.items() if key not in same]
    again = [row.pk for row in gone if row.since >= begins.get((row.indicator, row.commune), today)]
    made = [
        Measure(
            indicator=key[0],
            commune=key[1],
            since=begins[key],
            value=value,
            base=base,
            rows=behind,
            origin=origin,
            counted_at=now,
        )
        for key, (_since, (value, base, behind)) in wanted.items()
        if key not in same
    ]
    ended = [row for row in gone if row.pk not in set(again)]
    with transaction.atomic():
        for some in batched(again):
            Measure.objects.filter(pk__in=some).delete()
        by_day: dict[date, list[UUID]] = {}
        for row in ended:
            day = begins.get((row.indicator, row.commune), today)
            by_day.setdefault(day, []).append(row.pk)
        for day, ids in by_day.items():
            for some in batched(ids):
                Measure.objects.filter(pk__in=some).update(until=day)
        Measure.objects.bulk_create(made, batch_size=500)
    return len(made) + len(gone)
