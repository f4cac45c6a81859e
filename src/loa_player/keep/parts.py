"""Which facts and rows of the store are kept doubled, and how they go to bytes and back.

Three parts, so that what changes often is small: `trust` (who the device is and whom it believes),
`floor` (time and versions that never go back) and `orders` (ids seen, orders in force with their
words). All else is asked of the node again: plan, policies, templates, media.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Literal, TypedDict

PartName = Literal["trust", "floor", "orders"]
Cell = str | int | float | bytes | None


@dataclass(frozen=True, slots=True)
class Part:
    """Facts by name, and tables with the rows that belong to the part (an SQL condition)."""

    name: PartName
    facts: tuple[str, ...]
    tables: Mapping[str, str]


PARTS: tuple[Part, ...] = (
    Part(
        "trust",
        ("trust", "outlet", "enrolled_ms", "mqtt", "volume_pct", "level_lufs", "rebuilt"),
        {"document": "kind = 'assignment'"},
    ),
    Part(
        "floor",
        ("time_floor_ms", "time_spent_s", "replay_floor_ms", "clock_serial"),
        {"version": "1"},
    ),
    Part(
        "orders",
        ("pending", "silences", "silence_spans"),
        {"seen": "1", "standing": "1", "wording": "1"},
    ),
)
PART_OF_FACT: Mapping[str, PartName] = {fact: part.name for part in PARTS for fact in part.facts}


class _Body(TypedDict):
    facts: dict[str, str]
    rows: dict[str, list[list[object]]]


def dump(run: Connection, part: Part) -> bytes:
    """The part as it stands in the store; the same state gives the same bytes."""
    facts = {
        name: row[0]
        for name in sorted(part.facts)
        if (row := run.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone())
    }
    rows = {
        table: [
            [_to_json(cell) for cell in row]
            for row in run.execute(
                f"SELECT * FROM {table} WHERE {where} ORDER BY 1, 2"  # noqa: S608  names of ours
            )
        ]
        for table, where in part.tables.items()
    }
    return json.dumps(_Body(facts=facts, rows=rows), separators=(",", ":")).encode()


def restore(run: Connection, part: Part, body: bytes) -> None:
    """Put the part back in the place of what the store has. `body` had a right checksum."""
    value: _Body = json.loads(body)
    for name in part.facts:
        run.execute("DELETE FROM fact WHERE name = ?", (name,))
    run.executemany("INSERT INTO fact VALUES (?, ?)", list(value["facts"].items()))
    for table, where in part.tables.items():
        run.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608  names of ours
        for row in value["rows"].get(table, []):
            marks = ", ".join("?" * len(row))
            run.execute(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608  names of ours
                [_from_json(cell) for cell in row],
            )


def is_blank(run: Connection, part: Part) -> bool:
    """Whether the store has nothing of the part."""
    facts = any(
        run.execute("SELECT 1 FROM fact WHERE name = ?", (name,)).fetchone() for name in part.facts
    )
    rows = any(
        run.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1").fetchone()  # noqa: S608  names of ours
        for table, where in part.tables.items()
    )
    return not facts and not rows


def _to_json(cell: Cell) -> object:
    return {"b64": base64.b64encode(cell).decode()} if isinstance(cell, bytes) else cell


def _from_json(cell: object) -> object:
    return base64.b64decode(cell["b64"]) if isinstance(cell, dict) else cell
