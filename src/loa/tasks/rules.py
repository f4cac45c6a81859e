"""Periods and their due dates, and whether what was typed fits a form."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loa.insight.rules import DEFINITIONS
from loa.lib.sentences import Refusal

NUMBER_MAX, TITLE_MAX, BODY_MAX, NOTE_MAX = 40, 300, 20_000, 300
NAME_MAX, LABEL_MAX, FIELDS_MAX, TEXT_MAX = 200, 200, 30, 2_000
VALUE_MAX = 10**12
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
DUE_WITHIN = timedelta(days=366)
PERIODS_MAX = 240
FILE_MAX_BYTES = 20 << 20
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class SteeringRefused(Refusal):
    """Why not, as a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class Period:
    """The data end with `cut_off`, which names the period; the report is due on `due`."""

    cut_off: date
    due: date


def periods(frequency: str, cut_off: date, due: date, until: date) -> list[Period]:
    """The periods whose cut-off is not after `until`, oldest first. A day that a month does not
    have is its last one; a report is due as many days after its cut-off as the first one."""
    step = _MONTHS.get(frequency)
    if step is None:
        return [Period(cut_off, due)] if cut_off <= until else []
    found = []
    for number in range(PERIODS_MAX):
        ends = later(cut_off, number * step)
        if ends > until:
            break
        found.append(Period(ends, ends + (due - cut_off)))
    return found


def later(day: date, months: int) -> date:
    """The same day some months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    key: str
    label: str
    kind: str = "number"
    indicator: str = ""


def form_of(fields: Sequence[Field]) -> list[dict[str, str]]:
    """A form as it is kept. Raises SteeringRefused."""
    if not fields:
        raise SteeringRefused("Biểu mẫu cần ít nhất một mục.").at("form")
    if len(fields) > FIELDS_MAX:
        raise SteeringRefused("Biểu mẫu nhiều nhất %(most)s mục.", most=FIELDS_MAX).at("form")
    for field in fields:
        if not field.label or len(field.label) > LABEL_MAX:
            raise SteeringRefused("Mỗi mục cần tên, nhiều nhất 200 chữ.").at("form")
        if field.kind not in {"number", "text"}:
            raise SteeringRefused("Mục “%(label)s”: chọn số hoặc chữ.", label=field.label).at(
                "form"
            )
        if field.indicator and field.indicator not in DEFINITIONS:
            raise SteeringRefused("Mục “%(label)s”: không có chỉ tiêu ấy.", label=field.label).at(
                "form"
            )
    if len({field.key for field in fields}) != len(fields):
        raise SteeringRefused("Hai mục trùng tên.").at("form")
    return [
        {"key": one.key, "label": one.label, "kind": one.kind, "indicator": one.indicator}
        for one in fields
    ]


def values_of(
    form: Sequence[Mapping[str, str]], typed: Mapping[str, str], *, whole: bool
) -> dict[str, int | str]:
    """What was typed as values by key; with `whole` nothing may be missing.

    Raises SteeringRefused beside the field of that key.
    """
    found: dict[str, int | str] = {}
    for field in form:
        key, label = field["key"], field["label"]
        text = typed.get(key, "").strip()
        if text:
            read = _number if field["kind"] == "number" else _text
            found[key] = read(text, label, key)
        elif whole:
            raise SteeringRefused("Xin điền mục “%(label)s”.", label=label).at(key)
    return found


def _number(text: str, label: str, key: str) -> int | str:
    plain = text.replace(".", "").replace(" ", "")
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 18 or int(plain) > VALUE_MAX:
        raise SteeringRefused(
            "Mục “%(label)s”: “%(text)s” không phải số nguyên.", label=label, text=text[:20]
        ).at(key)
    return int(plain)


def _text(text: str, label: str, key: str) -> int | str:
    if len(text) > TEXT_MAX:
        raise SteeringRefused(
            "Mục “%(label)s” dài quá %(most)s chữ.", label=label, most=TEXT_MAX
        ).at(key)
    return text


def check_days(signed_on: date, due: date | None) -> None:
    """Raise SteeringRefused unless a directive's days follow each other."""
    if not EARLIEST <= signed_on <= LATEST or (due is not None and due > LATEST):
        raise SteeringRefused("Ngày phải từ năm 2000 đến năm 2100.").at("signed_on")
    if due is not None and due < signed_on:
        raise SteeringRefused("Hạn thực hiện phải từ ngày ký trở đi.").at("due")


def check_dates(cut_off: date, due: date) -> None:
    """Raise SteeringRefused unless a report's days follow each other, not years apart."""
    if not EARLIEST <= cut_off <= LATEST:
        raise SteeringRefused("Ngày chốt số liệu phải từ năm 2000 đến năm 2100.").at("cut_off")
    if not cut_off < due <= cut_off + DUE_WITHIN:
        raise SteeringRefused("Hạn nộp phải sau ngày chốt số liệu, trong vòng một năm.").at("due")
