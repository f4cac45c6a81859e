"""The ladder: who may say what, where and when. Each rule by the name of its refusal."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tools.protocol.world import (
    COMMUNE,
    OTHER_COMMUNE,
    OTHER_PROVINCE,
    PROVINCE,
    World,
    key_named,
)

from loa_protocol import (
    Channel,
    Envelope,
    Kind,
    Reason,
    SignatureCache,
    SigningKey,
    sign,
    verify,
    verify_signed_by,
)
from loa_protocol.payloads import (
    Cancel,
    ClockReset,
    Issuer,
    Plan,
    Policy,
    Receipt,
    ReceiptItem,
    Revoked,
)
from loa_protocol.trust import version_for
from tests.protocol.refusing import refusing

W = World()
HOUR = timedelta(hours=1)


def refused(
    reason: Reason, envelope: Envelope, channel: Channel = Channel.AREA, **more: Any
) -> None:
    """`envelope` is refused with `reason`, from bytes, as a device reads it."""
    with refusing(reason):
        verify(envelope.to_bytes(), channel, W.context(**more))


def accepted(envelope: Envelope, channel: Channel = Channel.AREA, **more: Any) -> Any:
    """`envelope` is accepted."""
    return verify(envelope.to_bytes(), channel, W.context(**more))


@pytest.mark.parametrize(
    ("envelope", "channel"),
    [
        (W.alert(), Channel.AREA),
        (W.update("0" * 64), Channel.AREA),
        (W.cancel("0" * 64), Channel.AREA),
        (W.mute("0" * 64), Channel.AREA),
        (W.resume("0" * 64), Channel.AREA),
        (W.drill(), Channel.AREA),
        (W.plan(), Channel.PLAN),
        (W.open(), Channel.OPEN),
        (W.open(node="centre"), Channel.OPEN),
        (W.command(), Channel.OUTLET),
        (W.assignment(), Channel.OUTLET),
        (W.assignment("centre"), Channel.TRUST),
        (W.time(W.now), Channel.TIME),
        (W.trust_doc(at=PROVINCE), Channel.TRUST),
    ],
)
def test_what_is_right_is_accepted(envelope: Envelope, channel: Channel) -> None:
    assert accepted(envelope, channel).payload.to_bytes() == envelope.payload


def test_a_kind_comes_only_by_its_own_way() -> None:
    refused(Reason.WRONG_CHANNEL, W.alert(), Channel.OUTLET)
    refused(Reason.WRONG_CHANNEL, W.plan(), Channel.AREA)
    refused(Reason.WRONG_CHANNEL, W.command(), Channel.AREA)


def test_an_order_needs_two_persons() -> None:
    doc = W.alert_doc()
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(doc, chain=W.officers))
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(doc, "p1", chain=W.officers))
    refused(Reason.UNKNOWN_KEY, W.signed(doc, "stranger", chain=W.officers))
    # An unknown key beside them counts for nothing, and does no harm.
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(doc, "p1", "stranger", chain=W.officers))
    accepted(W.signed(doc, "p1", "p2", "stranger", chain=W.officers))


def test_two_keys_of_one_person_are_one_person() -> None:
    second = SigningKey.from_seed(bytes(range(32)))
    chain = (*W.officers, W.person("p1", PROVINCE, key=second))
    envelope = sign(Kind.ALERT, W.alert_doc(), [key_named("p1"), second], chain)
    refused(Reason.NOT_ENOUGH_SIGNERS, envelope)


def test_one_key_of_two_persons_is_refused() -> None:
    chain = (*W.officers, W.person("p9", PROVINCE, key=key_named("p1")))
    refused(Reason.KID_CONFLICT, W.signed(W.alert_doc(), "p1", "p2", chain=chain))


def test_p256_keys_of_browsers_count() -> None:
    browser = SigningKey.generate("p256")
    chain = (*W.registrars, W.person("p1", PROVINCE, key=browser), W.person("p2", PROVINCE))
    envelope = sign(Kind.ALERT, W.alert_doc(), [browser, key_named("p2")], chain)
    assert accepted(envelope).signers == ("p1", "p2")


def test_a_bad_signature_of_a_known_key_refuses_although_others_suffice() -> None:
    chain = (*W.officers, W.person("p3", PROVINCE))
    good = W.signed(W.alert_doc(), "p1", "p2", "p3", chain=chain)
    broken = replace(good.sigs[2], sig=bytes(64))
    refused(Reason.BAD_SIGNATURE, replace(good, sigs=(*good.sigs[:2], broken)))


def test_a_signature_for_another_kind_is_worthless() -> None:
    drill = W.drill()
    refused(Reason.BAD_SIGNATURE, replace(drill, kind=Kind.ALERT))


def test_a_payload_of_another_kind_is_refused() -> None:
    keys = [key_named("p1"), key_named("p2")]
    envelope = sign(Kind.ALERT, W.drill().payload, keys, W.officers)
    refused(Reason.KIND_MISMATCH, envelope)
    refused(Reason.BAD_JSON, sign(Kind.ALERT, b'{"kind":"alert","kind":"alert"}', keys, W.officers))


def test_the_issuer_signed_from_that_place() -> None:
    for issuer in (
        Issuer(path=PROVINCE, person="p3"),
        Issuer(path=COMMUNE, person="p1"),
        Issuer(path=PROVINCE, node="node24"),
        Issuer(path=PROVINCE, root="loa-test-root"),
    ):
        refused(Reason.ISSUER_MISMATCH, W.alert(issuer=issuer))


def test_a_node_never_signs_an_order() -> None:
    greedy = W.delegation_doc("node", "node24", PROVINCE, ("plan", "alert", "cancel"), ceiling=0)
    chain = (*W.officers, W.signed(greedy, "h1", "h2"))
    doc = W.alert_doc(issuer=Issuer(path=PROVINCE, person="p1"))
    refused(Reason.NOT_DELEGATED_KIND, W.signed(doc, "p1", "node24", chain=chain))


def test_a_person_signs_only_the_kinds_delegated() -> None:
    chain = (*W.registrars, W.person("p1", PROVINCE), W.person("p2", PROVINCE, ("mute",)))
    refused(Reason.NOT_DELEGATED_KIND, W.signed(W.alert_doc(), "p1", "p2", chain=chain))


def test_drills_and_alerts_do_not_mix() -> None:
    doc = W.alert_doc(issuer=Issuer(path=PROVINCE, person="d1"))
    refused(Reason.NOT_DELEGATED_KIND, W.signed(doc, "d1", "d2", chain=W.drillers))
    mixed = W.person("p1", PROVINCE, ("alert", "drill"))
    refused(
        Reason.MIXED_DELEGATION,
        W.signed(W.alert_doc(), "p1", "p2", chain=(*W.officers[:2], mixed, W.officers[3])),
    )


def test_the_class_is_not_above_anybodys_ceiling() -> None:
    issuer = Issuer(path=COMMUNE, person="v1")
    for level, good in ((3, True), (4, False)):
        envelope = W.signed(W.alert_doc(level, issuer=issuer), "v1", "v2", chain=W.village)
        if good:
            assert accepted(envelope).ceiling == 3
        else:
            refused(Reason.ABOVE_CEILING, envelope)


def test_every_target_is_authorised_also_those_elsewhere() -> None:
    for extra in (OTHER_PROVINCE, "vn"):
        refused(Reason.OUTSIDE_ISSUER, W.alert(target=(COMMUNE, extra)))
    issuer = Issuer(path=COMMUNE, person="v1")
    doc = W.alert_doc(3, issuer=issuer, target=(COMMUNE, OTHER_COMMUNE))
    refused(Reason.OUTSIDE_ISSUER, W.signed(doc, "v1", "v2", chain=W.village))


def test_several_delegations_may_cover_several_targets() -> None:
    people = [W.person(name, path) for name in ("q1", "q2") for path in (COMMUNE, OTHER_COMMUNE)]
    doc = W.alert_doc(issuer=Issuer(path=COMMUNE, person="q1"), target=(COMMUNE, OTHER_COMMUNE))
    accepted(W.signed(doc, "q1", "q2", chain=(*W.registrars, *people)))
    refused(
        Reason.OUTSIDE_ISSUER,
        W.signed(doc, "q1", "q2", chain=(*W.registrars, *people[:3])),
    )


def test_only_devices_inside_a_target_are_covered() -> None:
    accepted(W.alert(target=("vn/24",)))
    accepted(W.alert(target=("vn/24/08911/h07",)))
    refused(Reason.NOT_FOR_ME, W.alert(target=(OTHER_COMMUNE,)))
    refused(Reason.NOT_FOR_ME, W.alert(target=("vn/24/08911/h08",)))
    commune_only = W.receiver(paths=(COMMUNE,))
    refused(Reason.NOT_FOR_ME, W.alert(target=("vn/24/08911/h07",)), receiver=commune_only)
    refused(Reason.NOT_FOR_ME, W.alert(), receiver=W.receiver(paths=()))
    # A node checks what it passes on.
    accepted(W.alert(target=(OTHER_COMMUNE,)), receiver=None)


def test_dates_of_an_order() -> None:
    alert = W.alert(life_s=600)
    accepted(alert, now=W.now + timedelta(seconds=599))
    refused(Reason.EXPIRED, alert, now=W.now + timedelta(seconds=600))
    accepted(alert, now=W.now - timedelta(seconds=5))
    refused(Reason.NOT_YET, alert, now=W.now - timedelta(seconds=6))
    refused(Reason.NO_TIME, alert, time_known=False)
    accepted(W.alert(life_s=72 * 3600))
    refused(Reason.LIFETIME_TOO_LONG, W.alert(life_s=72 * 3600 + 1))
    refused(Reason.LIFETIME_TOO_LONG, W.drill(expires=W.now + 2 * HOUR + timedelta(seconds=1)))
    refused(Reason.LIFETIME_TOO_LONG, W.mute("0" * 64, expires=W.now + 2 * HOUR))


def test_a_plan_comes_from_the_own_node_for_the_own_station() -> None:
    refused(Reason.NOT_FOR_ME, W.plan(), Channel.PLAN, receiver=W.receiver(station="s2"))
    refused(Reason.WRONG_NODE, W.plan(), Channel.PLAN, receiver=W.receiver(node="node31"))
    child = W.receiver(parent="node24", node="x")
    refused(Reason.WRONG_NODE, W.plan(), Channel.PLAN, receiver=child)
    refused(Reason.OUTSIDE_ISSUER, W.plan(), Channel.PLAN, receiver=W.receiver(area="vn/31/00001"))
    refused(Reason.EXPIRED, W.plan(), Channel.PLAN, now=W.now + timedelta(days=14))
    refused(Reason.VERSION_AHEAD, W.plan(version_for(W.now + HOUR)), Channel.PLAN)


def test_a_person_cannot_sign_a_plan() -> None:
    fields = W.by_node("station:s1")
    doc = Plan(version=1, sessions=(), quiet=(), items=(), clips={}, **fields)
    refused(Reason.NOT_DELEGATED_KIND, W.signed(doc, "p1", chain=W.officers), Channel.PLAN)


def test_a_parent_may_sign_open_and_assignment_but_sets_no_floor() -> None:
    refused(Reason.BAD_FIELD, W.open(node="centre", floor=W.now - HOUR), Channel.OPEN)
    stranger = W.receiver(node="node31", parent="other")
    refused(Reason.WRONG_NODE, W.open(), Channel.OPEN, receiver=stranger)
    refused(Reason.NOT_FOR_ME, W.open(target=(OTHER_COMMUNE,)), Channel.OPEN)
    time = W.time(W.now)
    refused(Reason.WRONG_NODE, time, Channel.TIME, receiver=W.receiver(parent="node24", node="x"))


def test_a_node_assigns_only_inside_its_place() -> None:
    for changes in (
        {"paths": ("vn/31/00001",)},
        {"area": "vn/31/00001"},
        {"paths": (COMMUNE, "vn")},
    ):
        refused(Reason.OUTSIDE_ISSUER, W.assignment(**changes), Channel.OUTLET)


def test_the_first_assignment_needs_only_the_node_that_enrolled() -> None:
    new = W.receiver(station=None, area=None, paths=(), parent=None)
    accepted(W.assignment(), Channel.TRUST, receiver=new)
    refused(Reason.WRONG_NODE, W.assignment("centre"), Channel.TRUST, receiver=new)


def test_time_comes_before_dates_are_known() -> None:
    # A device that woke in 2020 believes the fresh answer of a node whose delegation is from 2026;
    # how far time may move, trusted time decides.
    old = W.now - timedelta(days=2000)
    accepted(W.time(W.now), Channel.TIME, now=old, time_known=False)
    accepted(W.open(), Channel.OPEN, now=old, time_known=False)
    far = W.now + timedelta(days=30000)
    accepted(W.time(W.now), Channel.TIME, now=far, time_known=False)
    refused(Reason.DELEGATION_NOT_STARTED, W.time(W.now), Channel.TIME, now=old)


def test_the_parent_signs_a_time_answer_too() -> None:
    assert accepted(W.time(W.now, "node24", "centre"), Channel.TIME).signers == ("centre", "node24")


def test_a_policy_is_a_registrars() -> None:
    fields: dict[str, Any] = {
        "hours": (),
        "max_minutes_day": 120,
        "programme_max_pct": 80,
        "alert_pct": 100,
        "relays": (),
        "version": version_for(W.now),
        "target": (COMMUNE,),
    }
    registrar = Issuer(path=PROVINCE, person="r1")
    doc = Policy(**W.common(86400, issuer=registrar, **fields))
    accepted(W.signed(doc, "r1", chain=W.registrars), Channel.POLICY)
    refused(Reason.NOT_DELEGATED_KIND, W.signed(doc, "p1", chain=W.officers), Channel.POLICY)
    by_root = Policy(**W.common(86400, issuer=Issuer(path="vn", root="r"), **fields))
    refused(Reason.NOT_DELEGATED_KIND, W.signed(by_root, "h1", "h2"), Channel.POLICY)
    elsewhere = Policy(
        **W.common(86400, issuer=registrar, **{**fields, "target": ("vn/31/00001",)})
    )
    refused(Reason.OUTSIDE_ISSUER, W.signed(elsewhere, "r1", chain=W.registrars), Channel.POLICY)


def test_clock_is_the_roots_alone_and_knows_no_dates() -> None:
    doc = ClockReset(
        floor=W.now,
        serial=1,
        **W.common(60, issuer=Issuer(path="vn", root="loa-test-root"), target=("vn",)),
    )
    far = W.now + timedelta(days=4000)
    accepted(W.signed(doc, "h1", "h2"), now=far, time_known=False)
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(doc, "h1"), now=far)
    refused(Reason.UNKNOWN_KEY, W.signed(doc, "p1", "p2"), now=far)
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(doc, "p1", "p2", chain=W.officers))


def test_a_cancel_carries_the_ceiling_of_its_weakest_signer() -> None:
    doc = Cancel(
        alert="0" * 64,
        reason="nhầm",
        **W.common(issuer=Issuer(path=COMMUNE, person="v1"), target=(COMMUNE,)),
    )
    chain = (*W.village, W.officers[2])
    assert accepted(W.signed(doc, "v1", "p1", chain=chain)).ceiling == 3


def test_receipts_are_checked_with_the_devices_key() -> None:
    fields = W.common(issuer=Issuer(path=COMMUNE, outlet="o1"), target=("node:node24",))
    item = ReceiptItem(id="0" * 64, result="played", at=W.now)
    receipt = W.signed(Receipt(items=(item,), **fields), "o1")
    key = key_named("o1").public
    assert verify_signed_by(receipt, key, Kind.RECEIPT)
    with refusing(Reason.UNKNOWN_KEY):
        verify_signed_by(receipt, key_named("o2").public, Kind.RECEIPT)
    with refusing(Reason.WRONG_CHANNEL):
        verify_signed_by(receipt, key, Kind.REQUEST)
    with refusing(Reason.BAD_SIGNATURE):
        verify_signed_by(replace(receipt, payload=receipt.payload + b" "), key, Kind.RECEIPT)


def test_stored_delegations_serve_orders_without_a_chain() -> None:
    known = accepted(W.alert()).trust
    bare = W.signed(W.alert_doc(), "p1", "p2")
    refused(Reason.UNKNOWN_KEY, bare)
    assert accepted(bare, trust=known).signers == ("p1", "p2")


def test_a_cached_signature_does_not_outlive_its_right() -> None:
    cache = SignatureCache()
    alert = W.alert()
    context = W.context(cache=cache)
    verify(alert, Channel.AREA, context)
    entry = Revoked(kid=key_named("p2").kid, since=W.now)
    trust = verify(W.trust_doc(entry, at=PROVINCE), Channel.TRUST, context).trust
    with refusing(Reason.REVOKED):
        verify(alert, Channel.AREA, W.context(cache=cache, trust=trust))
    with refusing(Reason.DELEGATION_EXPIRED):
        verify(alert, Channel.AREA, W.context(cache=cache, now=W.now + timedelta(days=91)))


def test_refusing_changes_nothing() -> None:
    context = W.context()
    before = context.trust.to_bytes()
    refused(Reason.NOT_ENOUGH_SIGNERS, W.signed(W.alert_doc(), "p1", chain=W.officers))
    assert context.trust.to_bytes() == before
