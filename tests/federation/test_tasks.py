"""Directives and reports over a link: each kind leaves for whom it concerns and is taken once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import ValidationError

from loa.federation.contract import Arrived, Body, Direction, NotTaken, Outward, Peer, Waits
from loa.federation.registry import exchange_of
from loa.journal.models import Fact
from loa.journal.services import Recorded, recorded
from loa.people.selectors import actor_of
from loa.tasks import services
from loa.tasks.models import Directive, Mark, Report, ReportType
from loa_protocol.encoding import dump_object, parse_object
from tests.country import Country
from tests.tasks.desk import PERIOD, ministry, report

pytestmark = pytest.mark.usefixtures("province")

BELOW = Peer(uuid4(), "n-25", "vn/25", below=True)
OTHER = Peer(uuid4(), "n-24", "vn/24", below=True)
ABOVE = Peer(uuid4(), "n-centre", "vn", below=False)


def last(kind: str) -> Recorded:
    return recorded(Fact.objects.filter(kind=kind).order_by("-seq")[0])


def leaving(kind: str, direction: Direction, fact: str, peer: Peer) -> list[Outward]:
    exchange = exchange_of(kind, direction)
    assert exchange is not None
    assert exchange.export is not None
    assert fact in exchange.facts
    found: Iterable[Outward] = exchange.export(last(fact), peer)
    return list(found)


def arrive(kind: str, direction: Direction, outward: Outward, peer: Peer, place: str = "") -> None:
    """The entry as the other side reads it: from its own bytes, by its schema."""
    exchange = exchange_of(kind, direction)
    assert exchange is not None
    assert exchange.handle is not None
    wire = outward.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    body: Body = exchange.schema.model_validate(parse_object(dump_object(wire)))
    exchange.handle(
        Arrived(peer, uuid4(), datetime(2026, 11, 23, tzinfo=UTC), place or outward.place, body)
    )


def given(country: Country) -> Directive:
    from datetime import date

    draft = services.Draft(
        number="5/CĐ-BVHTTDL",
        title="Trực 24/24 trong bão",
        signed_on=date(2026, 11, 22),
        targets=("vn/25",),
    )
    return services.directive_issue(actor=actor_of(ministry(country)), office="vn", draft=draft)


def test_a_directive_goes_down_to_whom_it_concerns(country: Country) -> None:
    row = given(country)
    sent = ("directive.sent", Direction.DOWN)
    assert leaving(*sent, "steering.directive_issued", OTHER) == []
    (outward,) = leaving(*sent, "steering.directive_issued", BELOW)
    row.delete()
    for _ in range(2):
        arrive(*sent, outward, ABOVE)
    there = Directive.objects.get()
    assert (there.number, there.office, there.whom) == ("5/CĐ-BVHTTDL", "vn", "commune")
    assert leaving(*sent, "steering.directive_issued", BELOW) == [], "what came is not sent on"
    with pytest.raises(NotTaken):
        arrive(*sent, outward, OTHER)


def test_a_withdrawal_counts_from_its_issuer_alone(country: Country) -> None:
    row = given(country)
    services.directive_withdraw(actor=actor_of(ministry(country)), directive=row)
    gone = ("directive.withdrawn", Direction.DOWN)
    (outward,) = leaving(*gone, "steering.directive_withdrawn", BELOW)
    Directive.objects.update(withdrawn_at=None)
    with pytest.raises(NotTaken):
        arrive(*gone, outward, ABOVE, place="vn/25")
    assert Directive.objects.get().withdrawn_at is None
    arrive(*gone, outward, ABOVE)
    assert Directive.objects.get().withdrawn_at is not None


def test_a_mark_goes_up_without_a_name_and_waits_for_its_directive(country: Country) -> None:
    row = given(country)
    place = country.one.place.path
    services.directive_act(
        actor=country.one.actor("officer"), directive=row, place=place, note="Đã trực"
    )
    marked = ("directive.marked", Direction.UP)
    (outward,) = leaving(*marked, "steering.directive_acted", ABOVE)
    assert "person" not in str(outward.body)
    Mark.objects.all().delete()
    arrive(*marked, outward, BELOW)
    mark = Mark.objects.get()
    assert (mark.place, mark.note, mark.by) == (place, "Đã trực", "")
    with pytest.raises(NotTaken):
        arrive(*marked, outward, BELOW, place=country.two.place.path)
    Directive.objects.all().delete()
    with pytest.raises(Waits):
        arrive(*marked, outward, BELOW)


def test_a_province_s_own_directive_stays_in_the_province(country: Country) -> None:
    from tests.tasks.desk import directive

    own = directive(country)
    services.directive_read(
        actor=country.one.actor("officer"), directive=own, place=country.one.place.path
    )
    assert leaving("directive.marked", Direction.UP, "steering.directive_read", ABOVE) == []


def test_a_report_goes_up_is_returned_mended_and_accepted(country: Country) -> None:
    asked = report(country, office="vn")
    (ask,) = leaving("report.asked", Direction.DOWN, "steering.report_asked", BELOW)
    arrive("report.asked", Direction.DOWN, ask, ABOVE)
    assert ReportType.objects.count() == 1
    officer, place = country.one.actor("officer"), country.one.place.path
    typed = {"f1": "2", "f2": "Không"}
    services.report_submit(actor=officer, asked=asked, place=place, period=PERIOD, typed=typed)
    filled = ("report.filled", Direction.UP)
    (first,) = leaving(*filled, "steering.report_submitted", ABOVE)
    Report.objects.all().delete()
    arrive(*filled, first, BELOW)
    there = Report.objects.get()
    assert (there.values, there.state, there.times) == ({"f1": 2, "f2": "Không"}, "submitted", 1)
    services.report_return(
        actor=actor_of(ministry(country)), report=there, reason="Ghi rõ thôn nào"
    )
    decided = ("report.decided", Direction.DOWN)
    (word,) = leaving(*decided, "steering.report_returned", BELOW)
    Report.objects.update(state="submitted", reason="")
    arrive(*decided, word, ABOVE)
    assert Report.objects.get().state == "returned"
    services.report_submit(actor=officer, asked=asked, place=place, period=PERIOD, typed=typed)
    arrive(*decided, word, ABOVE)
    assert Report.objects.get().state == "submitted", "a word about the first submission is past"
    arrive(*filled, first, BELOW)
    assert Report.objects.get().times == 2, "an older submission replaces nothing"
    with pytest.raises(NotTaken):
        arrive(*decided, word, ABOVE, place="vn/25")


def test_values_that_are_not_in_the_form_are_left_out(country: Country) -> None:
    asked = report(country, office="vn")
    services.report_submit(
        actor=country.one.actor("officer"),
        asked=asked,
        place=country.one.place.path,
        period=PERIOD,
        typed={"f1": "2", "f2": "Không"},
    )
    (filled,) = leaving("report.filled", Direction.UP, "steering.report_submitted", ABOVE)
    ReportType.objects.update(form=[{"key": "f1", "label": "x", "kind": "text", "indicator": ""}])
    Report.objects.all().delete()
    arrive("report.filled", Direction.UP, filled, BELOW)
    assert Report.objects.get().values == {}


def test_a_report_due_in_another_age_is_not_taken(country: Country) -> None:
    report(country, office="vn")
    (ask,) = leaving("report.asked", Direction.DOWN, "steering.report_asked", BELOW)
    ReportType.objects.all().delete()
    far = replace(ask, body=ask.body.model_copy(update={"due": "9999-12-31"}))
    with pytest.raises(NotTaken):
        arrive("report.asked", Direction.DOWN, far, ABOVE)
    assert not ReportType.objects.exists()


def test_the_centre_speaks_for_itself_and_for_no_office_of_ours(country: Country) -> None:
    given(country)
    (outward,) = leaving("directive.sent", Direction.DOWN, "steering.directive_issued", BELOW)
    Directive.objects.all().delete()
    for office in ("vn/25", country.one.place.path):
        said = replace(outward, body=outward.body.model_copy(update={"office": office}))
        with pytest.raises(NotTaken):
            arrive("directive.sent", Direction.DOWN, said, ABOVE, place=office)
    assert not Directive.objects.exists()


def test_a_number_that_came_another_way_is_not_taken_twice(country: Country) -> None:
    given(country)
    (outward,) = leaving("directive.sent", Direction.DOWN, "steering.directive_issued", BELOW)
    other = replace(outward, body=outward.body.model_copy(update={"directive": str(uuid4())}))
    arrive("directive.sent", Direction.DOWN, other, ABOVE)
    assert Directive.objects.count() == 1


def test_a_letter_that_no_database_takes_is_refused_in_the_schema(country: Country) -> None:
    exchange = exchange_of("directive.withdrawn", Direction.DOWN)
    assert exchange is not None
    with pytest.raises(ValidationError):
        exchange.schema.model_validate({"directive": "\x00"})
