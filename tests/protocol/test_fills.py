"""Templates that two persons signed in advance, and the feed that fills their blanks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tools.protocol.world import COMMUNE, PROVINCE, World, key_named

from loa_protocol import Channel, Envelope, Reason
from loa_protocol.order_book import Status
from loa_protocol.payloads import (
    Blank,
    Fill,
    Issuer,
    KeyText,
    Template,
)
from loa_protocol.trust import version_for
from tests.protocol.device import Device
from tests.protocol.refusing import refusing

W = World()
MINUTE = timedelta(minutes=1)
VILLAGE = Issuer(path=COMMUNE, person="v1")


def template() -> Template:
    return Template(
        id="flood",
        feed=KeyText(alg="ed25519", key=key_named("feed").public.text),
        class_=4,
        text="Nước lên mức {muc}.",
        blanks={"muc": Blank(type="level", values=("1", "2", "3"))},
        cancel_s=60,
        max_per_day=2,
        version=version_for(W.now),
        **W.common(86400 * 30, issuer=Issuer(path=PROVINCE, person="p1"), target=(PROVINCE,)),
    )


def fill(feed: str = "feed", **more: object) -> Envelope:
    fields = W.sounding(4, text="Nước lên mức 2.", plays=1)
    values = {
        "template": "flood",
        "template_version": version_for(W.now),
        "blanks": {"muc": "2"},
        **fields,
        **more,
    }
    return W.signed(Fill(**values), feed)  # type: ignore[arg-type]


@pytest.fixture
def fed(device: Device) -> Device:
    """A device that has a template which two persons signed in advance."""
    device.take(W.signed(template(), "p1", "p2", chain=W.officers), Channel.POLICY)
    return device


def test_a_filled_template_plays_after_its_window(fed: Device) -> None:
    fed.take(fill())
    assert fed.hear().order is None
    fed.now += MINUTE
    assert fed.hear().order is not None


def test_one_person_stops_a_filled_template_in_its_window(fed: Device) -> None:
    envelope = fill()
    fed.take(envelope)
    fed.take(W.mute(envelope.id))
    fed.now += MINUTE
    assert fed.hear().order is None
    assert fed.order(envelope).status is Status.CANCELLED


Make = Callable[[], Envelope]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: fill(text="Chạy ngay!"), Reason.BAD_FIELD),
        (lambda: fill(blanks={"muc": "9"}, text="Nước lên mức 9."), Reason.BAD_FIELD),
        (lambda: fill(blanks={}), Reason.BAD_FIELD),
        (lambda: fill(class_=5), Reason.ABOVE_CEILING),
        (lambda: fill(target=("vn",)), Reason.OUTSIDE_ISSUER),
        (lambda: fill(template_version=1), Reason.OLD_VERSION),
        (lambda: fill(template="storm"), Reason.UNSUPPORTED),
        (lambda: fill(issuer=VILLAGE), Reason.UNSUPPORTED),
        (lambda: fill(issuer=Issuer(path=PROVINCE, person="p2")), Reason.ISSUER_MISMATCH),
    ],
)
def test_a_feed_says_only_what_the_template_allows(fed: Device, make: Make, reason: Reason) -> None:
    with refusing(reason):
        fed.take(make())


def test_a_feed_speaks_only_so_often_a_day(fed: Device) -> None:
    fed.take(fill())
    fed.take(fill())
    with refusing(Reason.ABOVE_CEILING):
        fed.take(fill())


def test_a_stranger_is_no_feed(fed: Device, device: Device) -> None:
    doc = fill()
    with refusing(Reason.BAD_SIGNATURE):
        broken = doc.sigs[0].__class__(doc.sigs[0].kid, bytes(64))
        fed.take(doc.__class__(doc.kind, doc.payload, (broken,), ()))
    with refusing(Reason.UNKNOWN_KEY):
        Device(W, W.now).take(doc)


def test_another_offices_template_of_the_same_id_is_another_template(fed: Device) -> None:
    """Two of a village, with a later version and a feed of theirs: nothing of the province's ends,
    and neither feed speaks under the other's words or uses up the other's day."""
    village = {
        "issuer": VILLAGE,
        "target": (COMMUNE,),
        "feed": KeyText(alg="ed25519", key=key_named("p9").public.text),
        "class_": 3,
        "text": "Không có gì. Mức {muc}.",
        "cancel_s": 0,
        "version": version_for(W.now) + 60_000,
    }
    theirs = template().model_copy(update=village)
    fed.take(W.signed(theirs, "v1", "v2", chain=W.village), Channel.POLICY)
    fields = {"issuer": VILLAGE, "target": (COMMUNE,), "class_": 3}
    words = {"text": "Không có gì. Mức 2.", "template_version": theirs.version}
    for _ in range(2):
        fed.take(fill("p9", **fields, **words))
    with refusing(Reason.UNKNOWN_KEY):
        fed.take(fill("p9"))
    with refusing(Reason.UNKNOWN_KEY):
        fed.take(fill(**fields, **words))
    province = fill()
    fed.take(province)
    assert fed.order(province).not_before is not None
    with refusing(Reason.ABOVE_CEILING):
        fed.take(fill("p9", **fields, **words))


def test_a_template_with_a_worthless_feed_key_silences_no_other(fed: Device) -> None:
    weak = template().model_copy(
        update={"id": "storm", "feed": KeyText(alg="ed25519", key="AQ" + "A" * 41)}
    )
    with refusing(Reason.WEAK_KEY):
        fed.take(W.signed(weak, "p1", "p2", chain=W.officers), Channel.POLICY)
    fed.take(fill())


@pytest.mark.parametrize("more", [{"title": "Chạy ngay"}, {"hazard": "fire"}])
def test_where_a_template_gives_title_and_hazard_they_bind(
    device: Device, more: dict[str, object]
) -> None:
    bound = template().model_copy(update={"title": "Nước mức {muc}", "hazard": "flood"})
    device.take(W.signed(bound, "p1", "p2", chain=W.officers), Channel.POLICY)
    good: dict[str, object] = {"title": "Nước mức 2", "hazard": "flood"}
    device.take(fill(**good))
    with refusing(Reason.BAD_FIELD):
        device.take(fill(**(good | more)))
