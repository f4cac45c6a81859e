"""The devices' HTTPS side and the MQTT topics."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tools.protocol.world import COMMUNE, World, key_named

from loa_protocol import Envelope, Reason, topics
from loa_protocol.device_api import (
    ENROL,
    PLAN,
    TIME,
    Enrol,
    EnrolWait,
    Orders,
    Receipts,
    build_request,
    check_request,
    dump_body,
    media_path,
    new_device_id,
    open_path,
    orders_url,
    parse_body,
    read_request,
)
from loa_protocol.payloads import Issuer
from loa_protocol.topics import Topic, TopicKind
from tests.protocol.refusing import refusing

W = World()
KEY = key_named("o1")


def header(**more: Any) -> str:
    fields: dict[str, Any] = {
        "issuer": Issuer(path=COMMUNE, outlet="o1"),
        "node": "node24",
        "method": "GET",
        "path": PLAN,
        "body": b"",
        "now": W.now,
    }
    return build_request(KEY, **{**fields, **more})


def check(text: str, **more: Any) -> Any:
    fields: dict[str, Any] = {
        "node": "node24",
        "method": "GET",
        "path": PLAN,
        "body": b"",
        "now": W.now,
    }
    return check_request(read_request(text), KEY.public, **{**fields, **more})


def test_a_request_is_for_one_method_path_body_node_and_time() -> None:
    assert check(header()).issuer.outlet == "o1"
    for changes in ({"method": "POST"}, {"path": PLAN + "?a=1"}, {"body": b"x"}):
        with refusing(Reason.BAD_FIELD):
            check(header(), **changes)
    with refusing(Reason.WRONG_NODE):
        check(header(), node="node31")
    with refusing(Reason.UNKNOWN_KEY):
        check_request(
            read_request(header()),
            key_named("o2").public,
            node="node24",
            method="GET",
            path=PLAN,
            body=b"",
            now=W.now,
        )


def test_a_request_is_good_for_five_minutes() -> None:
    five = timedelta(minutes=5)
    second = timedelta(seconds=1)
    check(header(), now=W.now + five - second)
    check(header(), now=W.now - five)
    with refusing(Reason.EXPIRED):
        check(header(), now=W.now + five)
    with refusing(Reason.NOT_YET):
        check(header(), now=W.now - five - second)


def test_a_device_without_time_or_identity_may_ask() -> None:
    late = W.now + timedelta(days=3000)
    path = TIME + "?nonce=abc"
    check(header(path=path), path=path, now=late)
    issuer = Issuer(path="vn", outlet=new_device_id(KEY.public))
    enrol = header(path=ENROL, method="POST", body=b"{}", node="unknown", issuer=issuer)
    check(enrol, path=ENROL, method="POST", body=b"{}", now=late)


@pytest.mark.parametrize("text", ["", "===", "A" * 9000, "e30"])
def test_a_header_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Exception, match=r"too_large|bad_envelope"):
        read_request(text)


def test_bodies_are_read_strictly_and_come_back() -> None:
    enrol = Enrol(serial="SN-1", model="pi", alg="ed25519", key=KEY.public.text, claim="ABCD")
    assert parse_body(Enrol, dump_body(enrol)) == enrol
    assert dump_body(EnrolWait(retry_s=30)) == b'{"retry_s":30}'
    with refusing(Reason.BAD_JSON):
        parse_body(EnrolWait, b'{"retry_s":30,"retry_s":1}')
    with refusing(Reason.BAD_FIELD):
        parse_body(EnrolWait, b'{"retry_s":"30"}')
    with refusing(Reason.TOO_LARGE):
        parse_body(EnrolWait, b" " * (1024 * 1024 + 1))
    with refusing(Reason.BAD_FIELD):
        parse_body(Receipts, b'{"receipts":[]}')


def test_envelopes_travel_inside_messages() -> None:
    alert, is_open = W.alert(), W.open()
    body = dump_body(Orders(orders=(alert.to_value(),), open=is_open.to_value()))
    message = parse_body(Orders, body)
    assert Envelope.from_value(message.orders[0]) == alert
    assert Envelope.from_value(message.open) == is_open
    assert json.loads(body)["orders"][0]["kind"] == "alert"


def test_addresses() -> None:
    assert open_path(COMMUNE) == "/open/1/08911"
    assert media_path("ab") == "/media/ab"
    assert orders_url() == "/device/v1/orders?wait=0"
    assert orders_url("ff", 50) == "/device/v1/orders?wait=50&after=ff"


def test_topics_come_back() -> None:
    for text, topic in {
        topics.area("08911"): Topic(TopicKind.AREA, "08911"),
        topics.area_open("08911"): Topic(TopicKind.OPEN, "08911"),
        topics.station_plan("s1"): Topic(TopicKind.PLAN, "s1"),
        topics.outlet_do("o1"): Topic(TopicKind.DO, "o1"),
        topics.presence("o1"): Topic(TopicKind.PRESENCE, "o1"),
        topics.health("o1"): Topic(TopicKind.HEALTH, "o1"),
        topics.receipt("o1"): Topic(TopicKind.RECEIPT, "o1"),
    }.items():
        assert topics.parse(text) == topic


@pytest.mark.parametrize(
    "text",
    ["", "loa/1/", "loa/2/area/08911", "loa/1/area/0891", "loa/1/area/08911/", "loa/1/area/+",
     "loa/1/from/O1/health", "loa/1/from/o1/other", "loa/1/from/o1/health/x", "loa/1/outlet/-/do"],
)  # fmt: skip
def test_other_topics_are_none_of_ours(text: str) -> None:
    assert topics.parse(text) is None


def test_a_device_reads_four_topics_and_writes_its_own() -> None:
    own = {"commune": "08911", "station": "s1", "outlet": "o1"}
    assert len(topics.subscriptions(**own)) == 4
    assert "loa/1/outlet/o1/do" in topics.subscriptions(**own)
    assert topics.writable("o1") == (
        "loa/1/from/o1/presence",
        "loa/1/from/o1/health",
        "loa/1/from/o1/receipt",
    )
