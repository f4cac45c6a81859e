"""What one linked node may cost this one: its mailbox, its journal, its list."""

from datetime import timedelta

import pytest

from loa.federation import applying, bounds, incoming, outgoing, selectors
from loa.federation.models import Incoming, Link, Taken
from loa.federation.refusals import Fault, LinkRefused
from loa.journal import services as journal
from loa.people.authority import NodeIdentity
from loa_protocol import peer_api
from loa_protocol.clock import ManualClock
from tests.federation.peers import FakePeer, sent, summary, told_to
from tests.federation.test_bringing import bring
from tests.federation.test_own_list import cursor_at, restore
from tests.federation.test_taking import take


def link_now() -> Link:
    return Link.objects.get()


def recorded(kind: str) -> int:
    facts, _ = journal.facts_after(0, frozenset({kind}), 1000)
    return len(facts)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "WAITING_MAX", 4)
    monkeypatch.setattr(bounds, "QUEUED_MAX", 8)
    monkeypatch.setattr(bounds, "KEPT_MAX", {Taken.UNKNOWN: 3, Taken.REFUSED: 2})
    monkeypatch.setattr(bounds, "REFUSALS_NOTED_A_DAY", 3)


def wait_for_sound(above: FakePeer, number: int) -> None:
    for _ in range(number):
        above.add("bulletin.sent", sent(b"tieng"))
    take(above)
    applying.apply_next()
    bounds.keep_within()


@pytest.mark.usefixtures("small")
def test_too_much_that_waits_closes_the_link_by_name_and_loses_nothing(above: FakePeer) -> None:
    wait_for_sound(above, 5)
    link = link_now()
    assert (link.full, link.error) == (True, Fault.MAILBOX_FULL.value)
    above.add("bulletin.sent", sent(b"tieng"))
    with pytest.raises(LinkRefused) as refused:
        take(above)
    assert refused.value.reason is Fault.MAILBOX_FULL
    assert link_now().in_seq == 5, "what was not taken is still the sender's to tell"
    assert Incoming.objects.filter(state=Taken.WAITING).count() == 5
    assert recorded("federation.link_full") == 1


@pytest.mark.usefixtures("small")
def test_a_full_link_goes_on_by_itself_when_there_is_room(above: FakePeer) -> None:
    wait_for_sound(above, 5)
    above.add("bulletin.sent", sent(b"tieng"))
    applying.retry_waiting()
    bounds.keep_within()
    assert link_now().full, "what is only looked at once more still waits"
    bring(b"tieng")
    applying.apply_next()
    bounds.keep_within()
    link = link_now()
    assert (link.full, link.error) == (False, "")
    assert take(above) == 1


@pytest.mark.usefixtures("small")
def test_what_comes_while_nothing_is_acted_on_is_bounded_too(below: FakePeer) -> None:
    below.add("play.dreamt", {"x": 1}, crit=True)
    take(below)
    applying.apply_next()
    for _ in range(4):
        below.add("play.summary", summary("vn/25/08911"))
    take(below)
    bounds.keep_within()
    link = link_now()
    assert (link.stopped, link.full) == (True, True)
    assert link.error == Fault.UNKNOWN_CRITICAL.value, "the reason that a person can do away with"
    applying.retry_unknown()
    Incoming.objects.filter(kind="play.dreamt").update(kind="play.summary", reason="")
    applying.apply_next()
    bounds.keep_within()
    assert not link_now().full


@pytest.mark.usefixtures("small")
def test_more_than_can_be_looked_at_waits_on_the_sender_s_side(below: FakePeer) -> None:
    for _ in range(9):
        below.add("play.summary", summary("vn/25/08911"))
    take(below)
    bounds.keep_within()
    assert link_now().full
    applying.apply_next()
    bounds.keep_within()
    assert not link_now().full


