"""`loa figures`: take published figures, show them beside what this node counted."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import django


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa figures")
    commands = parser.add_subparsers(dest="do", required=True)
    load = commands.add_parser("load", help="take a CSV of published figures, all or nothing")
    load.add_argument("file", type=Path)
    show = commands.add_parser("show", help="published beside counted, and what contradicts")
    show.add_argument("--place", default="vn", help="path of the place: vn, vn/25, vn/25/08911")
    chosen = parser.parse_args(argv)
    django.setup()
    return {"load": _load, "show": _show}[chosen.do](chosen)


def _load(chosen: argparse.Namespace) -> int:
    from loa.insight.services import FiguresRefused, figures_load
    from loa.people.rules import NODE

    try:
        content = chosen.file.read_bytes()
        rows = figures_load(actor=NODE, content=content)
    except (OSError, FiguresRefused) as refusal:
        print(f"Không nạp được: {refusal}")
        return 1
    print(f"Đã nạp {rows} số liệu.")
    return 0


def _show(chosen: argparse.Namespace) -> int:
    from loa.insight import selectors
    from loa.lib import clock
    from loa.people.rules import NODE
    from loa.web import figure_words

    table = selectors.table(NODE, chosen.place, clock.local(clock.now()).date())
    for row in table.rows:
        print(f"{figure_words.name(row.definition.code)}:")
        print(f"  đã công bố: {figure_words.published(row.published)}")
        print(f"  Loa đếm:    {figure_words.counted(row.counted, table)}")
    for finding in table.findings:
        print(f"Không khớp: {figure_words.finding(finding)}")
    return 0
