"""Devices that knock: kept with their short key, bound by a technician, watched for clones."""

from datetime import timedelta

import pytest
from django.test import Client

from loa.journal.models import Fact
from loa.outlets import enrolment, events, knocks, rules
from loa.outlets.enrolment import EnrolRefused
from loa.outlets.models import Device, Knock
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import PLAN, TRUST, short_key
from loa_protocol.keys import PublicKey, SigningKey
from tests.conftest import NOON
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


@pytest.fixture
def box(country: Country, node: NodeIdentity) -> Box:
    return Box(node.id)


def bind(country: Country, number: int = 0) -> Device:
    knock = Knock.objects.get()
    return enrolment.device_bind(
        actor=country.one.actor("technician"), outlet=country.one.outlets[number], knock=knock
    )


def test_the_short_key_is_twelve_letters_of_the_key_alone() -> None:
    key = PublicKey("ed25519", bytes(range(32)))
    assert short_key(key) == short_key(PublicKey("ed25519", bytes(range(32))))
    assert short_key(key) != short_key(SigningKey.generate().public)
    assert [len(part) for part in short_key(key).split("-")] == [4, 4, 4]
    assert not set(short_key(key)) & set("ilo01")


def test_a_device_without_a_code_waits_and_is_bound_by_a_technician(
    country: Country, box: Box
) -> None:
    assert box.enrol(None).status_code == 202
    knock = Knock.objects.get()
    assert (knock.serial, knock.short) == ("box-1", short_key(box.key.public))
    assert [row.knock for row in knocks.waiting(country.one.actor("technician"))] == [knock]
    device = bind(country)
    assert Knock.objects.count() == 0
    answer = box.enrol(None)
    assert answer.status_code == 200
    assert answer.json()["outlet"] == device.outlet.wire_id
    assert box.get(TRUST).status_code == 200
    again = box.enrol(None)
    assert again.json()["mqtt"]["password"] == answer.json()["mqtt"]["password"]
    assert Device.objects.count() == 1
    fact = Fact.objects.get(kind=events.DEVICE_BOUND)
    assert fact.actor == f"person:{country.one.technician.pk}"


def test_of_two_technicians_who_tap_at_once_one_binds(country: Country, box: Box) -> None:
    box.enrol(None)
    knock = Knock.objects.get()
    bind(country)
    with pytest.raises(EnrolRefused, match="vừa được ghép nơi khác"):
        enrolment.device_bind(
            actor=country.two.actor("technician"), outlet=country.two.outlets[0], knock=knock
        )
    assert Device.objects.get().outlet == country.one.outlets[0]


def test_nobody_binds_at_another_commune_s_pole(country: Country, box: Box) -> None:
    box.enrol(None)
    for who in ("technician", "officer"):
        with pytest.raises(NotAllowed):
            enrolment.device_bind(
                actor=country.two.actor(who),
                outlet=country.one.outlets[0],
                knock=Knock.objects.get(),
            )
    assert Device.objects.count() == 0


def test_a_device_set_up_for_a_commune_is_shown_to_its_technicians_only(
    country: Country, box: Box
) -> None:
    box.enrol(None)
    Knock.objects.update(area=country.one.place.path)
    assert knocks.waiting(country.one.actor("technician"))
    assert knocks.waiting(country.two.actor("technician")) == []
    assert knocks.knock_get(country.two.actor("technician"), box.key.public.kid) is None
    assert knocks.waiting(country.one.actor("officer")) == []


def test_a_new_box_replaces_the_old_one_which_is_then_seen_knocking(
    country: Country, box: Box, node: NodeIdentity
) -> None:
    box.enrol(None)
    bind(country)
    box.enrol(None)
    other = Box(node.id, serial="box-2")
    other.enrol(None)
    bind(country)
    assert other.enrol(None).status_code == 200
    assert box.get(PLAN).status_code == 401
    old = Box(node.id, key=box.key)
    assert old.enrol(None).status_code == 202
    knock = Knock.objects.get()
    assert (knock.trouble, knock.outlet) == ("replaced", country.one.outlets[0])
    assert knocks.troubled(country.one.actor("technician")) == [knock]
    assert knocks.troubled(country.two.actor("technician")) == []
    assert knocks.waiting(country.one.actor("technician")) == []


def test_a_clone_with_another_serial_gets_nothing_and_is_a_fact(
    country: Country, box: Box, node: NodeIdentity
) -> None:
    box.enrol(None)
    bind(country)
    clone = Box(node.id, key=box.key, serial="copied")
    for _ in range(2):
        answer = clone.enrol(None)
        assert (answer.status_code, answer.json()) == (403, {"error": "key_known"})
    assert Knock.objects.get().trouble == "clone"
    assert Fact.objects.filter(kind=events.DEVICE_SUSPECT).count() == 1


def test_a_claim_used_by_a_second_device_is_shown(
    country: Country, box: Box, node: NodeIdentity
) -> None:
    code = claim_for(country.one.outlets[0], country.one.actor("technician"))
    box.enrol(code)
    Box(node.id, serial="box-2").enrol(code)
    knock = Knock.objects.get()
    assert (knock.trouble, knock.serial) == ("claim_used", "box-2")


def test_two_boxes_with_one_key_betray_themselves_by_their_addresses(
    country: Country, box: Box, manual_clock: ManualClock
) -> None:
    box.enrol(None)
    bind(country)
    box.enrol(None)
    for turn in range(rules.MOVES_SUSPECT + 2):
        box.client.defaults["REMOTE_ADDR"] = f"10.0.0.{turn % 2 + 1}"
        assert box.get(TRUST).status_code == 200
        manual_clock.advance(120)
    assert [device.outlet for device in knocks.movers(country.one.actor("technician"))] == [
        country.one.outlets[0]
    ]
    assert Fact.objects.filter(kind=events.DEVICE_SUSPECT).count() == 1


def test_a_box_that_changes_its_line_a_few_times_a_day_is_no_clone() -> None:
    now = NOON
    moves, since = 0, None
    for hour in range(24):
        moves, since, suspicious = rules.moved(moves, since, now + timedelta(hours=hour))
        assert not suspicious


def test_a_flood_from_one_address_pushes_nobody_else_off_the_list(
    country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks, "KNOCKS_OF_ADDRESS", 3)
    Box(node.id, serial="real", client=Client(REMOTE_ADDR="10.0.0.7")).enrol(None)
    for number in range(8):
        Box(node.id, serial=f"s{number}", client=Client(REMOTE_ADDR="10.0.0.8")).enrol(None)
    serials = set(Knock.objects.values_list("serial", flat=True))
    assert serials == {"real", "s5", "s6", "s7"}


def test_a_flood_of_strangers_is_bounded(
    country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks, "KNOCKS_MAX", 5)
    monkeypatch.setattr(knocks, "CROWD", 5)
    waits = [Box(node.id, serial=f"s{n}").enrol(None).json()["retry_s"] for n in range(12)]
    assert Knock.objects.count() == 5
    assert (waits[0], waits[-1]) == (5, 30)
