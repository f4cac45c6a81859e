"""Periods follow one another, dates stay real, and a form takes only what fits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.tasks import rules
from loa.tasks.rules import Field, Period, SteeringRefused

FORM = [
    {"key": "f1", "label": "Số cụm loa", "kind": "number", "indicator": "clusters"},
    {"key": "f2", "label": "Khó khăn", "kind": "text", "indicator": ""},
]


def test_a_month_without_that_day_ends_on_its_last() -> None:
    found = rules.periods("month", date(2026, 1, 31), date(2026, 2, 5), date(2026, 4, 30))
    assert found == [
        Period(date(2026, 1, 31), date(2026, 2, 5)),
        Period(date(2026, 2, 28), date(2026, 3, 5)),
        Period(date(2026, 3, 31), date(2026, 4, 5)),
        Period(date(2026, 4, 30), date(2026, 5, 5)),
    ]


def test_the_last_day_of_all_ends_nothing() -> None:
    far = rules.periods("month", date(2026, 1, 31), date(9999, 12, 31), date(2026, 1, 31))
    assert len(far) == 1


def test_once_is_once_and_nothing_before_its_data_are_complete() -> None:
    once = ("once", date(2026, 6, 14), date(2026, 6, 25))
    assert rules.periods(*once, date(2026, 6, 13)) == []
    assert rules.periods(*once, date(2030, 1, 1)) == [Period(*once[1:])]


@given(
    frequency=st.sampled_from(["month", "quarter", "year"]),
    cut_off=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    days=st.integers(1, 40),
    until=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
def test_periods_are_in_order_and_due_after_their_data(
    frequency: str, cut_off: date, days: int, until: date
) -> None:
    due = date.fromordinal(cut_off.toordinal() + days)
    found = rules.periods(frequency, cut_off, due, until)
    assert [one.cut_off for one in found] == sorted({one.cut_off for one in found})
    assert all(one.cut_off <= until and one.due > one.cut_off for one in found)


@pytest.mark.parametrize(
    ("typed", "words", "field"),
    [
        ({"f1": "-3", "f2": "x"}, "không phải số nguyên", "f1"),
        ({"f1": "mười", "f2": "x"}, "không phải số nguyên", "f1"),
        ({"f1": "9" * 40, "f2": "x"}, "không phải số nguyên", "f1"),
        ({"f2": "x"}, "Xin điền mục “Số cụm loa”", "f1"),
        ({"f1": "3", "f2": "x" * 2001}, "dài quá", "f2"),
        ({"f1": "9" * 5000, "f2": "x"}, "không phải số nguyên", "f1"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    typed: dict[str, str], words: str, field: str
) -> None:
    with pytest.raises(SteeringRefused, match=words) as refused:
        rules.values_of(FORM, typed, whole=True)
    assert refused.value.field == field


def test_a_draft_may_have_holes_and_numbers_their_dots() -> None:
    assert rules.values_of(FORM, {"f1": "1.234"}, whole=False) == {"f1": 1234}


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [Field("f1", "")],
        [Field("f1", "a", "picture")],
        [Field("f1", "a", "number", "khong_co")],
        [Field("f1", "a"), Field("f1", "b")],
        [Field(f"f{n}", "a") for n in range(31)],
    ],
)
def test_a_form_that_nobody_could_fill_in_is_refused(fields: list[Field]) -> None:
    with pytest.raises(SteeringRefused) as refused:
        rules.form_of(fields)
    assert refused.value.field == "form"


def test_days_in_the_wrong_order_or_ages_away_are_refused() -> None:
    with pytest.raises(SteeringRefused, match="sau ngày chốt"):
        rules.check_dates(date(2026, 1, 2), date(2026, 1, 2))
    with pytest.raises(SteeringRefused, match="trong vòng một năm"):
        rules.check_dates(date(2026, 1, 2), date(9999, 12, 31))
    with pytest.raises(SteeringRefused, match="năm 2100"):
        rules.check_dates(date(9998, 12, 30), date(9998, 12, 31))
    with pytest.raises(SteeringRefused, match="từ ngày ký"):
        rules.check_days(date(2026, 1, 2), date(2026, 1, 1))
