"""What a Word file's reader sees is what is heard: tables, numbers, hidden and moved words."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from loa.newsroom.importing import import_document
from loa.newsroom.page_numbers import without_page_numbers
from loa.newsroom.papers import unwrapped
from loa.newsroom.rules import BulletinRefused
from loa.newsroom.tables import lines_of
from loa.newsroom.word import blocks as word
from loa.speech.legacy import Encoding
from tests.newsroom.papers import encoded, kept

NS = nsdecls("w")


def file_of(*blocks: str, numbering: str = "", styles: str = "") -> bytes:
    """A Word file whose body is these elements."""
    document = docx.Document()
    body = document.element.body
    for number, block in enumerate(blocks):
        body.insert(number, parse_xml(block.replace(">", f" {NS}>", 1)))
    if numbering:
        root = document.part.numbering_part.element
        for number, one in enumerate(numbering.split("||")):
            element = parse_xml(one.replace(">", f" {NS}>", 1))
            root.insert(number, element) if "abstractNum " in one else root.append(element)
    if styles:
        document.styles.element.append(parse_xml(styles.replace(">", f" {NS}>", 1)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def run(text: str, marks: str = "") -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, marks: str = "") -> str:
    return f"<w:p><w:pPr>{marks}</w:pPr>{''.join(runs)}</w:p>"


def read(tmp_path: Path, content: bytes) -> list[Any]:
    """The blocks with words, as the reading process finds them."""
    return [block for block in word.blocks(kept(tmp_path, content)) if block]


def table_file(rows: Sequence[Sequence[str]], before: str = "Lịch ngừng cấp điện:") -> bytes:
    document = docx.Document()
    document.add_paragraph(before)
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for line, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


POWER = [
    ["Ngày", "Thời gian", "Khu vực"],
    ["25/02", "7h30-11h30", "Khóm 2, Khóm 3"],
    ["26/02", "13h-16h", "Khóm 5"],
]


def test_a_table_of_power_cuts_is_heard_row_by_row_with_its_head(tmp_path: Path) -> None:
    body = import_document(kept(tmp_path, table_file(POWER)), limit=9_000).paper.body
    assert body.split("\n") == [
        "Lịch ngừng cấp điện:",
        "Ngày 25/02; thời gian: 7h30-11h30; khu vực: Khóm 2, Khóm 3.",
        "Ngày 26/02; thời gian: 13h-16h; khu vực: Khóm 5.",
    ]


def test_a_table_in_an_old_encoding_is_heard_the_same(tmp_path: Path) -> None:
    rows = [[encoded(cell, Encoding.TCVN3) for cell in row] for row in POWER]
    content = table_file(rows, encoded("Lịch ngừng cấp điện:", Encoding.TCVN3))
    body = import_document(kept(tmp_path, content), limit=9_000).paper.body
    assert "Ngày 25/02; thời gian: 7h30-11h30; khu vực: Khóm 2, Khóm 3." in body


def test_numbers_alone_in_a_paragraph_stay(tmp_path: Path) -> None:
    content = file_of(
        *(paragraph(run(text)) for text in ("Các ngày cắt nước:", "25/02", "3", "- 4 -"))
    )
    body = import_document(kept(tmp_path, content), limit=9_000).paper.body
    assert body.split("\n") == ["Các ngày cắt nước:", "25/02", "3", "- 4 -"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [["STT", "Họ và tên", "Số tiền (đồng)"], ["1", "Lê A", "500.000"], ["2", "Vũ B", ""]],
            ["1. Họ và tên: Lê A; số tiền: 500.000 đồng.", "2. Họ và tên: Vũ B."],
        ),
        (
            [["Thời gian", "8 giờ ngày 25/02"], ["Địa điểm", "Nhà văn hóa"]],
            ["Thời gian: 8 giờ ngày 25/02.", "Địa điểm: Nhà văn hóa."],
        ),
        (
            [["Thôn", "Trưởng thôn"], ["Thôn Đông", "Ông An"], ["Thôn Đoài", "Bà Bình"]],
            ["Thôn Đông; trưởng thôn: Ông An.", "Thôn Đoài; trưởng thôn: Bà Bình."],
        ),
        (
            [["LỊCH TIÊM"], ["Ngày", "Thôn"], ["Tháng 3"], ["5/3", "Thôn Đông"]],
            ["LỊCH TIÊM", "Tháng 3", "Ngày 5/3; Thôn Đông."],
        ),
        (
            [["25/02", "7h30", "Khóm 2"], ["26/02", "13h", "Khóm 5"]],
            ["25/02; 7h30; Khóm 2.", "26/02; 13h; Khóm 5."],
        ),
        (
            [
                ["Thôn", "Thời gian", ""],
                ["Thôn", "Từ", "Đến"],
                ["Đông", "7 giờ", "9 giờ\nhoặc khi xong"],
            ],
            ["Thôn: Đông; thời gian từ: 7 giờ; thời gian đến: 9 giờ hoặc khi xong."],
        ),
        (
            [["Đối tượng", "Mức hưởng"], ["Người cao tuổi", "500.000 đồng"]],
            ["Đối tượng: Người cao tuổi; mức hưởng: 500.000 đồng."],
        ),
        (
            [["Ngày", "Khu vực"], ["Ngày 25/02", "Khóm 2"], ["Ngày 26/02", "Khu vực 3"]],
            ["Ngày 25/02; khu vực: Khóm 2.", "Ngày 26/02; Khu vực 3."],
        ),
        (
            [["Thôn", "7h30", "13h30"], ["Đông", "Tiêm", "Khám"]],
            ["Thôn: Đông; 7h30: Tiêm; 13h30: Khám."],
        ),
        ([["25/02", "7h30-11h30", "Khóm 2"]], ["25/02; 7h30-11h30; Khóm 2."]),
        ([["Thời gian:", "8 giờ"]], ["Thời gian: 8 giờ."]),
        (
            [["Buổi", "Thứ 2", "Thứ 3"], ["Sáng", "Toán", "Văn"]],
            ["Buổi: Sáng; thứ 2: Toán; thứ 3: Văn."],
        ),
    ],
)
def test_tables_of_every_shape_are_sentences(rows: list[list[str]], said: list[str]) -> None:
    assert lines_of(rows) == said
    words = " ".join(lines_of(rows)).casefold()
    head = 0 if len(rows) == 1 else 1 if len(rows[0]) > 1 else 2
    for cell in (cell.rstrip(":") for row in rows[head:] for cell in row):
        assert cell.split("\n")[0].casefold() in words


def test_a_cell_over_two_rows_is_said_with_both(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=2)
    for cell, text in zip(
        table._cells, ["Ngày", "Khu vực", "25/02", "Khóm 2", "", "Khóm 3"], strict=True
    ):
        cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    out = io.BytesIO()
    document.save(out)
    body = import_document(kept(tmp_path, out.getvalue()), limit=9_000).paper.body
    assert body.split("\n") == ["Ngày 25/02; khu vực: Khóm 2.", "Ngày 25/02; khu vực: Khóm 3."]


HIDDEN = (
    "<w:style w:type='character' w:styleId='An'><w:name w:val='An'/>"
    "<w:rPr><w:vanish/></w:rPr></w:style>"
)


@pytest.mark.parametrize(
    "marks", ["<w:vanish/>", "<w:rStyle w:val='An'/>", "<w:strike/>", "<w:dstrike/>"]
)
def test_hidden_and_struck_words_are_not_read(tmp_path: Path, marks: str) -> None:
    content = file_of(
        paragraph(run("Họp lúc "), run("8 giờ ", marks), run("9 giờ.")), styles=HIDDEN
    )
    assert read(tmp_path, content) == ["Họp lúc 9 giờ."]


def test_a_mark_that_is_switched_off_hides_nothing(tmp_path: Path) -> None:
    shown = run("8 giờ.", "<w:rStyle w:val='An'/><w:vanish w:val='0'/><w:strike w:val='false'/>")
    assert read(tmp_path, file_of(paragraph(run("Họp lúc "), shown), styles=HIDDEN)) == [
        "Họp lúc 8 giờ."
    ]


def test_moved_words_are_read_once_and_where_they_went(tmp_path: Path) -> None:
    there = f"<w:moveTo w:id='1' w:author='a'>{run('Lúc 19 giờ.')}</w:moveTo>"
    gone = f"<w:moveFrom w:id='2' w:author='a'>{run('Lúc 19 giờ.')}</w:moveFrom>"
    content = file_of(
        paragraph(run("Mời họp.")), paragraph(there), paragraph(run("Tại xã.")), paragraph(gone)
    )
    assert read(tmp_path, content) == ["Mời họp.", "Lúc 19 giờ.", "Tại xã."]


def test_a_row_that_a_tracked_change_took_away_is_not_read(tmp_path: Path) -> None:
    def row(text: str, marks: str = "") -> str:
        cell = f"<w:tc><w:tcPr/>{paragraph(run(text))}</w:tc>"
        return f"<w:tr><w:trPr>{marks}</w:trPr>{cell}{cell}</w:tr>"

    gone = row("Hai", "<w:del w:id='1' w:author='a'/>")
    table = f"<w:tbl>{row('Khóm')}{row('Một')}{gone}</w:tbl>"
    (found,) = read(tmp_path, file_of(table))
    assert found["rows"] == [["Khóm", "Khóm"], ["Một", "Một"]]


def level(number: int, start: int, form: str, text: str) -> str:
    marks = f"<w:start w:val='{start}'/><w:numFmt w:val='{form}'/><w:lvlText w:val='{text}'/>"
    return f"<w:lvl w:ilvl='{number}'>{marks}</w:lvl>"


LISTS = (
    "<w:abstractNum w:abstractNumId='77'>"
    + level(0, 1, "decimal", "Điều %1.")
    + level(1, 1, "lowerLetter", "%2)")
    + level(2, 4, "upperRoman", "%1.%3.")
    + level(3, 1, "bullet", "o")
    + "</w:abstractNum>||<w:num w:numId='77'><w:abstractNumId w:val='77'/></w:num>"
    "||<w:num w:numId='78'><w:abstractNumId w:val='77'/><w:lvlOverride w:ilvl='0'>"
    "<w:startOverride w:val='1'/></w:lvlOverride></w:num>"
)


def listed(text: str, level: int, number: int = 77) -> str:
    marks = f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>"
    return paragraph(run(text), marks=marks)


def test_automatic_numbers_are_part_of_the_text(tmp_path: Path) -> None:
    content = file_of(
        listed("Phạm vi.", 0), listed("Hộ gia đình.", 1), listed("Cơ sở.", 1), listed("Khác.", 2),
        listed("Mức đóng góp.", 0), listed("Chợ.", 1), listed("Gạch đầu dòng.", 3),
        listed("Danh sách khác.", 0, 78), paragraph(run("Không số.")), listed("Tiếp.", 0, 78),
        numbering=LISTS,
    )  # fmt: skip
    assert read(tmp_path, content) == [
        "Điều 1. Phạm vi.", "a) Hộ gia đình.", "b) Cơ sở.", "1.IV. Khác.", "Điều 2. Mức đóng góp.",
        "a) Chợ.", "Gạch đầu dòng.", "Điều 1. Danh sách khác.", "Không số.", "Điều 2. Tiếp.",
    ]  # fmt: skip


def test_a_number_that_a_style_gives_is_read_and_a_paragraph_can_refuse_it(tmp_path: Path) -> None:
    style = (
        "<w:style w:type='paragraph' w:styleId='Dieu'><w:name w:val='Dieu'/><w:pPr><w:numPr>"
        "<w:numId w:val='77'/></w:numPr></w:pPr></w:style>"
    )
    styled = "<w:pStyle w:val='Dieu'/>"
    none = styled + "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='0'/></w:numPr>"
    content = file_of(
        paragraph(run("Một."), marks=styled),
        paragraph(run("Không."), marks=none),
        paragraph(run("Hai."), marks=styled),
        numbering=LISTS,
        styles=style,
    )
    assert read(tmp_path, content) == ["Điều 1. Một.", "Không.", "Điều 2. Hai."]


def test_a_deleted_paragraph_is_not_counted(tmp_path: Path) -> None:
    gone = "<w:del w:id='1' w:author='a'><w:r><w:delText>Bỏ.</w:delText></w:r></w:del>"
    marks = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='77'/></w:numPr>"
    content = file_of(
        listed("Một.", 0), paragraph(gone, marks=marks), listed("Hai.", 0), numbering=LISTS
    )
    assert read(tmp_path, content) == ["Điều 1. Một.", "Điều 2. Hai."]


UP = "<w:vertAlign w:val='superscript'/>"


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ((run("10"), run("5", UP), run(" con")), "10^5 con"),
        ((run("10"), run("-5", UP)), "10 mũ âm 5"),
        ((run("500 m"), run("2", UP)), "500 m²"),
        ((run("Ghi chú"), run("1", UP)), "Ghi chú1"),
        ((run("CO"), run("2", "<w:vertAlign w:val='subscript'/>")), "CO2"),
        (
            (run("gió "), "<w:r><w:sym w:font='Symbol' w:char='F0A3'/></w:r>", run(" cấp 6")),
            "gió ≤ cấp 6",
        ),
        (
            (run("gió "), run("\uf0b3", "<w:rFonts w:ascii='Symbol'/>"), run(" cấp 6")),
            "gió ≥ cấp 6",
        ),
        ((run("≤ 50 mm"),), "≤ 50 mm"),
    ],
)
def test_raised_digits_and_symbols_keep_their_meaning(
    tmp_path: Path, runs: tuple[str, ...], said: str
) -> None:
    assert read(tmp_path, file_of(paragraph(*runs))) == [said]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Mật độ 10⁵ con một mét vuông.", "Mật độ 10^5 con một mét vuông."),
        ("Cỡ 10⁻³ mét.", "Cỡ 10 mũ âm 3 mét."),
        ("Diện tích 500 m² đất.", "Diện tích 500 m² đất."),
    ],
)
def test_raised_digits_that_were_typed_keep_their_meaning(
    tmp_path: Path, written: str, said: str
) -> None:
    content = file_of(paragraph(run(written)))
    assert import_document(kept(tmp_path, content), limit=9_000).paper.body == said


def test_lines_that_were_broken_by_hand_are_one_paragraph() -> None:
    lines = [
        "Ủy ban nhân dân xã thông báo đến toàn thể bà con trong các thôn về",
        "việc tạm ngừng cấp nước sạch để sửa chữa đường ống chính từ sáng",
        "ngày 25/02.",
        "Đề nghị bà con trữ nước.",
        "a) ở nhà;",
        "một việc nhỏ",
    ]
    assert unwrapped(lines) == [" ".join(lines[:3]), *lines[3:]]


@pytest.mark.parametrize(
    ("pages", "left"),
    [
        ([["1", "Một."], ["2", "Hai."]], [["Một."], ["Hai."]]),
        ([["Một.", "13"], ["Hai.", "14", ""]], [["Một."], ["Hai.", ""]]),
        ([["Một.", "Trang 1/2"], ["Hai.", "2/2"]], [["Một."], ["Hai."]]),
        ([["Lịch:", "25/02"]], [["Lịch:", "25/02"]]),
        ([["Lịch:", "25/02"], ["26/02", "Hết."]], [["Lịch:", "25/02"], ["26/02", "Hết."]]),
        ([["Số hộ", "7", "Hết."]], [["Số hộ", "7", "Hết."]]),
    ],
)
def test_only_what_counts_with_the_pages_is_a_page_number(
    pages: list[list[str]], left: list[list[str]]
) -> None:
    assert without_page_numbers(pages) == left


@pytest.mark.parametrize(
    ("first", "content"),
    [
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("xl/workbook.xml", "<workbook/>"),
        ("tep.txt", "chữ"),
    ],
)
def test_another_kind_of_package_is_no_broken_file(
    tmp_path: Path, first: str, content: str
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(first, content)
    with pytest.raises(BulletinRefused, match=r"Chỉ nhận tệp Word \(\.docx\) hoặc PDF"):
        import_document(kept(tmp_path, out.getvalue()), limit=9_000)
