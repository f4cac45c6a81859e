"""The journal's chain names the first row that is not what it was."""

import pytest
from django.db import transaction

from loa.journal import selectors, services
from loa.journal.models import Fact
from loa.journal.services import Recorded

pytestmark = pytest.mark.django_db


def record(count: int) -> None:
    for number in range(count):
        with transaction.atomic():
            services.record(
                actor="node", kind="test.happened", place="vn/25", payload={"number": number}
            )


def test_an_untouched_journal_holds() -> None:
    record(5)
    assert selectors.verify() is None
    assert selectors.head().seq == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payload", '{"number":99}'),
        ("actor", "person:somebody"),
        ("place", "vn/01"),
        ("kind", "test.other"),
        ("hash", "f" * 64),
    ],
)
def test_an_altered_row_is_named(field: str, value: str) -> None:
    record(5)
    Fact.objects.filter(seq=3).update(**{field: value})
    found = selectors.verify()
    assert found is not None
    assert (found.seq, found.what) == (3, "altered")


def test_a_removed_row_is_named() -> None:
    record(5)
    Fact.objects.filter(seq=3).delete()
    found = selectors.verify()
    assert found is not None
    assert (found.seq, found.what) == (3, "removed")


def test_two_rows_that_changed_places_are_named() -> None:
    record(5)
    two, three = Fact.objects.get(seq=2), Fact.objects.get(seq=3)
    Fact.objects.filter(seq__in=(2, 3)).delete()
    two.seq, three.seq = 3, 2
    Fact.objects.bulk_create([three, two])
    found = selectors.verify()
    assert found is not None
    assert (found.seq, found.what) == (2, "reordered")


def test_a_cut_tail_shows_against_a_signed_head() -> None:
    record(5)
    signed = selectors.head()
    Fact.objects.filter(seq__gt=3).delete()
    assert selectors.verify() is None
    found = selectors.verify(signed)
    assert found is not None
    assert (found.seq, found.what) == (4, "cut")


def test_a_journal_rebuilt_by_its_owner_shows_against_a_signed_head() -> None:
    record(3)
    signed = selectors.head()
    Fact.objects.all().delete()
    record(4)
    assert selectors.verify() is None
    found = selectors.verify(signed)
    assert found is not None
    assert found.seq == 3


@pytest.mark.django_db(transaction=True)
def test_a_fact_needs_the_change_s_own_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        services.record(actor="node", kind="test.happened", place="vn")


def test_a_fact_of_a_change_that_failed_is_not_there() -> None:
    def change() -> None:
        with transaction.atomic():
            services.record(actor="node", kind="test.happened", place="vn")
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        change()
    assert selectors.head().seq == 0


def test_a_reader_sees_each_fact_once_and_in_order() -> None:
    record(7)
    seen: list[int] = []

    def note(fact: Recorded) -> None:
        seen.append(fact.payload["number"])

    while services.read_on("reader", {"test.happened"}, note, 3):
        pass
    assert seen == list(range(7))


def test_a_reader_stops_at_a_fact_that_fails_and_goes_on_later() -> None:
    record(4)
    seen: list[int] = []

    def fail_at_two(fact: Recorded) -> None:
        if fact.payload["number"] == 2 and not fixed:
            raise RuntimeError("not yet")
        seen.append(fact.payload["number"])

    fixed: list[bool] = []
    with pytest.raises(RuntimeError):
        services.read_on("reader", {"test.happened"}, fail_at_two, 10)
    fixed.append(True)
    services.read_on("reader", {"test.happened"}, fail_at_two, 10)
    assert seen == [0, 1, 2, 3]


def test_a_batch_comes_again_until_it_is_done() -> None:
    record(5)
    first = services.next_batch("doorbell", {"test.happened"}, 3)
    again = services.next_batch("doorbell", {"test.happened"}, 3)
    assert first is not None
    assert first == again
    services.batch_done(first)
    rest = services.next_batch("doorbell", {"test.happened"}, 3)
    assert rest is not None
    assert [fact.payload["number"] for fact in rest.facts] == [3, 4]
    services.batch_done(rest)
    assert services.next_batch("doorbell", {"test.happened"}, 3) is None
