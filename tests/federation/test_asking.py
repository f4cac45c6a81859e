"""The nodes' side over HTTP: who is let in, and what is refused by name, with nothing kept."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loa.federation import admission, applying
from loa.federation.models import Incoming, Link, LinkCode, OutgoingMedia
from loa.federation.refusals import Fault, LinkRefused
from loa.lib import clock
from loa.media.services import file_note
from loa.media.store import MediaStore
from loa.people.authority import NodeIdentity
from loa.people.rules import NODE
from loa.people.selectors import NotAllowed
from loa_protocol import peer_api
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import dump_body
from tests.country import Country, place
from tests.federation.peers import FakePeer, identity, summary, told_to

pytestmark = pytest.mark.urls("loa.config.urls_device")


@pytest.fixture
def newcomer(centre: NodeIdentity, keys: Path) -> FakePeer:
    """A province that is not linked yet."""
    return FakePeer(identity(keys, "vn/25"), centre)


def post(client: Client, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(**asked)
    body = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return response.status_code, json.loads(body)


def join(client: Client, peer: FakePeer, code: str) -> tuple[int, dict[str, Any]]:
    return post(client, peer.ask(peer_api.JOIN, peer_api.Join(code=code, software="0.1.0")))


def test_a_code_lets_its_province_in_once(client: Client, newcomer: FakePeer) -> None:
    code = admission.code_make(actor=NODE, path="vn/25")
    status, answer = join(client, newcomer, code.upper())
    assert (status, answer["head"]["kind"]) == (200, "head")
    link = Link.objects.get()
    assert (link.peer, link.path, link.below) == ("n-25", "vn/25", True)
    assert join(client, newcomer, code) == (403, {"error": "code_used"})


def test_an_expired_code(client: Client, newcomer: FakePeer, manual_clock: ManualClock) -> None:
    code = admission.code_make(actor=NODE, path="vn/25", life=timedelta(hours=1))
    manual_clock.advance(3601)
    assert join(client, newcomer, code) == (403, {"error": "code_expired"})
    assert not Link.objects.exists()


def test_a_code_for_another_province_stays_good_for_its_own(
    client: Client, newcomer: FakePeer, country: Country
) -> None:
    place("province", "24", "Tỉnh Bắc Ninh", "vn/24", country.nation)
    code = admission.code_make(actor=NODE, path="vn/24")
    assert join(client, newcomer, code)[1]["error"] == "code_other_place"
    assert LinkCode.objects.get().used_at is None


def test_a_guessed_code(client: Client, newcomer: FakePeer) -> None:
    assert join(client, newcomer, "aaaa-bbbb") == (403, {"error": "code_unknown"})


def test_the_right_code_in_the_wrong_hands(client: Client, newcomer: FakePeer, keys: Path) -> None:
    """A key that the root delegated for another place, or not at all, opens nothing."""
    code = admission.code_make(actor=NODE, path="vn/25")
    newcomer.node = identity(keys, "vn/25", delegated="vn/24")
    assert join(client, newcomer, code)[0] == 400
    newcomer.node = replace(newcomer.node, chain=newcomer.node.chain[:1])
    assert join(client, newcomer, code) == (
        401,
        {"error": "unknown_key", "detail": newcomer.node.key.kid},
    )
    assert not Link.objects.exists()


def test_only_who_governs_the_nation_gives_out_codes(
    centre: NodeIdentity, country: Country
) -> None:
    with pytest.raises(NotAllowed):
        admission.code_make(actor=country.actor("administrator"), path="vn/25")


def test_a_code_names_a_province_that_stands(centre: NodeIdentity) -> None:
    with pytest.raises(LinkRefused) as refused:
        admission.code_make(actor=NODE, path="vn/99")
    assert refused.value.reason is Fault.DEAD_PLACE


def push(client: Client, peer: FakePeer, told: peer_api.Told) -> tuple[int, dict[str, Any]]:
    return post(client, peer.ask(peer_api.PUSH, told))


def test_a_push_is_taken_and_answered_with_the_new_cursor(client: Client, below: FakePeer) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    status, answer = push(client, below, below.told(0))
    assert (status, answer["cursor"]["seq"]) == (200, 1)
    assert push(client, below, below.told(0)) == (
        409,
        {"error": "replay", "detail": "from 0, have 1"},
    )
    assert Incoming.objects.count() == 1
    assert Link.objects.get().error == "replay"


def test_a_node_that_is_not_linked_or_no_longer(
    client: Client, below: FakePeer, newcomer: FakePeer, centre: NodeIdentity, keys: Path
) -> None:
    stranger = FakePeer(identity(keys, "vn/24"), centre)
    asked = peer_api.Asked(software="0")
    assert post(client, stranger.ask(peer_api.CURSOR, asked)) == (403, {"error": "not_linked"})
    admission.unlink(actor=NODE, link=Link.objects.get(), node=centre)
    assert post(client, below.ask(peer_api.CURSOR, asked)) == (403, {"error": "not_linked"})


def test_linking_again_goes_on_where_it_stopped(
    client: Client, below: FakePeer, centre: NodeIdentity
) -> None:
    below.add("play.summary", summary("vn/25/08911"))
    push(client, below, below.told(0))
    admission.unlink(actor=NODE, link=Link.objects.get(), node=centre)
    below.add("play.summary", summary("vn/25/08914"))
    assert push(client, below, below.told(1))[1]["error"] == "not_linked"
    join(client, below, admission.code_make(actor=NODE, path="vn/25"))
    assert push(client, below, below.told(1))[1]["cursor"]["seq"] == 2
    applying.apply_next()
    assert list(Incoming.objects.values_list("state", flat=True)) == ["applied", "applied"]


def test_another_key_needs_a_new_code(client: Client, below: FakePeer, keys: Path) -> None:
    below.node = identity(keys, "vn/25")
    asked = peer_api.Asked(software="0")
    assert post(client, below.ask(peer_api.CURSOR, asked))[1]["error"] == "key_changed"
    assert join(client, below, admission.code_make(actor=NODE, path="vn/25"))[0] == 200
    assert post(client, below.ask(peer_api.CURSOR, asked))[0] == 200


def test_a_request_without_a_signature_for_somebody_else_or_altered(
    client: Client, below: FakePeer
) -> None:
    message = peer_api.Asked(software="0")
    bare = below.ask(peer_api.CURSOR, message)
    del bare["HTTP_LOA_REQUEST"]
    assert post(client, bare)[0] == 401
    other = below.ask(peer_api.CURSOR, message, node="n-01")
    assert post(client, other)[1]["error"] == "wrong_node"
    altered = below.ask(peer_api.CURSOR, message) | {
        "data": dump_body(peer_api.Asked(software="1"))
    }
    assert post(client, altered)[1]["error"] == "bad_field"


def test_a_request_from_yesterday(
    client: Client, below: FakePeer, manual_clock: ManualClock
) -> None:
    asked = below.ask(peer_api.CURSOR, peer_api.Asked(software="0"))
    manual_clock.advance(86_400)
    assert post(client, asked)[1]["error"] == "expired"


def _packed(peer: FakePeer, plain: bytes) -> dict[str, Any]:
    from loa_protocol.clock import SystemClock

    assert not isinstance(clock.current(), SystemClock)
    body = gzip.compress(plain)
    header = peer_api.sign_request(
        peer.node.key,
        issuer=peer.node.issuer,
        chain=peer.node.chain,
        node=peer.to.id,
        method="POST",
        path=peer_api.PUSH,
        body=body,
        clock=clock.current(),
    )
    return {
        "path": peer_api.PUSH,
        "data": body,
        "content_type": "application/json",
        "HTTP_LOA_REQUEST": header,
        "HTTP_CONTENT_ENCODING": "gzip",
    }


def test_what_unpacks_to_too_much_is_cut_off(client: Client, below: FakePeer) -> None:
    bomb = _packed(below, b" " * (peer_api.ANSWER_MAX_BYTES + 1))
    assert post(client, bomb) == (413, {"error": "too_large", "detail": "unpacked"})


def test_what_is_not_json_or_not_in_form(client: Client, below: FakePeer) -> None:
    assert post(client, _packed(below, b"{"))[1]["error"] == "bad_json"
    assert post(client, _packed(below, b'{"head":1}'))[1]["error"] == "bad_field"


def test_a_file_is_given_only_to_whom_it_was_told(
    client: Client, below: FakePeer, settings: Any
) -> None:
    source = settings.ENV.data / "f"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"0123456789")
    kept = MediaStore(settings.ENV.media).put(source)
    file_note(sha256=kept.sha256, mime="audio/ogg", size_bytes=10, ms=1)
    asked = below.ask(peer_api.MEDIA + kept.sha256, method="GET")
    assert client.get(**asked).status_code == 404
    OutgoingMedia.objects.create(link=Link.objects.get(), sha256=kept.sha256)
    part = client.get(**asked, HTTP_RANGE="bytes=4-")
    assert (part.status_code, part.content) == (206, b"456789")


def test_no_page_of_the_console_and_no_cookie_is_here(client: Client, below: FakePeer) -> None:
    response = client.post(**below.ask(peer_api.CURSOR, peer_api.Asked(software="0")))
    assert response.status_code == 200
    assert not response.cookies
    assert client.get("/hom-nay/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_pull_gets_the_next_page_at_once_and_waits_where_there_is_none(
    client: Client, below: FakePeer
) -> None:
    link = Link.objects.get()
    told_to(link, 3)
    start = peer_api.Cursor(epoch=0, seq=0, hash=peer_api.GENESIS)
    pull = peer_api.Pull(cursor=start, wait_s=30, software="0.1.0")
    status, answer = post(client, below.ask(peer_api.PULL, pull))
    assert (status, answer["page"]["kind"]) == (200, "page")
    link.refresh_from_db()
    at = peer_api.Cursor(epoch=1, seq=3, hash=link.out_hash)
    waiting = peer_api.Pull(cursor=at, wait_s=1, software="0.1.0")
    status, answer = post(client, below.ask(peer_api.PULL, waiting))
    assert (status, "page" in answer) == (200, False)
    link.refresh_from_db()
    assert link.out_acked == 3
