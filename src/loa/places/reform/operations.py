"""The lines of a reorganisation, and whether they hold together. Pure."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loa.lib.sentences import Refusal, Sentence
from loa.lib.text import fold, nfc

ROWS_MAX = 20_000
BYTES_MAX = 4 << 20
LEVELS = ("province", "commune")
SHARES = ("whole", "main", "part")
_WORDS = {
    "toàn bộ": "whole",
    "phần chính": "main",
    "một phần": "part",
    "tỉnh": "province",
    "xã": "commune",
}
_HEADS = {
    "ma cu": "former",
    "ma moi": "successor",
    "phan": "share",
    "ten moi": "name",
    "ma tinh": "province",
    "cap": "level",
}
_CODE = {"province": re.compile(r"\d{2}"), "commune": re.compile(r"\d{5}")}

Key = tuple[str, str]


class ReformRefused(Refusal):
    """Why a reorganisation cannot be: `code` for programs, the sentence for people."""

    def __init__(self, code: str, text: str, /, **values: object) -> None:
        super().__init__(text, **values)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A former unit, or a share of it, becomes (part of) a successor.

    A split unit has one row for each successor, exactly one of them `main`. `name` is the
    successor's, blank where it keeps the one it has; `province` the successor's (two digits), blank
    where it stays in the province of its predecessors.
    """

    level: str
    former: str
    successor: str
    share: str = "whole"
    name: str = ""
    province: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the gazetteer knows of a code: whether a unit with it stood on the eve of the day and is
    to end, whether one stands from the day on that is no successor of ours to make, whether the
    code was ever used, the name and the province's code."""

    name: str
    province: str
    before: bool
    after: bool


def read_rows(text: str) -> list[Row]:
    """The rows of a CSV file with the columns former, successor and, where needed, level, share,
    name, province. Vietnamese words for columns, level and share are understood. Raises
    ReformRefused."""
    if len(text.encode()) > BYTES_MAX:
        raise ReformRefused("too_large", "Tệp lớn hơn 4 MB.")
    head = text.splitlines()[0] if text.strip() else ""
    mark = max(",;\t", key=head.count)
    try:
        lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=mark))
    except csv.Error as error:
        raise ReformRefused("bad_file", "Tệp không phải CSV đọc được.") from error
    lines = [
        {_HEADS.get(fold(str(head)), str(head)): line[head] for head in line} for line in lines
    ]
    if not lines or "former" not in lines[0] or "successor" not in lines[0]:
        raise ReformRefused("bad_file", "Tệp phải có các cột: Mã cũ, Mã mới.")
    if len(lines) > ROWS_MAX:
        raise ReformRefused("too_large", "Tệp có hơn %(max)s dòng.", max=ROWS_MAX)
    return [_row(line, number) for number, line in enumerate(lines, start=2)]


def _head(name: str | None) -> str:
    """A column by our name for it; what we have no name for stays as it is."""
    return _HEADS.get(fold(name or ""), name or "")


def _row(line: Mapping[str, str | None], number: int) -> Row:
    def said(name: str) -> str:
        return " ".join(nfc(line.get(name) or "").split())

    level = said("level").lower() or ("province" if len(said("former")) == 2 else "commune")
    share = said("share").lower() or "whole"
    row = Row(
        level=_WORDS.get(level, level),
        former=said("former"),
        successor=said("successor"),
        share=_WORDS.get(share, share),
        name=said("name"),
        province=said("province"),
    )
    fault = _form_fault(row)
    if fault is not None:
        raise ReformRefused("bad_row", "Dòng %(number)s: %(fault)s", number=number, fault=fault)
    return row


def _form_fault(row: Row) -> Sentence | None:
    if row.level not in LEVELS:
        return Sentence("cấp phải là tỉnh hoặc xã.")
    if row.share not in SHARES:
        return Sentence("phần phải là toàn bộ, phần chính hoặc một phần.")
    code = _CODE[row.level]
    if not code.fullmatch(row.former) or not code.fullmatch(row.successor):
        return Sentence("mã tỉnh có 2 chữ số, mã xã có 5 chữ số.")
    if row.province and not _CODE["province"].fullmatch(row.province):
        return Sentence("mã tỉnh có 2 chữ số, mã xã có 5 chữ số.")
    if len(row.name) > 80 or not row.name.isprintable():
        return Sentence("tên có nhiều nhất 80 chữ cái, không có ký tự lạ.")
    return None


