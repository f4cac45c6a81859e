"""Payloads: strict fields, wire names, critical names, targets."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tools.protocol.world import COMMUNE, NOW, World

from loa_protocol import Kind, Reason, item_id, new_nonce, parse_payload
from loa_protocol.kinds import RULES
from loa_protocol.payloads import MODELS, Media, PlanItem
from tests.protocol.refusing import refusing

WORLD = World()


def alert(**changes: Any) -> bytes:
    """An alert's payload with some fields changed; None takes one away."""
    value = json.loads(WORLD.alert_doc().to_bytes())
    value.update(changes)
    return json.dumps({k: v for k, v in value.items() if v is not None}).encode()


def test_every_kind_has_a_model_and_a_rule() -> None:
    assert set(MODELS) == set(RULES) == set(Kind)


def test_unknown_fields_are_ignored_unless_critical() -> None:
    assert parse_payload(Kind.ALERT, alert(colour="red"))
    assert parse_payload(Kind.ALERT, alert(crit=["speech", "class"]))
    with refusing(Reason.UNKNOWN_CRITICAL):
        parse_payload(Kind.ALERT, alert(colour="red", crit=["colour"]))


def test_names_of_the_code_are_not_names_of_the_wire() -> None:
    with refusing(Reason.BAD_FIELD):
        parse_payload(Kind.ALERT, alert(**{"class": None, "class_": 4}))


@pytest.mark.parametrize(
    "changes",
    [
        {"target": []},
        {"target": None},
        {"target": "vn/24"},
        {"target": ["everywhere"]},
        {"target": ["vn/24/"]},
        {"target": ["vn/24\n"]},
        {"target": ["vn/2"]},
        {"target": ["VN/24"]},
        {"target": ["outlet:o1"]},
        {"target": ["vn/24", "vn/24"]},
        {"target": [f"vn/{n}" for n in range(10, 27)]},
        {"expires": None},
        {"expires": "2020-01-01T00:00:00Z"},
        {"issued": "2026-09-15T03:00:00+00:00"},
        {"issued": "2026-09-15 03:00:00Z"},
        {"issued": "2026-02-30T03:00:00Z"},
        {"issued": 1789441200},
        {"nonce": None},
        {"nonce": "short"},
        {"nonce": "A" * 21 + "B"},
        {"issuer": {"path": "vn/24"}},
        {"issuer": {"path": "vn/24", "person": "p1", "node": "n"}},
        {"issuer": {"person": "p1"}},
        {"class": 0},
        {"class": 6},
        {"class": "4"},
        {"class": True},
        {"speak_at": "2026-09-15T03:00:02Z"},
        {"speak_at": "2026-09-15T03:01:01Z"},
        {"text": ""},
        {"languages": []},
        {"plays": -1},
        {"crit": "class"},
        {"crit": [1]},
    ],
)
def test_bad_fields_are_refused(changes: dict[str, Any]) -> None:
    with refusing(Reason.BAD_FIELD):
        parse_payload(Kind.ALERT, alert(**changes))


@pytest.mark.parametrize("field", ["speech", "siren", "more"])
def test_null_is_refused(field: str) -> None:
    value = {**json.loads(WORLD.alert_doc().to_bytes()), field: None}
    with refusing(Reason.BAD_FIELD):
        parse_payload(Kind.ALERT, json.dumps(value).encode())
    assert parse_payload(Kind.ALERT, alert(title="null"))


def test_a_payload_repeats_its_kind() -> None:
    for kind in (None, "drill", "update", 1):
        with refusing(Reason.KIND_MISMATCH):
            parse_payload(Kind.ALERT, alert(kind=kind))


def test_a_drill_has_no_siren() -> None:
    value = json.loads(WORLD.drill().payload)
    with refusing(Reason.BAD_FIELD):
        parse_payload(Kind.DRILL, json.dumps({**value, "siren": "storm"}).encode())


def test_a_payload_written_by_a_model_is_read_by_it() -> None:
    doc = WORLD.alert_doc()
    assert parse_payload(Kind.ALERT, doc.to_bytes()) == doc
    assert b'"class":4' in doc.to_bytes()
    assert b"null" not in doc.to_bytes()


def test_the_identity_of_a_slot() -> None:
    item = PlanItem(
        at=NOW,
        kind="media",
        class_="normal",
        bulletin="b1",
        title="Chào buổi sáng",
        seconds=60,
        gain_db=0,
        media=Media(sha256="ab" * 32, bytes=1000),
    )
    # loa/item/v1 NUL s1 NUL 2026-09-15T03:00:00Z NUL b1 NUL abab...
    assert item_id("s1", item) == "bd7a5f82f9a95078fe91466ae8d2ee6d"
    same = item.model_copy(update={"title": "khác", "gain_db": 3, "seconds": 61})
    assert item_id("s1", same) == item_id("s1", item)
    others = [
        item_id("s2", item),
        item_id("s1", item.model_copy(update={"at": NOW + timedelta(milliseconds=1)})),
        item_id("s1", item.model_copy(update={"bulletin": "b2"})),
        item_id("s1", item.model_copy(update={"media": Media(sha256="cd" * 32, bytes=1)})),
    ]
    assert len({item_id("s1", item), *others}) == 5


def test_nonces_differ() -> None:
    assert new_nonce() != new_nonce()
    assert len(new_nonce()) == 22


def test_an_outlet_message_has_exactly_one_target() -> None:
    value = json.loads(WORLD.command().payload)
    for target in (["outlet:o1", "outlet:o2"], [COMMUNE], ["station:o1"], ["outlet:O1"]):
        with refusing(Reason.BAD_FIELD):
            parse_payload(Kind.COMMAND, json.dumps({**value, "target": target}).encode())
