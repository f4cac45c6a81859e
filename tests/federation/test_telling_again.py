"""The loop that tells the node above, after this node came back from a backup."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from loa.federation import incoming, outgoing
from loa.federation.line import Line
from loa.federation.models import Link
from loa.federation.running import Telling
from loa.people.authority import NodeIdentity
from loa_protocol import peer_api
from tests.federation.peers import FakePeer, told_to


@dataclass
class Above:
    """A faithful node above: keeps what it takes, says where it stands."""

    node: NodeIdentity
    far: Link
    head: Any
    marks: tuple[peer_api.Mark, ...]
    asked: list[str] = field(default_factory=list)

    def post(self, path: str, message: Any, model: Any, **_: Any) -> peer_api.Standing:
        self.asked.append(path)
        if path == peer_api.PUSH:
            got = incoming.read(message, self.far, replace(self.node, id="n-25"))
            if got.entries:
                self.far.in_epoch, self.far.in_hash = got.epoch, got.hash
                self.far.in_seq = got.entries[-1][0].seq
                self.head = message.head
        stands = peer_api.Cursor(
            epoch=self.far.in_epoch,
            seq=self.far.in_seq,
            hash=self.far.in_hash,
            head=self.head,
            marks=self.marks,
        )
        return peer_api.Standing(cursor=stands, software="0")


def test_a_restored_node_that_wrote_little_since_tells_it_at_once(
    below: FakePeer, centre: NodeIdentity
) -> None:
    """Its list is still shorter than what the other side has: it must not wait until it is not."""
    link = Link.objects.get()
    told_to(link, 10)
    far = Link(peer=centre.id, path="vn", kid=centre.key.public.kid)
    far.in_epoch, far.in_seq, far.in_hash = 1, 10, link.out_hash
    hashes = dict(link.outgoing.values_list("seq", "hash"))
    marks = tuple(peer_api.Mark(seq=n, hash=hashes[n]) for n in sorted(hashes, reverse=True))
    above = Above(centre, far, outgoing.head_sign(centre, link).to_value(), marks)
    last = link.outgoing.get(seq=6)
    link.outgoing.filter(seq__gt=6).delete()
    Link.objects.update(out_seq=6, out_hash=last.hash, out_acked=6)
    link.refresh_from_db()
    told_to(link, 1)
    telling = Telling()
    for _ in range(3):
        telling.step(cast(Line, above), Link.objects.get())
    assert above.asked == [peer_api.CURSOR, peer_api.PUSH]
    assert (far.in_epoch, far.in_seq) == (2, 11)
    link.refresh_from_db()
    assert (link.out_epoch, link.out_acked) == (2, 11)
