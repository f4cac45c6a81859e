"""Where databases differ. No other module asks which database it runs on."""

import operator
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

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
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    prepare = [_to_column(field) for field in fields]
    values = [
        [
            value if make is None or value is None else make(value)
            for make, value in zip(prepare, row, strict=True)
        ]
        for row in rows
    ]
    if not values:
        return
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608  names of ours
        " ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


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


_AS_IT_IS = (models.CharField, models.TextField, models.IntegerField, models.FloatField)


def _to_column(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """How a value becomes the driver's; None where it already is."""
    here = connections[DEFAULT_DB_ALIAS]
    held = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(held, _AS_IT_IS):
        return None
    if isinstance(held, models.UUIDField):
        return None if here.features.has_native_uuid_field else operator.attrgetter("hex")
    if isinstance(held, models.DateTimeField):
        return here.ops.adapt_datetimefield_value
    return lambda value: held.get_db_prep_save(value, here)


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
