"""A province's code changes by a reorganisation of units, and its link goes on."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from loa.federation import applying, outgoing, selectors
from loa.federation.contract import Direction
from loa.federation.models import Aired, Incoming, Link
from loa.places.reform.operations import Row
from loa_protocol import peer_api
from tests.country import Country, place
from tests.federation.peers import FakePeer, identity, linked, summary
from tests.federation.test_asking import post
from tests.federation.test_taking import take
from tests.federation.test_telling import approved, country_office, export
from tests.places.reforming import apply, draft, undo

__all__ = ["country_office"]

CODE_CHANGES = Row(level="province", former="25", successor="26", name="Tỉnh Đất Tổ")


def told(peer: FakePeer, *communes: str) -> list[tuple[str, str]]:
    """What became of summaries about these communes."""
    first = len(peer.entries)
    for commune in communes:
        peer.add("play.summary", summary(commune), place=commune)
    take(peer)
    applying.apply_next()
    rows = Incoming.objects.filter(seq__gt=first).order_by("seq")
    return list(rows.values_list("state", "reason"))


def test_what_is_said_under_either_name_is_the_province_s_own(below: FakePeer) -> None:
    apply(draft(CODE_CHANGES))
    assert told(below, "vn/25/08911", "vn/26/08911", "vn/24/00001") == [
        ("applied", ""),
        ("applied", ""),
        ("refused", "outside_sender"),
    ]
    peer = outgoing.peer_of(Link.objects.get())
    assert (peer.path, peer.former) == ("vn/26", ("vn/25",))


def test_a_bulletin_for_the_new_name_and_one_for_the_old_go_to_the_same_node(
    below: FakePeer, country: Country, country_office: object
) -> None:
    approved(country, country_office, targets=("vn/25/08911",))  # type: ignore[arg-type]
    apply(draft(CODE_CHANGES))
    approved(country, country_office, targets=("vn/26/08914",))  # type: ignore[arg-type]
    assert [body["targets"] for _, _, body in export()] == [["vn/25/08911"], ["vn/26/08914"]]


@pytest.mark.urls("loa.config.urls_device")
def test_the_link_goes_by_the_new_name_once_the_root_delegated_the_key_there(
    below: FakePeer, keys: Path, client: Client
) -> None:
    apply(draft(CODE_CHANGES))
    papers = identity(keys, "vn/25", delegated="vn/26")
    stranger = FakePeer(replace(papers, id="n-25", path="vn/26"), below.to)
    asked = peer_api.Asked(software="0")
    status, answer = post(client, stranger.ask(peer_api.CURSOR, asked))
    assert (status, answer["error"]) == (400, "key_changed"), "another key moves nothing"
    Link.objects.update(kid=papers.key.public.kid)
    assert post(client, stranger.ask(peer_api.CURSOR, asked))[0] == 200
    link = Link.objects.get()
    assert (link.path, link.former) == ("vn/26", "vn/25")
    stranger.add("play.summary", summary("vn/25/08911"), place="vn/25/08911")
    assert take(stranger) == 1, "what it had put on its list before is still its own"
    applying.apply_next()
    assert Incoming.objects.get().state == "applied"


@pytest.mark.urls("loa.config.urls_device")
def test_a_key_delegated_elsewhere_does_not_move_the_link(
    below: FakePeer, keys: Path, client: Client
) -> None:
    apply(draft(CODE_CHANGES))
    papers = identity(keys, "vn/25", delegated="vn/01")
    Link.objects.update(kid=papers.key.public.kid)
    stranger = FakePeer(replace(papers, id="n-25", path="vn/01"), below.to)
    answer = post(client, stranger.ask(peer_api.CURSOR, peer_api.Asked(software="0")))[1]
    assert answer["error"] == "wrong_scope"
    assert Link.objects.get().path == "vn/25"


def test_of_two_provinces_that_became_one_neither_speaks_for_the_other(
    below: FakePeer, country: Country, keys: Path
) -> None:
    other = place("province", "24", "Tỉnh Bên Cạnh", "vn/24", country.nation)
    place("commune", "00001", "Xã Của Tỉnh Bên Cạnh", "vn/24/00001", other)
    linked(identity(keys, "vn/24"), below=True)
    apply(draft(Row(level="province", former="24", successor="25")))
    mine = Link.objects.get(path="vn/24")
    assert selectors.place_today(mine) == "vn/24"
    assert outgoing.direction_from(mine) is Direction.UP
    neighbour = FakePeer(identity(keys, "vn/24"), below.to)
    neighbour.add("play.summary", summary("vn/25/08911"), place="vn/25/08911")
    Link.objects.filter(pk=mine.pk).update(kid=neighbour.node.key.public.kid)
    Link.objects.exclude(pk=mine.pk).delete()
    assert selectors.place_today(Link.objects.get()) == "vn/25", "alone it is its successor's"


def test_what_was_summed_up_is_found_at_the_successor_and_comes_back(
    below: FakePeer,
) -> None:
    one = summary("vn/25/08911")
    below.add("play.summary", one)
    take(below)
    applying.apply_next()
    reform = draft(CODE_CHANGES)
    apply(reform)
    assert [row.commune for row in selectors.aired(UUID(one["bulletin"]))] == ["vn/26/08911"]
    undo(reform)
    assert Aired.objects.get().commune == "vn/25/08911"
