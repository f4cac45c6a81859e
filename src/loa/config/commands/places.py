"""`loa places`: load the gazetteer, find a place, compare an official list before taking it."""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import django


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa places")
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("load", help="bring in the gazetteer; repeatable")
    find = commands.add_parser("find", help="find a place, with or without diacritics")
    find.add_argument("text", nargs="+")
    compare = commands.add_parser("compare", help="show where an official list differs")
    compare.add_argument("file", type=Path, help="CSV with the columns code and name")
    chosen = parser.parse_args(argv)
    django.setup()
    return {"load": _load, "find": _find, "compare": _compare}[chosen.do](chosen)


def _load(chosen: argparse.Namespace) -> int:
    from loa.places.services import gazetteer_load

    loaded = gazetteer_load(actor="cli:places")
    print(f"Đã nạp {loaded.units} đơn vị, {loaded.successions} dòng kế thừa.")
    return 0


def _find(chosen: argparse.Namespace) -> int:
    from loa.places.selectors import place_search

    for place in place_search(" ".join(chosen.text)):
        above = f", {place.parent.name}" if place.parent and place.parent.level != "nation" else ""
        print(f"{place.path:24} {place.name}{above}")
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    from loa.places.services import official_list_differences

    with chosen.file.open(encoding="utf-8-sig", newline="") as lines:
        listed = {row["code"].zfill(5): row["name"] for row in csv.DictReader(lines)}
    differences = official_list_differences(listed)
    for row in differences:
        print(f"{row.code}\t{row.ours or '(không có)'}\t{row.theirs or '(không có)'}")
    print(f"{len(differences)} khác biệt.")
    return 0 if not differences else 1
