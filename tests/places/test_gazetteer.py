"""The gazetteer's data files say what the law says, and where public lists disagree."""

from collections import Counter

from loa.places import gazetteer

DISPUTED = {
    ("01", "00226"): "Phường Văn Miếu - Quốc Tử Giám",
    ("01", "00331"): "Phường Hoàng Mai",
    ("04", "01537"): "Xã Lý Quốc",
    ("04", "01558"): "Xã Hạ Lang",
    ("04", "01561"): "Xã Vinh Quý",
    ("37", "13285"): "Phường Phủ Lý",
    ("37", "13291"): "Phường Phù Vân",
    ("37", "13318"): "Phường Châu Sơn",
    ("92", "31207"): "Phường Thốt Nốt",
}
"""Codes to which another public list gives another commune's name. A change of the source must
not slip through: an order on one of these codes would reach somebody else's village."""


def test_the_country_since_july_2025() -> None:
    levels = Counter(unit.level for unit in gazetteer.current_units())
    assert levels == {"nation": 1, "province": 34, "commune": 3321}


def test_the_country_before() -> None:
    levels = Counter(unit.level for unit in gazetteer.former_units())
    assert levels["province"] == 63
    assert levels["commune"] == 10035


def test_codes_are_strings_of_their_level_s_length_and_unique() -> None:
    lengths = {"province": 2, "district": 3, "commune": 5}
    for units in (gazetteer.current_units(), gazetteer.former_units()):
        keys = [unit.key for unit in units]
        assert len(keys) == len(set(keys))
        assert all(len(u.code) == lengths[u.level] for u in units if u.level in lengths)


def test_every_former_commune_went_somewhere() -> None:
    moves = [move for move in gazetteer.moves() if move.level == "commune"]
    shares: dict[str, list[str]] = {}
    for move in moves:
        shares.setdefault(move.former, []).append(move.share)
    former = {unit.code for unit in gazetteer.former_units() if unit.level == "commune"}
    assert set(shares) == former
    whole = [code for code, kinds in shares.items() if kinds == ["whole"]]
    assert len(whole) == 9564
    assert len(shares) - len(whole) == 471
    assert all(k == ["whole"] or k.count("main") == 1 for k in shares.values())


def test_disputed_codes_are_pinned() -> None:
    names = {unit.code: unit.name for unit in gazetteer.current_units() if unit.level == "commune"}
    listed = {
        (row.province, row.code): row.name
        for row in gazetteer.disputes()
        if row.other_name and row.other_name != row.name
    }
    assert listed == DISPUTED
    assert all(names[code] == name for (_, code), name in DISPUTED.items())


def test_successors_stand_today() -> None:
    standing = {unit.key for unit in gazetteer.current_units()}
    assert all((move.level, move.successor) in standing for move in gazetteer.moves())
