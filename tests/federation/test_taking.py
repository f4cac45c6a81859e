"""What a node takes from the other side, and what it refuses by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from loa.federation import applying, incoming, selectors
from loa.federation.exchanges import bulletins
from loa.federation.models import Aired, Incoming, Link
from loa.federation.refusals import Fault, LinkRefused
from loa.lib import clock
from loa.media.services import file_note
from loa.newsroom.models import Bulletin
from loa.people import acceptance
from loa_protocol import peer_api
from loa_protocol.clock import ManualClock
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.refusals import Reason
from tests.federation.peers import FakePeer, identity, revoke, sent, summary

Told = peer_api.Told


def take(peer: FakePeer, told: Told | None = None) -> int:
    link = Link.objects.get()
    return incoming.take(told or peer.told(link.in_seq), link, peer.to)


def refusal(peer: FakePeer, told: Told) -> str:
    """The name; and nothing was kept."""
    before = Link.objects.values_list("in_seq", "in_hash", "in_epoch").get()
    with pytest.raises(LinkRefused) as refused:
        take(peer, told)
    assert Link.objects.values_list("in_seq", "in_hash", "in_epoch").get() == before
    assert Incoming.objects.filter(seq__gt=before[0]).count() == 0
    return refused.value.reason.value


def states() -> list[str]:
    return list(Incoming.objects.order_by("seq").values_list("state", flat=True))


def test_a_province_s_summaries_arrive_and_stand_once(below: FakePeer) -> None:
    one = summary("vn/25/08911", outlets=1)
    below.add("play.summary", one)
    below.add("play.summary", summary("vn/25/08914"))
    below.add("play.summary", one | {"outlets": 2})
    assert take(below) == 3
    applying.apply_next()
    assert states() == ["applied"] * 3
    rows = selectors.aired(UUID(one["bulletin"]))
    assert [(row.commune, row.outlets, row.grades) for row in rows] == [
        ("vn/25/08911", 2, {"B": 1})
    ]


def test_the_same_page_again_is_a_replay_without_effect(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    told = below.told(0)
    assert take(below, told) == 1
    assert refusal(below, told) == Fault.REPLAY
    applying.apply_next()
    assert Aired.objects.count() == 1


def test_a_fact_told_under_two_numbers_counts_once(below: FakePeer) -> None:
    first = below.add("play.summary", summary("vn/25/08911"))
    below.entries.append(first | {"seq": 2})
    assert take(below) == 1
    assert Link.objects.get().duplicates == 1
    assert Link.objects.get().in_seq == 2


def _altered(told: Told) -> Told:
    page = dict(told.page or {})
    payload = b64decode(page["payload"]).replace(b'"outlets":2', b'"outlets":9')
    return told.model_copy(update={"page": page | {"payload": b64encode(payload)}})


def _cut(told: Told) -> Told:
    page = dict(told.page or {})
    return told.model_copy(update={"page": page | {"payload": page["payload"][:-40]}})


def _half(told: Told) -> Told:
    page = {key: value for key, value in (told.page or {}).items() if key != "sigs"}
    return told.model_copy(update={"page": page})


@pytest.mark.parametrize(
    ("change", "name"),
    [(_altered, "bad_signature"), (_cut, "bad_signature"), (_half, "bad_envelope")],
)
def test_an_altered_or_truncated_page_is_refused(
    below: FakePeer, change: Callable[[Told], Told], name: str
) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    assert refusal(below, change(below.told(0))) == name


def test_a_page_out_of_order_is_a_gap_and_is_healed_by_asking_again(below: FakePeer) -> None:
    for _ in range(4):
        below.add("play.summary", summary("vn/25/08911"))
    assert refusal(below, below.told(2)) == Fault.GAP
    assert take(below, below.told(0, limit=2)) == 2
    assert take(below) == 2


def test_an_entry_left_out_in_the_middle_is_a_gap(below: FakePeer) -> None:
    for _ in range(3):
        below.add("play.summary", summary("vn/25/08911"))
    del below.entries[1]
    assert refusal(below, below.told(0)) == Fault.GAP


def test_a_head_that_does_not_match_its_page_is_refused(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    told = Told(
        head=below.head(root="1" * 64).to_value(),
        page=below.page(0).to_value(),
        software="0",
    )
    assert refusal(below, told) == Fault.CHAIN_BROKEN


def test_a_page_from_the_future_is_refused(below: FakePeer, manual_clock: ManualClock) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    manual_clock.advance(60)
    told = below.told(0)
    manual_clock.advance(-60)
    assert refusal(below, told) == Reason.NOT_YET


def test_an_entry_from_the_future_is_refused(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911"), at=clock.now() + timedelta(minutes=6))
    assert refusal(below, below.told(0)) == Fault.BAD_ANSWER


def test_an_old_page_is_not_taken_for_a_new_one(below: FakePeer, manual_clock: ManualClock) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    told = below.told(0)
    manual_clock.advance(601)
    assert refusal(below, told) == Reason.EXPIRED


def test_a_key_that_the_root_never_delegated(below: FakePeer, keys: Path) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    stranger = identity(keys, "vn/25")
    below.node = replace(stranger, chain=stranger.chain[:1])
    assert refusal(below, below.told(0)) == Reason.UNKNOWN_KEY


def test_another_key_of_the_same_node_needs_a_new_link(below: FakePeer, keys: Path) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    below.node = identity(keys, "vn/25")
    assert refusal(below, below.told(0)) == Fault.KEY_CHANGED


def test_a_revoked_key(below: FakePeer, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    revoke(keys, below.node.key.public.kid)
    monkeypatch.setattr(acceptance, "_trust", None)
    assert refusal(below, below.told(0)) == Reason.REVOKED


def test_a_key_delegated_for_another_place(below: FakePeer, keys: Path) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    below.node = identity(keys, "vn/25", delegated="vn/24")
    assert refusal(below, below.told(0)) in {Reason.OUTSIDE_ISSUER, Reason.ISSUER_MISMATCH}


def test_another_province_is_not_this_one(below: FakePeer, keys: Path) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    below.node = identity(keys, "vn/24")
    assert refusal(below, below.told(0)) == Fault.OTHER_NODE


def test_a_page_for_somebody_else(below: FakePeer, keys: Path) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    below.to, us = identity(keys, "vn/24"), below.to
    told = below.told(0)
    below.to = us
    assert refusal(below, told) == Fault.OTHER_NODE


def test_a_shorter_list_than_before_is_a_fork(below: FakePeer) -> None:
    for _ in range(3):
        below.add("play.summary", summary("vn/25/08911"))
    take(below)
    del below.entries[2:]
    told = Told(head=below.head().to_value(), software="0")
    assert refusal(below, told) == Fault.FORK


def test_a_new_epoch_goes_on_behind_what_was_told(below: FakePeer) -> None:
    for _ in range(3):
        below.add("play.summary", summary("vn/25/08911"))
    take(below)
    link = Link.objects.get()
    again = FakePeer(below.node, below.to, epoch=2, first=6)
    again.add("play.summary", summary("vn/25/08914"))
    assert take(again, again.told(3, start=link.in_hash)) == 1
    link.refresh_from_db()
    assert (link.in_epoch, link.in_seq) == (2, 6)
    assert refusal(below, below.told(6)) == Fault.OLD_EPOCH


def test_what_is_unknown_is_kept_and_passed_over(below: FakePeer) -> None:
    below.add("play.dreamt", {"x": 1})
    below.add("play.summary", summary("vn/25/08911") | {"newer": "field"}, schema=2)
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    applying.apply_next()
    assert states() == ["unknown", "unknown", "applied"]


def test_what_is_unknown_and_critical_stops_the_link_until_an_upgrade(below: FakePeer) -> None:
    below.add("play.dreamt", {"x": 1}, crit=True)
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    applying.apply_next()
    link = Link.objects.get()
    assert (link.stopped, link.error) == (True, Fault.UNKNOWN_CRITICAL.value)
    assert states() == ["queued", "queued"]
    assert not applying.apply_next()
    Incoming.objects.filter(seq=1).update(
        kind="play.summary", body=Incoming.objects.get(seq=2).body
    )
    applying.retry_unknown()
    applying.apply_next()
    assert states() == ["applied", "applied"]


def test_a_fact_for_a_place_outside_the_sender_is_refused_alone(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/24/00001"), place="vn/24/00001")
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    applying.apply_next()
    assert states() == ["refused", "applied"]
    assert Incoming.objects.get(seq=1).reason == Fault.OUTSIDE_SENDER.value
    assert [row.commune for row in Aired.objects.all()] == ["vn/25/08911"]


def test_a_body_that_is_not_in_form_is_refused_alone(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911") | {"outlets": -1})
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    applying.apply_next()
    assert [(r.state, r.reason) for r in Incoming.objects.order_by("seq")] == [
        ("refused", "bad_body"),
        ("applied", ""),
    ]


def test_a_head_alone_enters_no_epoch(below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    link = Link.objects.get()
    fresh = FakePeer(below.node, below.to, epoch=2, first=4)
    told = Told(head=fresh.head(link.in_hash).to_value(), software="0")
    take(fresh, told)
    link.refresh_from_db()
    assert (link.in_epoch, link.in_size) == (1, 1), "nothing is still to come"
    fresh.add("play.summary", summary("vn/25/08914"))
    assert take(fresh, fresh.told(1, start=link.in_hash)) == 1


def test_an_entry_that_breaks_its_handler_waits_and_holds_up_nobody(
    above: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    bad, good = sent(b"x", title="hỏng"), sent(b"x")
    above.add("bulletin.sent", bad)
    above.add("bulletin.sent", good)
    take(above)
    receive = bulletins.receiving.bulletin_receive

    def breaking(**given: Any) -> bool:
        if given["came"].title == "hỏng":
            raise ZeroDivisionError
        return receive(**given)

    monkeypatch.setattr(bulletins.receiving, "bulletin_receive", breaking)
    applying.apply_next()
    assert [(r.state, r.reason) for r in Incoming.objects.order_by("seq")] == [
        ("waiting", "broken"),
        ("applied", ""),
    ]
    assert Bulletin.objects.get().pk == UUID(good["bulletin"])


def test_what_an_old_entry_said_is_let_go_and_its_place_in_the_list_stays(
    below: FakePeer, manual_clock: ManualClock
) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    below.add("play.dreamt", {"x": 1})
    take(below)
    applying.apply_next()
    manual_clock.advance(91 * 86_400)
    assert applying.bodies_forget(before=clock.now() - timedelta(days=90)) == 1
    assert [bool(row.body) for row in Incoming.objects.order_by("seq")] == [False, True]
    below.add("play.summary", summary("vn/25/08914"))
    assert take(below) == 1
