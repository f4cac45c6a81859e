"""Documents handed in: the frame is kept and never spoken, old encodings become Unicode."""

import io
import zipfile
from pathlib import Path

import docx
import pytest

from loa.newsroom.importing import Imported, import_document
from loa.newsroom.papers import joined, read_paper
from loa.newsroom.rules import BulletinRefused
from loa.speech.legacy import Encoding, convert, mend
from tests.newsroom.papers import (
    CREED,
    MOTTO,
    OFFICES,
    Office,
    as_docx,
    as_pdf,
    bomb,
    encoded,
    kept,
    lines_of,
)

LIMIT = 20_000
ENCODINGS = list(Encoding)


def check(read: Imported, office: Office) -> None:
    """The body is what people are to hear, whole and alone; the frame is kept beside it."""
    assert " ".join(read.paper.body.split()) == " ".join(" ".join(office.body).split())
    frame = read.paper.frame
    assert frame["number"] == office.number
    assert frame["place_date"] == office.place_date
    assert frame["kind"] == office.kind
    assert " ".join(frame["issuer"].split()) == office.issuer
    assert office.name in frame["signature"]
    assert "Lưu: VT" in frame["recipients"]
    subject = office.subject.removeprefix("Về việc ")
    assert read.paper.title == subject[:1].upper() + subject[1:]
    for never in (MOTTO, CREED, office.number, "Nơi nhận", office.signer):
        assert never.lower() not in read.paper.body.lower()


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.number)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("tables", [True, False])
def test_a_word_file_is_read(
    tmp_path: Path, office: Office, encoding: Encoding, tables: bool
) -> None:
    read = import_document(kept(tmp_path, as_docx(office, encoding, tables=tables)), limit=LIMIT)
    check(read, office)
    assert any("bảng mã chữ cũ" in str(note) for note in read.notes) is (
        encoding != Encoding.UNICODE
    )


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.number)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_pdf_is_read(tmp_path: Path, office: Office, encoding: Encoding) -> None:
    lines = [encoded(line, encoding) for line in lines_of(office)]
    latin = encoding is not Encoding.UNICODE
    read = import_document(kept(tmp_path, as_pdf(lines, latin=latin)), limit=LIMIT)
    check(read, office)


