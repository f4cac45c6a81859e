"""What is asked, answered, returned, accepted and late."""

from datetime import date, timedelta
from typing import Any

import pytest

from loa.insight import services as insight
from loa.journal.models import Fact
from loa.lib import clock
from loa.people.selectors import NotAllowed, actor_of
from loa.tasks import selectors, services
from loa.tasks.models import Mark
from loa.tasks.rules import SteeringRefused
from loa_protocol.clock import ManualClock
from tests.country import Country
from tests.tasks.desk import PERIOD, directive, ministry, report


def test_a_directive_is_read_once_and_acted_on_once(country: Country) -> None:
    given = directive(country)
    officer, place = country.one.actor("officer"), country.one.place.path
    services.directive_read(actor=officer, directive=given, place=place)
    services.directive_read(actor=officer, directive=given, place=place)
    services.directive_act(actor=officer, directive=given, place=place, note="Đã  siết bu lông")
    services.directive_act(actor=officer, directive=given, place=place, note="Lần nữa")
    mark = Mark.objects.get()
    assert mark.note == "Đã siết bu lông"
    kinds = list(Fact.objects.filter(kind__startswith="steering").values_list("kind", flat=True))
    assert kinds == [
        "steering.directive_issued",
        "steering.directive_read",
        "steering.directive_acted",
    ]
    assert [p.path for p in selectors.recipients(given, "vn/25")] == sorted(
        [country.one.place.path, country.two.place.path]
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": " "}, "số, ký hiệu"),
        ({"title": "x" * 301}, "trích yếu"),
        ({"due": date(2026, 11, 1)}, "từ ngày ký"),
        ({"targets": ()}, "ít nhất một nơi"),
        ({"targets": ("vn",)}, "trong địa bàn"),
        ({"targets": ("vn/24",)}, "trong địa bàn"),
        ({"targets": ("vn/25/99999",)}, "trong địa bàn"),
        ({"targets": ("vn/25/08911/h01",)}, "trong địa bàn"),
        ({"whom": "province"}, "Chỉ trung ương"),
        ({"whom": "ai"}, "cho xã hay cho tỉnh"),
    ],
)
def test_a_directive_that_cannot_be_is_refused(
    country: Country, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(SteeringRefused, match=words):
        directive(country, **fields)
    assert not Fact.objects.filter(kind__startswith="steering").exists()


def test_a_number_is_given_once(country: Country) -> None:
    directive(country)
    with pytest.raises(SteeringRefused, match="Đã có văn bản"):
        directive(country)


def test_who_is_not_asked_does_not_answer_and_no_commune_gives_orders(country: Country) -> None:
    given = directive(country, targets=(country.two.place.path,))
    with pytest.raises(SteeringRefused, match="không giao"):
        services.directive_read(
            actor=country.one.actor("officer"), directive=given, place=country.one.place.path
        )
    with pytest.raises(NotAllowed):
        services.directive_read(
            actor=country.one.actor("officer"), directive=given, place=country.two.place.path
        )
    draft = services.Draft(number="1", title="x", signed_on=date(2026, 11, 1))
    with pytest.raises(NotAllowed):
        services.directive_issue(
            actor=country.one.actor("officer"), office=country.one.place.path, draft=draft
        )
    assert selectors.directive_get(country.one.actor("officer"), given.pk) is None
    assert selectors.directive_get(country.two.actor("officer"), given.pk) is not None


def test_a_report_is_prefilled_handed_in_returned_mended_and_accepted(country: Country) -> None:
    insight.count(inside="vn/25", now=clock.now() - timedelta(days=10))
    asked = report(country)
    officer, place = country.one.actor("officer"), country.one.place.path
    filled = selectors.prefill(asked, place, PERIOD)
    assert (filled["f1"].value, filled["f1"].rows) == (2, 2)
    with pytest.raises(SteeringRefused, match="Khó khăn"):
        services.report_submit(
            actor=officer, asked=asked, place=place, period=PERIOD, typed={"f1": "2"}
        )
    services.report_save(actor=officer, asked=asked, place=place, period=PERIOD, typed={"f1": "2"})
    typed = {"f1": "2", "f2": "Thiếu pin"}
    made = services.report_submit(
        actor=officer, asked=asked, place=place, period=PERIOD, typed=typed
    )
    editor = country.actor("editor")
    services.report_return(actor=editor, report=made, reason="Ghi rõ thôn nào")
    made.refresh_from_db()
    assert (made.state, made.reason) == ("returned", "Ghi rõ thôn nào")
    again = services.report_submit(
        actor=officer, asked=asked, place=place, period=PERIOD, typed=typed | {"f2": "Thôn Đông"}
    )
    assert again.times == 2
    services.report_accept(actor=editor, report=again)
    again.refresh_from_db()
    assert again.state == "accepted"
    with pytest.raises(SteeringRefused, match="nộp rồi"):
        services.report_submit(actor=officer, asked=asked, place=place, period=PERIOD, typed=typed)


def test_what_is_late_stands_first_and_an_accepted_report_is_not_late(country: Country) -> None:
    asked = report(country)
    (period,) = selectors.periods_of(asked)
    lines = selectors.lines_of(asked, period, "vn/25")
    assert [line.late for line in lines] == [True, True]
    officer, place = country.one.actor("officer"), country.one.place.path
    services.report_submit(
        actor=officer,
        asked=asked,
        place=place,
        period=PERIOD,
        typed={"f1": "2", "f2": "Không"},
    )
    lines = selectors.lines_of(asked, period, "vn/25")
    assert [(line.place.path, line.late) for line in lines] == [
        (country.two.place.path, True),
        (place, False),
    ]
    assert [due.late for due in selectors.due_of([asked], country.two.place.path)] == [True]
    assert selectors.due_of([asked], place) == []


def test_periods_come_as_time_goes_and_stop_when_told(
    country: Country, manual_clock: ManualClock
) -> None:
    asked = report(country)
    manual_clock.advance(timedelta(days=31).total_seconds())
    assert [one.cut_off.month for one in selectors.periods_of(asked)] == [11, 12]
    coming = selectors.next_period(asked)
    assert coming is not None
    assert coming.cut_off == date(2027, 1, 15)
    services.report_asking_end(actor=country.actor("editor"), asked=asked)
    manual_clock.advance(timedelta(days=60).total_seconds())
    asked.refresh_from_db()
    assert len(selectors.periods_of(asked)) == 2
    assert selectors.next_period(asked) is None


def test_a_period_that_is_none_and_a_decision_on_nothing_are_refused(country: Country) -> None:
    asked = report(country)
    officer, place = country.one.actor("officer"), country.one.place.path
    with pytest.raises(SteeringRefused, match="Không có kỳ"):
        services.report_save(
            actor=officer, asked=asked, place=place, period=date(2026, 12, 15), typed={}
        )
    draft = services.report_save(
        actor=officer, asked=asked, place=place, period=PERIOD, typed={"f1": "1"}
    )
    with pytest.raises(SteeringRefused, match="chưa nộp"):
        services.report_accept(actor=country.actor("editor"), report=draft)
    with pytest.raises(NotAllowed):
        services.report_accept(actor=officer, report=draft)


def test_a_province_answers_the_ministry_and_decides_nothing_of_it(country: Country) -> None:
    asked = report(country, office="vn", whom="province", targets=("vn",))
    editor = country.actor("editor")
    assert selectors.meant(asked, "vn/25")
    assert not selectors.meant(asked, country.one.place.path)
    made = services.report_submit(
        actor=editor, asked=asked, place="vn/25", period=PERIOD, typed={"f1": "4", "f2": "Không"}
    )
    with pytest.raises(NotAllowed):
        services.report_accept(actor=editor, report=made)
    services.report_accept(actor=actor_of(ministry(country)), report=made)
