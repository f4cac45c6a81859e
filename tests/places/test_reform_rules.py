"""What a reorganisation's lines must be, and where a point belongs. No database."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.places.reform.operations import Known, ReformRefused, Row, check, read_rows
from loa.places.reform.siting import Candidate, agreed, holds, sited

STANDS = Known("Xã cũ", "25", before=True, after=False)
GONE = Known("Xã xưa", "25", before=False, after=False)
GOES_ON = Known("Xã bên", "25", before=True, after=True)


def commune(former: str, successor: str, share: str = "whole", **more: str) -> Row:
    return Row(level="commune", former=former, successor=successor, share=share, **more)


def refused(rows: list[Row], **codes: Known) -> str:
    known = {("commune", code.removeprefix("c")): unit for code, unit in codes.items()}
    with pytest.raises(ReformRefused) as refusal:
        check(rows, known)
    assert str(refusal.value)
    return refusal.value.code


def test_a_merge_a_split_and_a_rename_hold() -> None:
    known = {("commune", code): STANDS for code in ("00001", "00002", "00003", "00004")}
    known["commune", "00009"] = GOES_ON
    check(
        [
            commune("00001", "00001", name="Xã mới"),
            commune("00002", "00001"),
            commune("00003", "00003", "main"),
            commune("00003", "00009", "part"),
            commune("00004", "00004", name="Xã tên khác"),
        ],
        known,
    )


@pytest.mark.parametrize(
    ("rows", "codes", "name"),
    [
        ([], {}, "empty"),
        ([commune("00001", "00002")], {"c00002": GOES_ON}, "dead_code"),
        ([commune("00001", "00002")], {"c00001": GONE, "c00002": GOES_ON}, "dead_code"),
        ([commune("00001", "00002")], {"c00001": STANDS, "c00002": GONE}, "dead_code"),
        (
            [commune("00001", "00003", name="A"), commune("00001", "00004", name="B")],
            {"c00001": STANDS},
            "twice",
        ),
        ([commune("00001", "00003", "part", name="A")], {"c00001": STANDS}, "no_main"),
        (
            [commune("00001", "00002"), commune("00002", "00001")],
            {"c00001": STANDS, "c00002": STANDS},
            "cycle",
        ),
        (
            [commune("00001", "00002"), commune("00002", "00003", name="X")],
            {"c00001": STANDS, "c00002": STANDS},
            "code_reused",
        ),
        ([commune("00001", "00001")], {"c00001": STANDS}, "itself"),
        ([commune("00001", "00001", name="Xã cũ")], {"c00001": STANDS}, "itself"),
        (
            [commune("00001", "00003", name="A"), commune("00002", "00003", name="B")],
            {"c00001": STANDS, "c00002": STANDS},
            "two_names",
        ),
        ([commune("00001", "00003")], {"c00001": STANDS}, "no_name"),
        (
            [commune("00001", "00002", name="Tên khác")],
            {"c00001": STANDS, "c00002": GOES_ON},
            "name_differs",
        ),
        ([commune("1", "00002")], {}, "bad_row"),
        ([commune("00001", "00002", "half")], {}, "bad_row"),
    ],
)
def test_what_contradicts_is_refused_by_name(
    rows: list[Row], codes: dict[str, Known], name: str
) -> None:
    assert refused(rows, **codes) == name


def test_a_file_is_read_with_any_of_the_usual_separators() -> None:
    for mark in ",;\t":
        lines = ("former,successor,share,name", "00001,00002,phần chính,Xã Mới", "")
        text = "\ufeff" + "\n".join(lines).replace(",", mark)
        assert read_rows(text) == [commune("00001", "00002", "main", name="Xã Mới")]


def test_the_columns_may_be_called_in_vietnamese() -> None:
    text = "Mã cũ;Mã mới;PHẦN;Tên mới;Mã tỉnh\n00001;00002;phần chính;Xã Mới;\n"
    assert read_rows(text) == [commune("00001", "00002", "main", name="Xã Mới")]


@given(st.text(max_size=300))
def test_no_file_crashes_the_reader(text: str) -> None:
    with suppress(ReformRefused):
        assert all(row.former for row in read_rows("former,successor\n" + text))


SQUARE = [[[(105.0, 21.0), (106.0, 21.0), (106.0, 22.0), (105.0, 22.0), (105.0, 21.0)]]]


def test_a_boundary_tells_and_two_that_overlap_do_not() -> None:
    west = Candidate("00001", polygons=SQUARE)
    same = Candidate("00002", polygons=SQUARE)
    assert sited((21.5, 105.5), [west, Candidate("00002", centre=(21.5, 105.5))]) == "00001"
    assert sited((21.5, 105.5), [west, same]) is None
    assert sited((23.0, 105.5), [west]) is None


def test_a_hole_is_outside() -> None:
    hole = [(105.4, 21.4), (105.6, 21.4), (105.6, 21.6), (105.4, 21.6)]
    assert not holds([[*SQUARE[0], hole]], (21.5, 105.5))
    assert holds([[*SQUARE[0], hole]], (21.2, 105.2))


def test_the_nearest_centre_tells_only_where_it_is_twice_as_near_and_near_enough() -> None:
    one, two = Candidate("00001", (21.0, 105.0)), Candidate("00002", (21.0, 105.1))
    assert sited((21.0, 105.02), [one, two]) == "00001"
    assert sited((21.0, 105.045), [one, two]) is None
    far = [Candidate("00001", (21.0, 105.0)), Candidate("00002", (25.0, 105.0))]
    assert sited((21.5, 105.0), far) is None
    assert sited((21.0, 105.0), [one, Candidate("00003")]) is None


def test_things_agree_or_a_person_decides() -> None:
    assert agreed(["00001", "00001"]) == "00001"
    assert agreed(["00001", None]) is None
    assert agreed(["00001", "00002"]) is None
    assert agreed([]) is None