@pytest.mark.parametrize(
    ("encoding", "written", "read"),
    [
        (
            Encoding.TCVN3,
            "Céng hoµ x· héi chñ nghÜa ViÖt Nam",
            "Cộng hoà xã hội chủ nghĩa Việt Nam",
        ),
        (Encoding.TCVN3, "§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
        (Encoding.TCVN3, "Uû ban nh©n d©n ph­êng", "Uỷ ban nhân dân phường"),
        (
            Encoding.VNI,
            "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
            "Cộng hòa xã hội chủ nghĩa Việt Nam",
        ),
        (Encoding.VNI, "Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
        (Encoding.VNI, "ÑOÄC LAÄP TÖÏ DO", "ĐỘC LẬP TỰ DO"),
    ],
)
def test_old_encodings_become_unicode(encoding: Encoding, written: str, read: str) -> None:
    assert convert(written, encoding) == read
    assert mend(written).text == read
    assert mend(written).found == (encoding,)


def test_capitals_of_an_old_capital_font_become_capitals() -> None:
    assert mend("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM").text == MOTTO


@pytest.mark.parametrize(
    "text",
    ["Họp lúc 8h tại nhà văn hóa.", "Café Nescafé, naïve, Müller", "abc", "", "đồng/m²", "£5 ©"],
)
def test_unicode_text_is_left_alone(text: str) -> None:
    assert mend(text).text == text
    assert not mend(text).changed


def test_a_mixture_is_read_and_told(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Thông báo họp thôn vào tối thứ Bảy.")
    document.add_paragraph(encoded("Đề nghị bà con đến đúng giờ.", Encoding.TCVN3))
    document.add_paragraph(encoded("Mọi thắc mắc xin hỏi trưởng thôn.", Encoding.VNI))
    out = io.BytesIO()
    document.save(out)
    read = import_document(kept(tmp_path, out.getvalue()), limit=LIMIT)
    assert read.paper.body.split("\n") == [
        "Thông báo họp thôn vào tối thứ Bảy.",
        "Đề nghị bà con đến đúng giờ.",
        "Mọi thắc mắc xin hỏi trưởng thôn.",
    ]
    assert any("trộn nhiều bảng mã" in str(note) for note in read.notes)


def test_a_plain_text_without_a_frame_stays_whole() -> None:
    lines = ["Mời bà con họp thôn.", "", "Nội dung: bầu trưởng thôn.", "Số: 12 nhà văn hóa"]
    paper = read_paper(lines)
    assert paper.body.split("\n") == lines
    assert paper.frame == {}


def test_a_text_that_speaks_of_recipients_in_its_middle_keeps_it() -> None:
    lines = ["Thông báo chia quà.", "Nơi nhận: nhà văn hóa thôn Đông.", "x" * 300, "Hết."]
    assert "Nơi nhận: nhà văn hóa" in read_paper(lines).body


def test_deleted_words_are_not_read_and_inserted_ones_are(tmp_path: Path) -> None:
    raw = as_docx(OFFICES[0])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "word/document.xml":
                text = data.decode()
                mark = "<w:body>"
                changed = (
                    '<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>Câu thêm.</w:t></w:r></w:ins>'
                    '<w:del w:id="2" w:author="x"><w:r><w:delText>Câu bỏ.</w:delText></w:r>'
                    "</w:del></w:p>"
                )
                data = text.replace(mark, mark + changed).encode()
            new.writestr(part.filename, data)
    body = import_document(kept(tmp_path, out.getvalue()), limit=LIMIT).paper.body
    assert "Câu thêm." in body
    assert "Câu bỏ." not in body


def test_lines_of_a_page_become_paragraphs() -> None:
    lines = [
        "Đề nghị bà con trong thôn dọn vệ sinh",
        "trước ngày lễ.",
        "1. Quét ngõ.",
        "2. Phát quang.",
    ]
    assert joined(lines) == [f"{lines[0]} {lines[1]}", *lines[2:]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Chỉ nhận tệp Word"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "Word đời cũ"),
        (b"PK\x03\x04" + b"\x00" * 64, "bị hỏng"),
        (b"%PDF-1.7\nkhong phai pdf", "bị hỏng"),
        (b"MZ\x90\x00", "Chỉ nhận tệp Word"),
        (b"{\\rtf1 xin chao}", "Chỉ nhận tệp Word"),
    ],
)
def test_what_is_no_document_is_refused_in_words(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(BulletinRefused, match=sentence):
        import_document(kept(tmp_path, content, "thong-bao.docx"), limit=LIMIT)


def test_three_hundred_pages_are_refused_early(tmp_path: Path) -> None:
    file = kept(tmp_path, as_pdf(["Một dòng chữ."], pages=300))
    with pytest.raises(BulletinRefused, match="quá nhiều trang"):
        import_document(file, limit=LIMIT)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(BulletinRefused, match="nén bất thường"):
        import_document(kept(tmp_path, bomb()), limit=LIMIT)


def test_a_scan_without_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(BulletinRefused, match="không có chữ"):
        import_document(kept(tmp_path, as_pdf([])), limit=LIMIT)


def test_more_text_than_anybody_listens_to_is_refused(tmp_path: Path) -> None:
    document = docx.Document()
    for _ in range(300):
        document.add_paragraph("Câu này lặp lại nhiều lần để thử. " * 4)
    out = io.BytesIO()
    document.save(out)
    with pytest.raises(BulletinRefused, match="nhiều nhất là"):
        import_document(kept(tmp_path, out.getvalue()), limit=LIMIT)


def test_a_large_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "to.pdf"
    with file.open("wb") as out:
        out.write(b"%PDF-1.7")
        out.truncate((20 << 20) + 1)
    with pytest.raises(BulletinRefused, match="lớn hơn 20 MB"):
        import_document(file, limit=LIMIT)
