"""The devices' side in ordinary and bad hours: plan, time, orders, media, a full disk."""

import hashlib
import json
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from loa.delivery.open_documents import open_issue
from loa.lib import clock
from loa.media import services as media
from loa.media.store import MediaStore
from loa.people.authority import NodeIdentity
from loa.schedule import plans
from loa.schedule.handlers import station_ref
from loa_protocol.device_api import ORDERS, PLAN, POLICY, TIME, TRUST
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import new_nonce, parse_payload
from tests.country import Country
from tests.device.device import Box, claim_for
from tests.factories.bulletins import airable_content
from tests.factories.programmes import add

pytestmark = pytest.mark.urls("loa.device.urls")

SOUND = b"OggS" + bytes(5000)
SHA = hashlib.sha256(SOUND).hexdigest()


@pytest.fixture
def box(country: Country, node: NodeIdentity) -> Box:
    made = Box(node.id)
    made.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    return made


def issue(country: Country, node: NodeIdentity, tmp_path: Any) -> None:
    path = tmp_path / "sound"
    path.write_bytes(SOUND)
    MediaStore(settings.ENV.media).put(path)
    media.file_note(sha256=SHA, mime="audio/ogg", size_bytes=len(SOUND), ms=5000)
    add(country, content=airable_content(country.one, sha256=SHA), seconds=5)
    plans.plan_issue(station=station_ref(country.one.station), node=node)


def test_the_time_comes_signed_under_the_device_s_own_nonce(box: Box) -> None:
    nonce = new_nonce()
    envelope = Envelope.parse(box.get(f"{TIME}?nonce={nonce}").content)
    payload = parse_payload(Kind.TIME, envelope.payload)
    assert getattr(payload, "nonce") == nonce  # noqa: B009  the kind's own field
    assert getattr(payload, "now") == clock.now()  # noqa: B009
    assert box.get(f"{TIME}?nonce=short").status_code == 400


def test_no_plan_yet_then_a_plan_then_nothing_new(
    country: Country, node: NodeIdentity, box: Box, tmp_path: Any
) -> None:
    assert box.get(PLAN).status_code == 404
    issue(country, node, tmp_path)
    answer = box.get(PLAN)
    envelope = Envelope.parse(answer.content)
    assert answer.headers["ETag"] == f'"{envelope.id}"'
    again = box.get(PLAN, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_station_gets_its_own_plan_only(
    country: Country, node: NodeIdentity, box: Box, tmp_path: Any
) -> None:
    issue(country, node, tmp_path)
    neighbour = Box(node.id, serial="box-9")
    neighbour.enrol(claim_for(country.two.outlets[0], country.two.actor("technician")))
    assert neighbour.get(PLAN).status_code == 404


def test_papers_come_as_they_were_signed(box: Box) -> None:
    papers = box.get(TRUST).json()
    assert [value["kind"] for value in papers["chain"]] == ["delegation"] * 3
    assert Envelope.from_value(papers["root"][0]).kind is Kind.ROOT
    assert box.get(TRUST).json()["assignment"] == papers["assignment"]
    assert len(box.get(POLICY).json()["policy"]) == 1


@pytest.mark.django_db(transaction=True)
def test_orders_answer_at_once_and_name_the_open(
    country: Country, node: NodeIdentity, box: Box
) -> None:
    area = country.one.place.path
    document = open_issue(node=node, area=area)
    answer = box.get(f"{ORDERS}?wait=0").json()
    assert answer["orders"] == []
    assert Envelope.from_value(answer["open"]).id == document.sha256
    public = box.client.get("/open/1/08911")
    assert Envelope.parse(public.content).id == document.sha256
    etag = public.headers["ETag"]
    assert box.client.get("/open/1/08911", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("code", ["08914", "25", "abcde", "0891", "08911x", "%2e%2e"])
def test_an_open_that_is_not_there(
    country: Country, node: NodeIdentity, box: Box, code: str
) -> None:
    assert box.client.get(f"/open/1/{code}").status_code == 404


def test_media_by_range_and_only_what_a_plan_names(
    country: Country, node: NodeIdentity, box: Box, tmp_path: Any
) -> None:
    url = f"/media/{SHA}"
    assert box.client.get(url).status_code == 404
    issue(country, node, tmp_path)
    whole = box.client.get(url)
    assert whole.content == SOUND
    assert "immutable" in whole.headers["Cache-Control"]
    tag = whole.headers["ETag"]
    part = box.client.get(url, headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (part.status_code, part.content) == (206, SOUND[1000:])
    assert box.client.get(url, headers={"Range": "bytes=9000-"}).status_code == 416
    assert box.client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert box.client.get("/media/" + "0" * 64).status_code == 404
    for nothing in ("..%2f..%2fkeys", "%00", SHA.upper(), "a" * 65):
        assert box.client.get(f"/media/{nothing}").status_code == 404


@pytest.mark.parametrize(
    ("message", "status", "name"),
    [("database or disk is full", 507, "store_full"), ("database is locked", 503, "busy")],
)
def test_a_database_in_trouble_is_an_answer_that_says_try_again(
    box: Box, monkeypatch: pytest.MonkeyPatch, message: str, status: int, name: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError(message)

    monkeypatch.setattr("loa.device.views.delivery.receipts_store", fail)
    answer = box.post("/device/v1/receipts", json.dumps(_one_receipt(box)).encode())
    assert (answer.status_code, answer.json()) == (status, {"error": name})


def _one_receipt(box: Box) -> dict[str, object]:
    from tests.device.test_receipts import receipt

    return {"receipts": [receipt(box).to_value()]}
