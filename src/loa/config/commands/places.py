"""`loa places`: load the gazetteer, find a place, compare an official list before taking it."""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import django

from loa.config.commands import reform


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="loa places",
        description="The gazetteer of provinces and communes, its names, boundaries and changes.",
    )
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("load", help="bring in the gazetteer; repeatable")
    find = commands.add_parser("find", help="find a place, with or without diacritics")
    find.add_argument("text", nargs="+", help="a name or a part of one, or an official code")
    compare = commands.add_parser("compare", help="show where an official list differs")
    compare.add_argument("file", type=Path, help="CSV with the columns code and name")
    take = commands.add_parser("take", help="take the list's names, after their differences")
    take.add_argument("file", type=Path, help="CSV with the columns code and name")
    take.add_argument("--document", required=True, help="number and symbol of the official paper")
    take.add_argument("--yes", action="store_true", help="the differences were seen: take them")
    edges = commands.add_parser("boundaries", help="load official boundaries for the maps")
    edges.add_argument("file", type=Path, help="GeoJSON in WGS 84")
    edges.add_argument("--level", choices=("province", "commune"), default="commune")
    edges.add_argument("--code", default="code", help="the property that holds the official code")
    edges.add_argument("--document", required=True, help="number and symbol of the official paper")
    reform.add_parser(commands)
    chosen = parser.parse_args(argv)
    django.setup()
    return {
        "load": _load,
        "find": _find,
        "compare": _compare,
        "take": _take,
        "boundaries": _boundaries,
        "reorganise": reform.run,
    }[chosen.do](chosen)


def _load(chosen: argparse.Namespace) -> int:
    from loa.places.services import gazetteer_load

    loaded = gazetteer_load(actor="cli:places")
    print(f"Đã nạp {loaded.units} đơn vị, {loaded.successions} dòng kế thừa.")
    return 0


def _boundaries(chosen: argparse.Namespace) -> int:
    from loa.places.boundaries import boundaries_load
    from loa.places.services import PlaceError

    try:
        loaded = boundaries_load(
            actor="cli:places",
            path=chosen.file,
            level=chosen.level,
            code_property=chosen.code,
            document=chosen.document,
        )
    except (PlaceError, OSError) as refusal:
        print(f"Chưa nạp gì: {refusal}")
        return 1
    print(f"Đã nạp ranh giới của {loaded.kept} đơn vị.")
    if loaded.unknown:
        print(f"{len(loaded.unknown)} mã không có trong danh mục: {', '.join(loaded.unknown[:20])}")
    return 0


def _find(chosen: argparse.Namespace) -> int:
    from loa.places.selectors import place_search

    for place in place_search(" ".join(chosen.text)):
        above = f", {place.parent.name}" if place.parent and place.parent.level != "nation" else ""
        former = f", trước là {name}" if (name := getattr(place, "formerly", "")) else ""
        print(f"{place.path:24} {place.name}{above}{former}")
    return 0


def _listed(file: Path) -> dict[str, str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["code"].zfill(5): row["name"] for row in csv.DictReader(lines)}


def _take(chosen: argparse.Namespace) -> int:
    if _compare(chosen) == 0:
        return 0
    if not chosen.yes:
        print("Chưa nhận gì. Xem kỹ các khác biệt, rồi chạy lại với --yes.")
        return 1
    from loa.places.services import official_list_take

    taken = official_list_take(
        actor="cli:places", listed=_listed(chosen.file), document=chosen.document
    )
    print(f"Đã nhận {taken} tên gọi.")
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    from loa.places.services import official_list_differences

    listed = _listed(chosen.file)
    differences = official_list_differences(listed)
    for row in differences:
        print(f"{row.code}\t{row.ours or '(không có)'}\t{row.theirs or '(không có)'}")
    print(f"{len(differences)} khác biệt.")
    return 0 if not differences else 1
