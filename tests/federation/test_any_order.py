"""Pages in any order, cut, doubled or altered: what is kept is the list, whole and once."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loa.federation import applying, incoming, selectors
from loa.federation.models import Aired, Incoming, Link
from loa.federation.refusals import LinkRefused
from loa_protocol import peer_api
from loa_protocol.encoding import b64decode, b64encode
from tests.federation.peers import FakePeer, summary

ENTRIES = 9


@dataclass(frozen=True)
class Delivery:
    """One page as the line brings it: from somewhere, so long, and what happened to it."""

    after: int
    limit: int
    harm: str
    where: int


deliveries = st.lists(
    st.builds(
        Delivery,
        after=st.integers(0, ENTRIES - 1),
        limit=st.integers(1, ENTRIES),
        harm=st.sampled_from(["none", "none", "bit", "cut", "headless", "old"]),
        where=st.integers(0, 10_000),
    ),
    max_size=12,
)


def delivered(peer: FakePeer, one: Delivery) -> peer_api.Told:
    told = peer.told(one.after, one.limit)
    page: dict[str, Any] = dict(told.page or {})
    payload = bytearray(b64decode(page["payload"]))
    if one.harm == "bit":
        payload[one.where % len(payload)] ^= 1
        page["payload"] = b64encode(bytes(payload))
    elif one.harm == "cut":
        page["payload"] = b64encode(bytes(payload[: one.where % len(payload)]))
    elif one.harm == "old":
        page = peer.page(one.after, one.limit, epoch=7).to_value()
    head = peer.page(0).to_value() if one.harm == "headless" else told.head
    return told.model_copy(update={"page": page, "head": head})


@given(deliveries)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_the_line_does_the_list_is_kept_whole_and_once(
    below: FakePeer, found: list[Delivery]
) -> None:
    Aired.objects.all().delete()
    Incoming.objects.all().delete()
    Link.objects.update(in_epoch=0, in_seq=0, in_hash=peer_api.GENESIS, duplicates=0)
    below.entries.clear()
    for number in range(ENTRIES):
        below.add("play.summary", summary("vn/25/08911", outlets=number + 1))
    for one in found:
        with suppress(LinkRefused):
            incoming.take(delivered(below, one), Link.objects.get(), below.to)
        applying.apply_next()
    while (link := Link.objects.get()).in_seq < ENTRIES:
        incoming.take(below.told(link.in_seq, 4), link, below.to)
    applying.apply_next()
    rows = Incoming.objects.order_by("seq").values_list("seq", "fact", "state")
    assert [(seq, str(fact), state) for seq, fact, state in rows] == [
        (entry["seq"], entry["id"], "applied") for entry in below.entries
    ]
    assert link.in_hash == below.chain()
    assert Aired.objects.count() == ENTRIES
    assert selectors.standings()[0].behind_in == 0
