"""Our own list, told to a node that may know more of it than we do."""

from dataclasses import replace

import pytest

from loa.federation import incoming, outgoing
from loa.federation.models import Link
from loa.federation.refusals import Fault, LinkRefused
from loa.people.authority import NodeIdentity
from loa_protocol import peer_api
from loa_protocol.clock import ManualClock
from tests.federation.peers import FakePeer, told_to

Told = peer_api.Told


@pytest.fixture
def listener(below: FakePeer) -> Link:
    link = Link.objects.get()
    told_to(link, 10)
    return link


def cursor_at(link: Link, node: NodeIdentity, seq: int) -> peer_api.Cursor:
    """Where a faithful receiver stands after `seq` entries of our present list."""
    rows = dict(link.outgoing.values_list("seq", "hash"))
    marks = [peer_api.Mark(seq=n, hash=rows[n]) for n in peer_api.mark_numbers(seq) if n in rows]
    head = outgoing.head_sign(node, link).to_value()
    return peer_api.Cursor(
        epoch=link.out_epoch, seq=seq, hash=rows[seq], marks=tuple(marks), head=head
    )


def restore(link: Link, to: int) -> None:
    """Our database as it was when the list had `to` entries."""
    last = link.outgoing.get(seq=to)
    link.outgoing.filter(seq__gt=to).delete()
    Link.objects.filter(pk=link.pk).update(out_seq=to, out_hash=last.hash, out_acked=to)
    link.refresh_from_db()


def test_a_faithful_listener_is_answered_where_it_stands(
    listener: Link, centre: NodeIdentity
) -> None:
    link = outgoing.meet(centre, listener, cursor_at(listener, centre, 7))
    assert (link.out_epoch, link.out_acked) == (1, 7)
    page = outgoing.page_sign(centre, link, 7)
    assert page is not None


def test_after_a_restore_no_number_is_given_out_twice(listener: Link, centre: NodeIdentity) -> None:
    known = cursor_at(listener, centre, 10)
    restore(listener, 6)
    told_to(listener, 2)
    link = outgoing.meet(centre, listener, known)
    assert link.out_epoch == 2
    assert sorted(link.outgoing.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6, 11, 12]
    again = outgoing.meet(centre, link, known)
    assert again.out_epoch == 2, "the same listener asking again begins no further epoch"


def test_numbers_that_were_only_announced_are_not_reused_either(
    listener: Link, centre: NodeIdentity
) -> None:
    known = cursor_at(listener, centre, 8)
    restore(listener, 6)
    told_to(listener, 3)
    link = outgoing.meet(centre, listener, known)
    assert max(link.outgoing.values_list("seq", flat=True)) == 13
    assert min(link.outgoing.filter(seq__gt=6).values_list("seq", flat=True)) == 11


def test_a_listener_cannot_invent_what_we_never_said(listener: Link, centre: NodeIdentity) -> None:
    false = peer_api.Cursor(epoch=1, seq=50, hash="a" * 64)
    with pytest.raises(LinkRefused) as refused:
        outgoing.meet(centre, listener, false)
    assert refused.value.reason is Fault.CURSOR_UNKNOWN


def test_restored_list_is_taken_by_the_listener_whole(listener: Link, centre: NodeIdentity) -> None:
    """Both halves together: what our restored node tells, a faithful taker accepts."""
    known = cursor_at(listener, centre, 10)
    restore(listener, 6)
    told_to(listener, 2)
    link = outgoing.meet(centre, listener, known)
    page = outgoing.page_sign(centre, link, known.seq)
    head = outgoing.head_sign(centre, link)
    assert page is not None
    far = Link(
        peer=centre.id,
        path="vn",
        kid=centre.key.public.kid,
        in_epoch=1,
        in_seq=10,
        in_hash=known.hash,
    )
    me = replace(centre, id=link.peer)
    told = Told(head=head.to_value(), page=page.to_value(), software="0")
    got = incoming.read(told, far, me)
    assert [entry.seq for entry, _, _ in got.entries] == [11, 12]
    assert (got.epoch, got.hash) == (2, link.out_hash)


def test_a_listener_that_was_restored_too_gets_no_number_a_second_time(
    listener: Link, centre: NodeIdentity, manual_clock: ManualClock
) -> None:
    """It stands on an entry that we no longer have, below what it once acknowledged."""
    older = cursor_at(listener, centre, 8)
    newer = cursor_at(listener, centre, 10)
    restore(listener, 6)
    link = outgoing.meet(centre, listener, newer)
    assert (link.out_epoch, link.out_seq) == (2, 10)
    manual_clock.advance(3600)
    link = outgoing.meet(centre, link, older)
    assert link.out_epoch == 3
    told_to(link, 1)
    assert link.out_seq == 11
    page = outgoing.page_sign(centre, link, 8)
    head = outgoing.head_sign(centre, link)
    assert page is not None
    far = Link(peer=centre.id, path="vn", kid=centre.key.public.kid)
    far.in_epoch, far.in_seq, far.in_hash = 1, 8, older.hash
    me = replace(centre, id=link.peer)
    told = Told(head=head.to_value(), page=page.to_value(), software="0")
    got = incoming.read(told, far, me)
    assert [entry.seq for entry, _, _ in got.entries] == [11]
