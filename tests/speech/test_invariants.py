"""What holds of the spoken form of every text."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from loa.speech.normalise import spoken, spoken_line

VIETNAMESE = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
WRITTEN = st.text(
    alphabet=VIETNAMESE + VIETNAMESE.upper() + "fjwzFJWZ0123456789 .,;:/-–+()%°²³'\"&@!?\n\t",
    max_size=80,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "UBND",
            "xã",
            "TP.",
            "Q.1",
            "gọi",
            "112",
            "1022",
            "ngày",
            "5/9",
            "27/12/2024",
            "15h30",
            "7g",
            "07:00",
            "1.234,5",
            "3/4",
            "5-7",
            "%",
            "km/h",
            "m2",
            "-",
            "số",
            "49/2024/NĐ-CP",
            "54/2024/QĐ-UBND",
            ",",
            "và",
            ".",
            "(",
            ")",
            "khóa",
            "XV",
            "I",
            "II",
            "thứ",
            "4",
            "tháng",
            "12/2026",
            "0912.345.678",
            "đồng/người/tháng",
            "30.000đ",
            "-5°C",
            "a@b.vn",
            "www.x.gov.vn",
            "COVID-19",
            "Zalo",
            "V/v",
            "v.v.",
            "QL1A",
            "14A-123.45",
            "/",
            "́",
            "\u200b",
            "½",
            "①",
            "Ⅳ",
            "٣",
            "²",
            "\x00",
            "�",
            "👍",
            "中文",
            "가",
        ]
    ),
    max_size=14,
).map(" ".join)
ANY = st.text(max_size=120) | st.text(alphabet=st.characters(), max_size=60) | WRITTEN | PIECES


@given(ANY)
def test_only_words_and_pauses_in_nfc(text: str) -> None:
    said = spoken(text).text
    assert unicodedata.is_normalized("NFC", said)
    for character in said:
        kind = unicodedata.category(character)
        assert character in " .,;:?!\n" or kind[0] in "LM", (character, kind)


@given(ANY)
def test_lines_stay_lines(text: str) -> None:
    assert spoken(text).text.count("\n") == text.count("\n")
    assert "\n" not in spoken_line(text)


@given(ANY)
def test_readings_point_into_the_source_in_order(text: str) -> None:
    end = 0
    for reading in spoken(text).readings:
        assert end <= reading.start < reading.end <= len(text)
        assert text[reading.start : reading.end] == reading.source
        assert reading.said
        end = reading.end


@given(WRITTEN | PIECES)
@example("WINDOWS.COM")
def test_what_is_spoken_is_spoken_as_it_is(text: str) -> None:
    once = spoken(text).text
    assert spoken(once).text == once


@given(ANY, st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4))
def test_no_dictionary_breaks_it(text: str, dictionary: dict[str, str]) -> None:
    said = spoken(text, dictionary=dictionary).text
    assert not any(character.isdigit() for character in said)
    assert unicodedata.is_normalized("NFC", said)


@given(ANY)
def test_decomposed_letters_are_read_like_composed_ones(text: str) -> None:
    if "\ud800" not in text:
        composed = unicodedata.normalize("NFC", text)
        assert spoken(unicodedata.normalize("NFD", composed)).text == spoken(composed).text
