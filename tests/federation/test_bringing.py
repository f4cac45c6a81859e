"""Bulletins with their files: kept when whole, withdrawn everywhere, resumed where they stopped."""

from uuid import UUID

import pytest

from loa.federation import applying, fetching, selectors
from loa.federation.models import Fetch, Incoming, Link, Taken
from loa.federation.refusals import LinkRefused
from loa.media.services import file_note
from loa.newsroom.models import Bulletin
from loa.schedule import handlers
from loa.schedule.models import LibraryEntry, Slot
from loa_protocol.refusals import Reason
from tests.federation.peers import FakePeer, sent
from tests.federation.test_taking import states, take


def bring(data: bytes) -> None:
    fetching.fetch(Fetch.objects.get(), lambda one, start: iter([data[start:]]))


def test_a_bulletin_waits_for_its_sound_and_then_reaches_the_libraries(above: FakePeer) -> None:
    body = sent(b"tieng")
    above.add("bulletin.sent", body)
    take(above)
    applying.apply_next()
    assert states() == ["waiting"]
    assert selectors.standings()[0].files == 1
    bring(b"tieng")
    applying.retry_waiting()
    applying.apply_next()
    assert states() == ["applied"]
    handlers.follow()
    entries = LibraryEntry.objects.filter(bulletin_id=body["bulletin"])
    assert entries.count() == 2
    assert Slot.objects.count() == 0


def test_a_priority_bulletin_takes_the_front_of_the_next_session(above: FakePeer) -> None:
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    above.add("bulletin.sent", sent(b"x", **{"class": "priority"}))
    take(above)
    applying.apply_next()
    handlers.follow()
    assert {slot.class_name for slot in Slot.objects.all()} == {"priority"}
    assert Slot.objects.count() == 2


def test_what_was_here_before_a_restore_is_kept_and_not_aired_again(above: FakePeer) -> None:
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    above.acked = 1
    above.add("bulletin.sent", sent(b"x", **{"class": "priority"}))
    above.add("bulletin.sent", sent(b"x", **{"class": "priority"}))
    take(above)
    assert Link.objects.get().had == 1
    applying.apply_next()
    handlers.follow()
    assert LibraryEntry.objects.count() == 4
    old, new = (UUID(entry["body"]["bulletin"]) for entry in above.entries)
    assert not Slot.objects.filter(bulletin_id=old).exists()
    assert Slot.objects.filter(bulletin_id=new).count() == 2


def test_a_withdrawal_follows_the_bulletin_everywhere(above: FakePeer) -> None:
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    body = sent(b"x", **{"class": "priority"})
    above.add("bulletin.sent", body)
    above.add("bulletin.withdrawn", {"bulletin": body["bulletin"], "reason": "Sai ngày"})
    take(above)
    applying.apply_next()
    while handlers.follow():
        pass
    assert Bulletin.objects.get().state == "withdrawn"
    assert LibraryEntry.objects.filter(withdrawn_at=None).count() == 0
    assert Slot.objects.filter(removed_at=None).count() == 0


def test_a_bulletin_for_places_that_no_longer_stand_is_refused_by_name(above: FakePeer) -> None:
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    above.add("bulletin.sent", sent(b"x", targets=["vn/25/99999"]))
    take(above)
    applying.apply_next()
    assert [(r.state, r.reason) for r in Incoming.objects.all()] == [("refused", "dead_place")]
    assert Bulletin.objects.count() == 0


def test_a_file_is_resumed_where_it_stopped_and_checked(above: FakePeer) -> None:
    data = bytes(range(256)) * 40
    above.add("bulletin.sent", sent(data))
    take(above)
    applying.apply_next()
    one, starts = Fetch.objects.get(), []

    def pieces(wanted: Fetch, start: int) -> list[bytes]:
        starts.append(start)
        return [data[start : start + 6000]]

    assert not fetching.fetch(one, lambda w, s: iter(pieces(w, s)))
    assert fetching.fetch(one, lambda w, s: iter(pieces(w, s)))
    assert starts == [0, 6000]
    assert not Fetch.objects.exists()


def test_a_file_that_is_not_its_hash_is_thrown_away(above: FakePeer) -> None:
    above.add("bulletin.sent", sent(b"tieng"))
    take(above)
    applying.apply_next()
    with pytest.raises(LinkRefused) as refused:
        bring(b"TIENG")
    assert refused.value.reason is Reason.MEDIA_MISMATCH
    assert Fetch.objects.get().error == "media_mismatch"
    applying.retry_waiting()
    applying.apply_next()
    assert states() == [Taken.WAITING.value]
    bring(b"tieng")
    applying.retry_waiting()
    applying.apply_next()
    assert states() == [Taken.APPLIED.value]
