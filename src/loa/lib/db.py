"""Where databases differ. No other module asks which database it runs on."""

import json
import operator
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models, transaction

SAFE_SQLITE = (3, 51, 3)
"""First release without the WAL race that can lose a write (sqlite.org/wal.html)."""


def lock(name: str) -> None:
    """Hold the lock `name` until the running transaction ends; others wait.

    PostgreSQL: a transaction-level advisory lock. SQLite: every write transaction of ours is
    IMMEDIATE, so whoever is inside one already holds the only write lock.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"lock {name!r} needs a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(name.encode())])


def under(field: str, path: str) -> models.Q:
    """The filter for rows whose `field` holds `path` or a path below it (`path/...`), by index.

    SQLite compares bytes and finds a range by any index; its LIKE finds nothing by one. PostgreSQL
    may compare by the rules of a language, and has an index of its own for LIKE.
    """
    return reduce(operator.or_, _ranges(field, path))


def under_any(rows: models.QuerySet[Any], field: str, paths: Iterable[str]) -> models.QuerySet[Any]:
    """Those of `rows` whose `field` holds one of `paths` or a path below one, each once, range
    by range of an index. To be ordered and cut, not to be filtered further.

    PostgreSQL would rather go through the whole index than look up several ranges at once, so
    that it gets a UNION; SQLite looks them up, and orders no UNION inside of a query.
    """
    ranges = [part for path in paths for part in _ranges(field, path)]
    if not ranges:
        return rows.none()
    if connection.vendor == "sqlite" or len(ranges) == 1:
        return rows.filter(reduce(operator.or_, ranges))
    first, *others = (rows.order_by().filter(part) for part in ranges)
    return first.union(*others)


def _ranges(field: str, path: str) -> list[models.Q]:
    if connection.vendor == "sqlite":
        return [models.Q(**{f"{field}__gte": path, f"{field}__lt": path + "0"})]
    return [models.Q(**{field: path}), models.Q(**{f"{field}__startswith": path + "/"})]


def insert_new(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows without making objects of them; a row that is there already changes nothing.

    For what comes by the thousand (plays, receipts): `names` are attribute names (`outlet_id`),
    each row has a value for each of them. What is not named gets the column's own default, so a
    column without one must be named.
    """
    fields = _fields(model, tuple(names))
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    converted = [
        (at, make) for at, field in enumerate(fields) if (make := _to_column(field)) is not None
    ]
    values = []
    for row in rows:
        if len(row) != len(fields):
            raise ValueError(f"{len(row)} values for {len(fields)} columns")
        column = list(row)
        for at, make in converted:
            if column[at] is not None:
                column[at] = make(column[at])
        values.append(column)
    if not values:
        return
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608  names of ours
        " ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def select(
    model: type[models.Model],
    names: Sequence[str],
    *,
    having: tuple[str, Collection[Any]],
    inside: Mapping[str, Any] | None = None,
) -> list[tuple[Any, ...]]:
    """The values of `names` in every row whose field `having[0]` is one of `having[1]` and whose
    fields `inside` are as given, without making objects or a query set.

    For what is asked for with every receipt. All names are attribute names (`outlet_id`). The
    caller bounds how many values it asks for.
    """
    name, wanted = having
    if not wanted:
        return []
    quote = connection.ops.quote_name
    conditions = dict(inside or {})
    fields = _fields(model, (*names, *conditions, name))
    columns = [quote(str(field.column)) for field in fields]
    where = [f"{column} = %s" for column in columns[len(names) : -1]]
    where.append(f"{columns[-1]} IN ({', '.join(['%s'] * len(wanted))})")
    makes = [_to_column(field) or _same for field in fields[len(names) :]]
    values = [make(value) for make, value in zip(makes[:-1], conditions.values(), strict=True)]
    values += map(makes[-1], wanted)
    statement = (
        f"SELECT {', '.join(columns[: len(names)])} FROM {quote(model._meta.db_table)}"  # noqa: S608  names of ours
        f" WHERE {' AND '.join(where)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    read = [_from_column(field) for field in fields[: len(names)]]
    if not any(read):
        return list(rows)
    return [
        tuple(
            value if make is None or value is None else make(value)
            for make, value in zip(read, row, strict=True)
        )
        for row in rows
    ]


def add_up(
    model: type[models.Model], key: Mapping[str, Any], adds: Mapping[str, int]
) -> dict[str, int]:
    """Add `adds` to the counters of the row with the unique `key`, which is made where there is
    none; returns the counters as they are then. One statement: who adds at once is counted, too.

    `adds` names every counter of the row, and adds nothing negative.
    """
    fields = _fields(model, (*key, *adds))
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(str(field.column)) for field in fields]
    counters = columns[len(key) :]
    makes = [_to_column(field) or _same for field in fields]
    values = [
        make(value) for make, value in zip(makes, (*key.values(), *adds.values()), strict=True)
    ]
    sums = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in counters)
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608  names of ours
        f" ON CONFLICT ({', '.join(columns[: len(key)])}) DO UPDATE SET {sums}"
        f" RETURNING {', '.join(counters)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return dict(zip(adds, cursor.fetchone(), strict=True))


