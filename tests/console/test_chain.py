"""The chain's page: who owed an answer last night, and the commune's own hour for the sound."""

from datetime import timedelta

from django.test import Client

from loa.delivery import chain
from loa.delivery.models import ChainHour
from loa.lib import clock
from loa.outlets.models import Device
from loa.people import authority
from loa.people.authority import NodeIdentity
from loa_protocol.clock import ManualClock
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import parse_payload
from tests.country import Country

PAGE = "/khan-cap/thu-chuoi"


def failed_night(country: Country, node: NodeIdentity) -> None:
    for outlet in country.one.outlets:
        key = SigningKey.generate().public
        Device.objects.create(
            outlet=outlet,
            serial=outlet.code,
            alg=key.alg,
            key=key.raw,
            kid=key.kid,
            broker_secret="x",
            enrolled_at=clock.now(),
        )
    past = clock.now() - timedelta(hours=1)
    chain.round_begin(node=node, way="silent", area=country.one.place.path, now=past)
    chain.close_due(clock.now())


def test_who_owed_an_answer_is_an_alarm_with_its_reason(
    country: Country, node: NodeIdentity, officer: Client, stranger: Client
) -> None:
    assert officer.get(PAGE + "/bao").content.strip() == b""
    failed_night(country, node)
    assert "2 cụm loa không trả lời" in officer.get(PAGE + "/bao").content.decode()
    page = officer.get(PAGE).content.decode()
    assert "Cụm loa 1" in page
    assert "chưa từng liên lạc" in page
    assert "0/2" in page
    assert "Cụm loa 1" not in stranger.get(PAGE).content.decode()
    assert "không trả lời" not in stranger.get(PAGE + "/bao").content.decode()
    assert PAGE + "/bao" in officer.get("/hom-nay/").content.decode()


def test_who_works_in_the_commune_reads_when_its_signed_hours_end(
    node: NodeIdentity, officer: Client, manual_clock: ManualClock
) -> None:
    assert officer.get(PAGE + "/bao").content.strip() == b""
    (policy,) = authority.documents_over(Kind.POLICY, node.path)
    ends = parse_payload(Kind.POLICY, policy.payload).expires
    manual_clock.advance((ends - clock.now()).total_seconds() - 20 * 86400 - 60)
    told = officer.get(PAGE + "/bao", follow=True).content.decode()
    assert "Quy định giờ phát còn 20 ngày" in told
    manual_clock.advance(21 * 86400)
    told = officer.get(PAGE + "/bao").content.decode()
    assert "đã hết hạn nên loa không phát chương trình" in told


def test_the_commune_chooses_its_own_hour(
    country: Country, officer: Client, stranger: Client
) -> None:
    path = country.one.place.path
    wish = {"path": path, "weekday": "5", "time": "07:30"}
    assert stranger.post(PAGE + "/gio", wish).status_code == 403
    officer.post(PAGE + "/gio", wish)
    hour = ChainHour.objects.get()
    assert (hour.path, hour.weekday, hour.minute) == (path, 5, 450)
    for bad in ({"weekday": "9"}, {"time": "99:99"}, {"time": "x"}):
        assert officer.post(PAGE + "/gio", wish | bad).status_code == 404
    officer.post(PAGE + "/gio", wish | {"weekday": ""})
    assert not ChainHour.objects.exists()