@pytest.mark.usefixtures("small")
def test_the_oldest_of_what_is_not_understood_or_refused_goes_and_is_counted(
    below: FakePeer,
) -> None:
    for _ in range(5):
        below.add("play.dreamt", {"x": 1})
        below.add("play.summary", summary("vn/25/08911") | {"outlets": -1})
    take(below)
    applying.apply_next()
    bounds.keep_within()
    left = Incoming.objects.order_by("seq").values_list("seq", "state")
    assert list(left) == [
        (5, "unknown"),
        (7, "unknown"),
        (8, "refused"),
        (9, "unknown"),
        (10, "refused"),
    ]
    (standing,) = selectors.standings()
    assert (standing.unknown, standing.refused, standing.dropped) == (3, 2, 5)
    below.add("play.summary", summary("vn/25/08911"))
    assert take(below) == 1, "the list goes on where it stood"


def test_a_gap_left_by_what_was_dropped_is_no_fork(below: FakePeer) -> None:
    for _ in range(4):
        below.add("play.dreamt", {"x": 1})
    take(below)
    Incoming.objects.filter(seq__in=(1, 3)).delete()
    marks = incoming.cursor_of(link_now()).marks
    assert [mark.seq for mark in marks] == [2], "the next one before that stands"


@pytest.mark.usefixtures("small")
def test_a_peer_does_not_fill_the_journal_with_what_is_refused(
    below: FakePeer, manual_clock: ManualClock
) -> None:
    def lie(number: int) -> None:
        for _ in range(number):
            below.add("play.summary", summary("vn/24/00001"), place="vn/24/00001")
        take(below)
        applying.apply_next()

    lie(6)
    assert recorded("federation.fact_refused") == 3
    manual_clock.advance(timedelta(days=1, seconds=1).total_seconds())
    lie(1)
    assert recorded("federation.fact_refused") == 4


def test_a_peer_that_claims_our_restore_with_every_page_is_noted_once_an_hour(
    below: FakePeer, manual_clock: ManualClock
) -> None:
    for number in range(1, 4):
        below.acked = 100 * number
        below.add("play.summary", summary("vn/25/08911"))
        take(below)
    assert link_now().had == 300
    assert recorded("federation.restore_seen") == 1
    manual_clock.advance(3600)
    below.acked = 400
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    assert recorded("federation.restore_seen") == 2


# A new epoch


@pytest.fixture
def listener(below: FakePeer) -> Link:
    link = Link.objects.get()
    told_to(link, 10)
    return link


def test_a_peer_that_invents_cursors_gets_one_new_epoch_an_hour(
    listener: Link, centre: NodeIdentity, manual_clock: ManualClock
) -> None:
    def invented(letter: str) -> peer_api.Cursor:
        return peer_api.Cursor(epoch=1, seq=4, hash=letter * 64)

    link = outgoing.meet(centre, listener, invented("a"))
    assert link.out_epoch == 2
    before = list(link.outgoing.order_by("seq").values_list("seq", "hash"))
    for letter in "bcd":
        with pytest.raises(LinkRefused) as refused:
            outgoing.meet(centre, link, invented(letter))
        assert refused.value.reason is Fault.EPOCH_TOO_SOON
    link.refresh_from_db()
    assert link.out_epoch == 2
    assert list(link.outgoing.order_by("seq").values_list("seq", "hash")) == before
    manual_clock.advance(3600)
    assert outgoing.meet(centre, link, invented("e")).out_epoch == 3


def test_a_person_may_let_the_next_epoch_begin_at_once(
    listener: Link, centre: NodeIdentity
) -> None:
    older, newer = cursor_at(listener, centre, 8), cursor_at(listener, centre, 10)
    restore(listener, 6)
    link = outgoing.meet(centre, listener, newer)
    with pytest.raises(LinkRefused):
        outgoing.meet(centre, link, older)
    outgoing.epochs_allow()
    link.refresh_from_db()
    assert outgoing.meet(centre, link, older).out_epoch == 3
