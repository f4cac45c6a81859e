"""Documents as offices make them, written by the tests themselves: Word, PDF, old encodings."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.shared import Pt

from loa.speech.legacy import _TCVN3, Encoding

MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
CREED = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True)
class Office:
    """One document: its frame and what people are to hear."""

    issuer: str
    number: str
    place_date: str
    kind: str
    subject: str
    body: tuple[str, ...]
    signer: str
    name: str
    addressee: str = ""


OFFICES = (
    Office(
        "ỦY BAN NHÂN DÂN XÃ TAM ĐẢO",
        "12/TB-UBND",
        "Tam Đảo, ngày 05 tháng 12 năm 2026",
        "THÔNG BÁO",
        "Về việc tiêm chủng mở rộng tháng 12 năm 2026",
        (
            "Trạm Y tế xã tổ chức tiêm chủng cho trẻ dưới một tuổi vào 7 giờ 30 ngày 10/12/2026.",
            "Đề nghị các gia đình mang theo sổ tiêm chủng và cho trẻ ăn trước khi đến trạm.",
        ),
        "KT. CHỦ TỊCH",
        "Nguyễn Văn Bình",
    ),
    Office(
        "ỦY BAN NHÂN DÂN PHƯỜNG HỒNG GAI",
        "45/KH-UBND",
        "Hồng Gai, ngày 3 tháng 11 năm 2026",
        "KẾ HOẠCH",
        "Về việc ra quân tổng vệ sinh môi trường",
        (
            "Thời gian: từ 6 giờ đến 9 giờ sáng Chủ nhật, ngày 15/11/2026.",
            "1. Các khu phố quét dọn đường ngõ, khơi thông cống rãnh trước mùa mưa.",
            "2. Mỗi hộ gia đình phân loại rác thành ba nhóm theo hướng dẫn của phường.",
        ),
        "TM. ỦY BAN NHÂN DÂN",
        "Trần Thị Hoa",
    ),
    Office(
        "HỢP TÁC XÃ NƯỚC SẠCH",
        "07/TB-HTX",
        "Vân Đồn, ngày 21 tháng 8 năm 2026",
        "THÔNG BÁO",
        "Về việc tạm ngừng cấp nước để sửa đường ống",
        (
            "Nước sạch tạm ngừng từ 8 giờ đến 17 giờ ngày 22/8/2026 tại thôn Đông và thôn Đoài.",
            "Mong bà con trữ nước và thông cảm.",
        ),
        "GIÁM ĐỐC",
        "Lê Thị Thu Hằng",
    ),
    Office(
        "ĐẢNG ỦY XÃ BÌNH LIÊU",
        "03/GM-ĐU",
        "Bình Liêu, ngày 9 tháng 9 năm 2026",
        "GIẤY MỜI",
        "Về việc đối thoại giữa người đứng đầu cấp ủy với nhân dân",
        ("Hội nghị bắt đầu lúc 14 giờ ngày 16/9/2026 tại Nhà văn hóa xã.",),
        "BÍ THƯ",
        "Hoàng Văn Dũng",
        "Toàn thể nhân dân trong xã",
    ),
    Office(
        "BAN CHỈ HUY PHÒNG THỦ DÂN SỰ",
        "02/CĐ-BCH",
        "Quảng Ninh, ngày 6 tháng 9 năm 2026",
        "CÔNG ĐIỆN",
        "Về việc chủ động ứng phó với bão số 3",
        (
            "Bão mạnh cấp 12, giật cấp 15, đang đi về phía đất liền.",
            "Nhân dân không ra khơi, chằng chống nhà cửa, dự trữ lương thực cho ba ngày.",
        ),
        "CHỈ HUY TRƯỞNG",
        "Phạm Anh Quân",
    ),
    Office(
        "CÔNG AN XÃ TIÊN YÊN",
        "18/TB-CAX",
        "Tiên Yên, ngày 1 tháng 10 năm 2026",
        "THÔNG BÁO",
        "Về việc phòng ngừa lừa đảo qua mạng",
        (
            "Thời gian gần đây có đối tượng tự xưng là công an, gọi điện yêu cầu chuyển tiền.",
            "Cơ quan công an không làm việc qua điện thoại. Ai bị gọi xin báo trực ban.",
        ),
        "TRƯỞNG CÔNG AN XÃ",
        "Đặng Hải Nam",
    ),
    Office(
        "TRƯỜNG TIỂU HỌC HẢI HÀ",
        "22/TB-TH",
        "Hải Hà, ngày 28 tháng 5 năm 2026",
        "THÔNG BÁO",
        "Về việc tuyển sinh lớp 1 năm học 2026 - 2027",
        (
            "Nhà trường nhận hồ sơ từ ngày 01/7 đến ngày 15/7/2026, sáng từ 7 giờ 30 đến 11 giờ.",
            "Hồ sơ gồm giấy khai sinh bản sao và đơn theo mẫu của trường.",
        ),
        "HIỆU TRƯỞNG",
        "Vũ Thị Minh Nguyệt",
    ),
)
RECIPIENTS = ("Như trên;", "Đảng ủy, HĐND xã;", "Lưu: VT.")

_TO_TCVN3 = {chr(there): chr(here) for here, there in _TCVN3.items()}
_VNI = {
    "à": "aø", "á": "aù", "ả": "aû", "ã": "aõ", "ạ": "aï", "â": "aâ", "ấ": "aá", "ầ": "aà",
    "ẩ": "aå", "ẫ": "aã", "ậ": "aä", "ă": "aê", "ắ": "aé", "ằ": "aè", "ẳ": "aú", "ẵ": "aü",
    "ặ": "aë", "è": "eø", "é": "eù", "ẻ": "eû", "ẽ": "eõ", "ẹ": "eï", "ê": "eâ", "ế": "eá",
    "ề": "eà", "ể": "eå", "ễ": "eã", "ệ": "eä", "ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò",
    "ò": "oø", "ó": "où", "ỏ": "oû", "õ": "oõ", "ọ": "oï", "ô": "oâ", "ố": "oá", "ồ": "oà",
    "ổ": "oå", "ỗ": "oã", "ộ": "oä", "ơ": "ô", "ớ": "ôù", "ờ": "ôø", "ở": "ôû", "ỡ": "ôõ",
    "ợ": "ôï", "ù": "uø", "ú": "uù", "ủ": "uû", "ũ": "uõ", "ụ": "uï", "ư": "ö", "ứ": "öù",
    "ừ": "öø", "ử": "öû", "ữ": "öõ", "ự": "öï", "ỳ": "yø", "ý": "yù", "ỷ": "yû", "ỹ": "yõ",
    "ỵ": "î", "đ": "ñ",
}  # fmt: skip


def encoded(text: str, encoding: Encoding) -> str:
    """Unicode text as a file of the old encoding holds it. TCVN3 has small accented letters only;
    its capitals come from a font."""
    if encoding is Encoding.TCVN3:
        return "".join(
            _TO_TCVN3.get(letter) or _TO_TCVN3.get(letter.lower(), letter) for letter in text
        )
    if encoding is Encoding.VNI:
        return "".join(_vni(letter) for letter in text)
    return text


def _vni(letter: str) -> str:
    pair = _VNI.get(letter.lower())
    if pair is None:
        return letter
    return pair.upper() if letter.isupper() else pair


def as_docx(office: Office, encoding: Encoding = Encoding.UNICODE, *, tables: bool = True) -> bytes:
    """The document as Word keeps it: frame in two tables without lines, or in plain paragraphs."""
    document = docx.Document()
    font = {Encoding.TCVN3: ".VnTime", Encoding.VNI: "VNI-Times"}.get(encoding, "Times New Roman")
    document.styles["Normal"].font.name = font
    document.styles["Normal"].font.size = Pt(14)

    def coded(text: str) -> str:
        return encoded(text, encoding)

    left = [office.issuer, f"Số: {office.number}"]
    right = [MOTTO, CREED, office.place_date]
    foot_left = ["Nơi nhận:", *(f"- {line}" for line in RECIPIENTS)]
    foot_right = [office.signer, "(Đã ký)", office.name]
    if tables:
        _two_columns(document, [coded(line) for line in left], [coded(line) for line in right])
    else:
        for line in (*right[:2], *left, right[2]):
            document.add_paragraph(coded(line))
    document.add_paragraph(coded(office.kind))
    document.add_paragraph(coded(office.subject))
    if office.addressee:
        document.add_paragraph(coded(f"Kính gửi: {office.addressee}"))
    for paragraph in office.body:
        added = document.add_paragraph()
        half = len(paragraph) // 2  # Word cuts runs where it likes
        added.add_run(coded(paragraph[:half]))
        added.add_run(coded(paragraph[half:])).bold = True
    if tables:
        columns = ([coded(line) for line in foot_left], [coded(line) for line in foot_right])
        _two_columns(document, *columns)
    else:
        for line in (*foot_left, *foot_right):
            document.add_paragraph(coded(line))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _two_columns(document: "docx.document.Document", left: list[str], right: list[str]) -> None:
    table = document.add_table(rows=1, cols=2)
    for cell, lines in zip(table.rows[0].cells, (left, right), strict=True):
        cell.paragraphs[0].text = lines[0]
        for line in lines[1:]:
            cell.add_paragraph(line)


def lines_of(office: Office, width: int = 78) -> list[str]:
    """The document as lines of a page: the two columns of the frame side by side."""
    lines = [
        f"{office.issuer}      {MOTTO}",
        f"Số: {office.number}      {CREED}",
        office.place_date,
        office.kind,
        office.subject,
    ]
    if office.addressee:
        lines.append(f"Kính gửi: {office.addressee}")
    for paragraph in office.body:
        line = ""
        for word in paragraph.split():
            if len(line) + len(word) >= width:
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        lines.append(line)
    foot = ["Nơi nhận:", *(f"- {line}" for line in RECIPIENTS)]
    return [*lines, *foot, office.signer, "(Đã ký)", office.name, "1"]


def as_pdf(lines: Sequence[str], *, pages: int = 1, latin: bool = False) -> bytes:
    """A PDF with these lines on every page. `latin`: one byte a letter, as old fonts have it."""
    font = (
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
        if latin
        else b"<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/ToUnicode 5 0 R"
        b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Arial"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 600>>]>>"
    )
    shown = []
    for number, line in enumerate(lines):
        code = line.encode("latin-1" if latin else "utf-16-be").hex().encode()
        shown.append(b"BT /F1 11 Tf 50 %d Td <%s> Tj ET" % (800 - 16 * number, code))
    content = b"\n".join(shown)
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + b"".join(
            b"1 beginbfrange <%02X00> <%02XFF> <%02X00> endbfrange\n" % (high, high, high)
            for high in (0x00, 0x01, 0x03, 0x1E, 0x20)
        )
        + b"endcmap end end"
    )
    kids = b" ".join(b"%d 0 R" % (6 + number) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        font,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
        *[
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>"
        ]
        * pages,
    ]
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def bomb() -> bytes:
    """A small .docx whose text unpacks to 200 MB of blanks."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(200):
            part.write(b" " * (1 << 20))
    return out.getvalue()


def kept(folder: Path, content: bytes, name: str = "van-ban") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file
