"""How written Vietnamese is read aloud: a table of cases, and whole announcements."""

from pathlib import Path

import pytest

from loa.speech.normalise import Reading, spoken, spoken_line
from loa.speech.numbers import integer_words
from loa.speech.roman import roman_value
from loa.speech.vocabulary import ABBREVIATIONS, FOREIGN

HERE = Path(__file__).parent
SAMPLES = sorted((HERE / "samples").glob("*.txt"))


def cases() -> list[tuple[str, str]]:
    rows = (HERE / "readings.tsv").read_text(encoding="utf-8").splitlines()
    return [(row.split("\t")[0], row.split("\t")[1]) for row in rows if row[:1] != "#"]


@pytest.mark.parametrize(("written", "said"), cases(), ids=lambda text: str(text)[:40])
def test_reading(written: str, said: str) -> None:
    assert spoken_line(written) == said


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.stem))
def test_a_whole_announcement(sample: Path) -> None:
    expected = sample.with_suffix(".spoken").read_text(encoding="utf-8")
    assert spoken(sample.read_text(encoding="utf-8")).text == expected


def test_there_are_announcements_to_test() -> None:
    assert len(SAMPLES) >= 3


def test_readings_say_what_was_changed_and_where() -> None:
    text = "Từ 7g00,\ngọi UBND xã (đọc rõ)."
    assert spoken(text).readings == [
        Reading(3, 7, "7g00", "bảy giờ"),
        Reading(13, 17, "UBND", "Ủy ban nhân dân"),
    ]


def test_readings_count_in_the_text_as_given_even_if_it_is_decomposed() -> None:
    text = "Đo\u0302\u0300ng 5 km"
    (reading,) = spoken(text).readings
    assert text[reading.start : reading.end] == "5 km" == reading.source


def test_a_places_dictionary_goes_before_every_rule() -> None:
    own = {"TT": "tổ trưởng", "Bà Nà 2": "Bà Nà Hai", "kdc": "khu dân cư", "16h00": "bốn giờ chiều"}
    said = spoken("TT mời KDC Bà Nà 2 và bà nà 2 lúc 16h00.", dictionary=own).text
    assert said == "tổ trưởng mời khu dân cư Bà Nà Hai và bà nà hai lúc bốn giờ chiều."


def test_a_dictionary_finds_whole_words_only_and_its_longest_key() -> None:
    own = {"A": "an pha", "A B": "an bê"}
    assert spoken("A B, AB, A.", dictionary=own).text == "an bê, a bê, an pha."


def test_a_dictionarys_reading_is_itself_brought_into_words() -> None:
    assert spoken("mã X", dictionary={"X": "số 12"}).text == "mã số mười hai"


def test_an_empty_reading_is_not_said() -> None:
    assert spoken("ông (thật) Nam", dictionary={"thật": ""}).text == "ông, Nam"


def test_the_table_is_large_and_every_reading_is_final() -> None:
    assert len(ABBREVIATIONS) >= 180
    for said in [entry.said for entry in ABBREVIATIONS.values()] + list(FOREIGN.values()):
        assert spoken_line(said) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1_000_000_000_000, "một nghìn tỷ"),
        (10**18 - 1, integer_words(999_999_999) + " tỷ " + integer_words(999_999_999)),
        (1_000_000_001, "một tỷ không trăm linh một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (204, "hai trăm linh bốn"),
    ],
)
def test_large_and_odd_numbers(value: int, said: str) -> None:
    assert integer_words(value) == said


@pytest.mark.parametrize(
    ("written", "value"),
    [("I", 1), ("IV", 4), ("XIX", 19), ("XXI", 21), ("MMXXVI", 2026), ("IIII", None), ("", None)],
)
def test_roman_numerals(written: str, value: int | None) -> None:
    assert roman_value(written) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Đông\t7h-11h\t25/02", "Đông, bảy giờ đến mười một giờ, ngày hai mươi lăm tháng hai"),
        ("5\t6\t\t7", "năm, sáu, bảy"),
        ("10%\tcả xã\t", "mười phần trăm, cả xã"),
        ("\tMột đoạn", "Một đoạn"),
        ("1.\tMục đích", "Một, Mục đích"),
        ("-\tThành phần", "Thành phần"),
        ("Kính gửi:\tbà con", "Kính gửi: bà con"),
    ],
)  # fmt: skip
def test_a_cell_ends_with_a_pause_and_an_indent_does_not(text: str, said: str) -> None:
    assert spoken(text).text == said


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        ("Họp tại TT Gia Lộc", ["TT"]),
        ("TT HĐND xã, TT 39/2020, ĐH.412, BHYT", []),
        ("VNNB và QLTT mời, số 12/KXYZ", ["VNNB", "QLTT"]),
        ("TBA Đông 1 - 250kVA, mưa 50-100 mm", ["1 - 250kVA"]),
        ("giá 3/8, ngày 3/8, 2/3 số hộ", ["3/8"]),
        ("Ngày 5/9 lúc 7g, gọi 112, lớp 5A, 1/2 ngày, CA xã, 120 HS", []),
    ],
)
def test_a_guess_is_told_from_a_rule(text: str, unsure: list[str]) -> None:
    assert [one.source for one in spoken(text).readings if not one.sure] == unsure


def test_what_the_place_reads_itself_is_sure() -> None:
    own = {"VNNB": "vật nuôi"}
    assert all(one.sure for one in spoken("VNNB tăng", dictionary=own).readings)


def test_a_corrected_word_leaves_the_full_stop_of_its_sentence() -> None:
    said = spoken("Họp ở NVH. Mời đến NVH.", dictionary={"NVH.": "nhà văn hoá"}).text
    assert said == "Họp ở nhà văn hoá. Mời đến nhà văn hoá."
    assert [one.source for one in spoken("Ở NVH. Mời TP. Huế.").readings] == ["NVH", "TP."]
    assert spoken("Đến Tp. Huế", dictionary={"Tp.": "thành phố"}).text == "Đến thành phố Huế"
