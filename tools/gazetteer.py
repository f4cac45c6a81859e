"""Make the gazetteer's data files from public packages. Run by hand when a source changes.

    pip install vietnamadminunits vietnam-provinces      (in an environment of its own)
    python tools/gazetteer.py src/loa/places/data

`vietnamadminunits` (MIT) gives units, codes, coordinates and the mapping of the reform of
1 July 2025 (QĐ 19/2025/QĐ-TTg: 34 provinces, 3,321 communes). `vietnam-provinces` is read only
to list where public lists disagree: those codes are written to `disputed.tsv` and pinned by a
test. Names are NFC with the tone mark placed by the rule on which most sources agree (hòa, thủy).
"""

import csv
import json
import re
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

Row = tuple[str, ...]


def clean(name: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()


def write(folder: Path, name: str, header: Sequence[str], rows: Iterable[Row]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(set(rows)))


def units(db: sqlite3.Connection) -> tuple[set[Row], set[Row]]:
    provinces: set[Row] = set()
    communes: set[Row] = set()
    for row in db.execute(
        "select provinceCode, province, provinceLat, provinceLon,"
        " wardCode, ward, wardLat, wardLon, wardAreaKm2 from admin_units"
    ):
        provinces.add((row[0], clean(row[1]), f"{row[2]:.4f}", f"{row[3]:.4f}"))
        area_km2 = "" if row[8] is None else f"{row[8]:g}"
        communes.add((row[4], row[0], clean(row[5]), f"{row[6]:.4f}", f"{row[7]:.4f}", area_km2))
    return provinces, communes


def former_units(db: sqlite3.Connection) -> tuple[set[Row], set[Row], set[Row]]:
    """Provinces, districts and communes up to 30 June 2025.

    A district without communes (an island district) has no row of a commune.
    """
    provinces: set[Row] = set()
    districts: set[Row] = set()
    communes: set[Row] = set()
    for row in db.execute(
        "select provinceCode, province, districtCode, district, wardCode, ward, wardLat, wardLon"
        " from admin_units_legacy"
    ):
        provinces.add((row[0], clean(row[1])))
        districts.add((row[2], row[0], clean(row[3])))
        if row[4]:
            where = (f"{row[6]:.4f}", f"{row[7]:.4f}") if row[6] is not None else ("", "")
            communes.add((row[4], row[2], row[0], clean(row[5]), *where))
    return provinces, districts, communes


def successions(db: sqlite3.Connection, mapping: dict[str, dict[str, dict[str, list]]]) -> set[Row]:
    """(level, former code, successor code, share): `whole` or `part`, the larger part `main`."""
    new_communes = {
        (row[0], row[1]): row[2]
        for row in db.execute("select provinceKey, wardKey, wardCode from admin_units")
    }
    old_communes = {
        "_".join(part or "" for part in row[:3]): row[3]
        for row in db.execute(
            "select provinceKey, districtKey, wardKey, wardCode from admin_units_legacy"
        )
    }
    new_provinces = dict(db.execute("select distinct provinceKey, provinceCode from admin_units"))
    old_provinces = dict(
        db.execute("select distinct provinceKey, provinceCode from admin_units_legacy")
    )
    rows: set[Row] = set()
    for new, olds in mapping["DICT_PROVINCE"].items():
        rows |= {("province", old_provinces[old], new_provinces[new], "whole") for old in olds}
    for province, wards in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for new, olds in wards.items():
            for old in olds:
                if old_communes.get(old):
                    code = new_communes[province, new]
                    rows.add(("commune", old_communes[old], code, "whole"))
    for province, wards in mapping["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in wards.items():
            for part in parts:
                share = "main" if part["isDefaultNewWard"] else "part"
                code = new_communes[province, part["newWardKey"]]
                rows.add(("commune", old_communes[old], code, share))
    return rows


def disputes(communes: set[Row]) -> set[Row]:
    """(province, name here, code here, code in the other list, name the other gives our code)."""
    import vietnam_provinces

    listed = json.loads(Path(vietnam_provinces.NESTED_DIVISIONS_JSON_PATH).read_text("utf-8"))
    other = {
        f"{ward['code']:05}": (f"{province['code']:02}", clean(ward["name"]))
        for province in listed
        for ward in province["wards"]
    }
    by_name = {(province, fold(name)): code for code, (province, name) in other.items()}
    rows: set[Row] = set()
    for code, province, name, *_ in communes:
        theirs = by_name.get((province, fold(name)), "")
        if theirs != code:
            rows.add((province, name, code, theirs, other.get(code, ("", ""))[1]))
    return rows


def fold(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in letters if not unicodedata.combining(c)))


def main(folder: Path) -> None:
    data = resources.files("vietnamadminunits") / "data"
    with resources.as_file(data / "dataset.db") as path, sqlite3.connect(path) as db:
        mapping = json.loads((data / "converter_2025.json").read_text("utf-8"))
        provinces, communes = units(db)
        old_provinces, old_districts, old_communes = former_units(db)
        moves = successions(db, mapping)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "provinces.tsv", ("code", "name", "lat", "lon"), provinces)
    write(
        folder,
        "communes.tsv",
        ("code", "province", "name", "lat", "lon", "area_km2"),
        communes,
    )
    write(folder, "former_provinces.tsv", ("code", "name"), old_provinces)
    write(folder, "former_districts.tsv", ("code", "province", "name"), old_districts)
    write(
        folder,
        "former_communes.tsv",
        ("code", "district", "province", "name", "lat", "lon"),
        old_communes,
    )
    write(folder, "successions.tsv", ("level", "former", "successor", "share"), moves)
    write(
        folder,
        "disputed.tsv",
        ("province", "name", "code", "other_code", "other_name"),
        disputes(communes),
    )
    print(f"provinces {len(provinces)}, communes {len(communes)}, successions {len(moves)}")
    print(f"former provinces {len(old_provinces)}, former communes {len(old_communes)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