def unreferenced(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows of `model` that no row of any table points to, whichever module's table it is.

    A new foreign key to `model` counts by itself; a bare id in a text column does not.
    """
    rows = model._default_manager.all()
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            pointing = relation.related_model._default_manager.filter(
                **{relation.field.attname: models.OuterRef("pk")}
            )
            rows = rows.exclude(models.Exists(pointing))
    return rows


_AS_IT_IS = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
)


@lru_cache(maxsize=256)
def _fields(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple["models.Field[Any, Any]", ...]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return tuple(by_name[name] for name in names)


def _held(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    """The field whose values stand in the column."""
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _same(value: Any) -> Any:
    return value


def _to_column(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """How a value becomes the driver's; None where it already is."""
    here = connections[DEFAULT_DB_ALIAS]
    held = _held(field)
    if isinstance(held, _AS_IT_IS):
        return None
    if isinstance(held, models.UUIDField):
        return None if here.features.has_native_uuid_field else operator.attrgetter("hex")
    if isinstance(held, models.DateTimeField):
        return _utc_text if here.vendor == "sqlite" else here.ops.adapt_datetimefield_value
    return lambda value: held.get_db_prep_save(value, here)


def _utc_text(moment: datetime) -> str:
    """As Django writes an aware time into SQLite."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(" ")


def _from_column(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """How what the driver gives becomes a value; None where it already is."""
    here = connections[DEFAULT_DB_ALIAS]
    held = _held(field)
    if isinstance(held, models.JSONField):
        return json.loads
    if here.vendor == "sqlite" and isinstance(held, models.DateTimeField):
        return _utc_moment
    if here.vendor == "sqlite" and isinstance(held, models.UUIDField):
        return UUID
    if isinstance(held, (*_AS_IT_IS, models.DateTimeField, models.UUIDField)):
        return None
    raise TypeError(f"{type(held).__name__} is not read this way")


def _utc_moment(naive: datetime) -> datetime:
    """SQLite's driver reads a time without its zone."""
    return naive.replace(tzinfo=UTC)


def sqlite_warning() -> str | None:
    """What an operator should know about the SQLite in use; None where there is nothing to say."""
    if connection.vendor != "sqlite" or sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} cũ hơn 3.51.3: hai tiến trình cùng ghi có thể làm hỏng"
        " tệp nhật ký WAL. Dùng thử thì được; hệ thống cấp tỉnh cần PostgreSQL."
    )


def is_full(error: DatabaseError) -> bool:
    """Whether the database could not write for want of room."""
    text = str(error).lower()
    return "disk is full" in text or "no space left" in text or "could not extend" in text


def database_file() -> Path | None:
    """The SQLite file, to measure what room is left beside it; None for a server."""
    if connection.vendor != "sqlite":
        return None
    name = str(connection.settings_dict["NAME"])
    return None if ":memory:" in name or "mode=memory" in name else Path(name)