def check(rows: Sequence[Row], known: Mapping[Key, Known]) -> None:
    """Refuse by name what contradicts itself or the gazetteer. Raises ReformRefused:

    `empty`, `bad_row`, `dead_code` (a former unit that does not stand, a successor's code that
    belonged to a unit that ended), `twice` (a unit in two operations), `no_main`, `cycle`,
    `code_reused`, `itself` (a successor that is its own only predecessor with nothing changed),
    `two_names`, `no_name`, `no_province`, `name_differs`.
    """
    if not rows:
        raise ReformRefused("empty", "Không có đơn vị nào trong bản dự kiến.")
    for row in rows:
        fault = _form_fault(row)
        if fault is not None:
            raise ReformRefused("bad_row", "Dòng của %(code)s: %(fault)s", code=row.former,
                                fault=fault)  # fmt: skip
    _check_formers(rows, known)
    _check_codes(rows, known)
    for key, group in by_successor(rows).items():
        _check_successor(key, group, known)


def by_former(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault((row.level, row.former), []).append(row)
    return found


def by_successor(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault((row.level, row.successor), []).append(row)
    return found


def _check_formers(rows: Sequence[Row], known: Mapping[Key, Known]) -> None:
    for key, group in by_former(rows).items():
        unit = known.get(key)
        if unit is None or not unit.before:
            raise ReformRefused(
                "dead_code",
                "Mã %(code)s không phải của đơn vị nào đang tồn tại trước ngày sắp xếp.",
                code=key[1],
            )
        if len(group) == 1 and group[0].share == "whole":
            continue
        twice = [code for code, times in Counter(r.successor for r in group).items() if times > 1]
        if twice or any(row.share == "whole" for row in group):
            raise ReformRefused(
                "twice",
                "%(name)s (%(code)s) nằm trong hai phương án. Mỗi đơn vị chỉ sắp xếp một lần.",
                name=unit.name,
                code=key[1],
            )
        if len(group) == 1 or sum(row.share == "main" for row in group) != 1:
            raise ReformRefused(
                "no_main",
                "%(name)s (%(code)s) bị chia: ghi đủ các phần, đúng một phần là phần chính.",
                name=unit.name,
                code=key[1],
            )


def _check_codes(rows: Sequence[Row], known: Mapping[Key, Known]) -> None:
    """A code never passes to another unit: the successor with a predecessor's code must come from
    that predecessor."""
    goes: dict[Key, set[str]] = {
        key: {row.successor for row in group} for key, group in by_former(rows).items()
    }
    for (level, code), group in by_successor(rows).items():
        if (level, code) not in goes or code in {row.former for row in group}:
            continue
        unit = known[level, code]
        if _leads_back(level, code, goes):
            raise ReformRefused(
                "cycle",
                "Các đơn vị nối thành vòng ở mã %(code)s (%(name)s): đơn vị này vừa là cũ vừa là"
                " mới của nhau.",
                code=code,
                name=unit.name,
            )
        raise ReformRefused(
            "code_reused",
            "Mã %(code)s là của %(name)s, không được trao cho một đơn vị khác.",
            code=code,
            name=unit.name,
        )


def _leads_back(level: str, start: str, goes: Mapping[Key, set[str]]) -> bool:
    seen: set[str] = set()
    todo = list(goes.get((level, start), ()))
    while todo:
        code = todo.pop()
        if code == start:
            return True
        if code not in seen:
            seen.add(code)
            todo += goes.get((level, code), ())
    return False


def _check_successor(key: Key, group: Sequence[Row], known: Mapping[Key, Known]) -> None:
    code = key[1]
    names = {row.name for row in group if row.name}
    provinces = {row.province for row in group if row.province}
    if len(names) > 1 or len(provinces) > 1:
        raise ReformRefused(
            "two_names", "Đơn vị mới %(code)s được ghi hai tên hoặc hai tỉnh.", code=code
        )
    unit = known.get(key)
    own = code in {row.former for row in group}
    if unit is not None and unit.after and not own:
        if names and names != {unit.name}:
            raise ReformRefused(
                "name_differs",
                "Mã %(code)s đang là %(name)s. Muốn đổi tên, thêm chính đơn vị ấy vào bảng.",
                code=code,
                name=unit.name,
            )
        return
    if unit is not None and not own:
        raise ReformRefused(
            "dead_code",
            "Mã %(code)s từng là của %(name)s, đơn vị không còn nữa. Mã cũ không cấp lại.",
            code=code,
            name=unit.name,
        )
    if unit is None and not names:
        raise ReformRefused("no_name", "Đơn vị mới %(code)s chưa có tên.", code=code)
    if unit is not None and len(group) == 1 and group[0].share == "whole" and not unit.after:
        same = not names or names == {unit.name}
        if same and (not provinces or provinces == {unit.province}):
            raise ReformRefused(
                "itself",
                "%(name)s (%(code)s) được ghi là kế thừa chính mình mà không có gì thay đổi.",
                name=unit.name,
                code=code,
            )
