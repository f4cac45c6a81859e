"""Delegations: who may give whom which right, until when, and how it ends."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.protocol.world import COMMUNE, PROVINCE, World, key_named

from loa_protocol import Channel, Envelope, Reason, Refused, TrustState, inside, sign, verify
from loa_protocol.authority import ALARM_REGISTRAR_GRACE
from loa_protocol.paths import covers
from loa_protocol.payloads import Issuer, Revoked
from loa_protocol.trust import version_for
from tests.protocol.device import Device
from tests.protocol.refusing import refusing

W = World()
DAY = timedelta(days=1)


def try_alert(*chain: Envelope, **more: Any) -> Any:
    """Verify an alert whose officers are those of `chain`."""
    envelope = W.signed(W.alert_doc(), "p1", "p2", chain=chain)
    return verify(envelope.to_bytes(), Channel.AREA, W.context(**more))


def second(**more: Any) -> tuple[Envelope, ...]:
    """The officers, of whom p2 was delegated in some other way."""
    return (*W.registrars, W.person("p1", PROVINCE), W.person("p2", PROVINCE, **more))


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        (second(by=("r1",)), Reason.NOT_ENOUGH_SIGNERS),
        (second(by=("r1", "h1")), Reason.NOT_ENOUGH_SIGNERS),
        (second(by=("r1", "p1")), Reason.NOT_ENOUGH_SIGNERS),
        (second(by=("r1", "stranger")), Reason.NOT_ENOUGH_SIGNERS),
        (second(days=180), Reason.DELEGATION_TOO_LONG),
        (second(days=-1, since_days=5), Reason.DELEGATION_EXPIRED),
        (second(since_days=-1), Reason.DELEGATION_NOT_STARTED),
        (second(at="vn"), Reason.ISSUER_MISMATCH),
        ((*W.registrars, W.person("p1", PROVINCE), W.person("p2", "vn")), Reason.OUTSIDE_ISSUER),
        (
            (
                W.registrars[0],
                W.registrar("r2", PROVINCE, ceiling=2),
                W.person("p1", PROVINCE),
                W.person("p2", PROVINCE),
            ),
            Reason.ABOVE_CEILING,
        ),
        (
            (
                W.registrars[0],
                W.registrar("r2", COMMUNE),
                W.person("p1", PROVINCE),
                W.person("p2", PROVINCE),
            ),
            Reason.OUTSIDE_ISSUER,
        ),
        (
            (
                W.registrars[0],
                W.registrar("r2", PROVINCE, days=-1, since_days=40),
                W.person("p1", PROVINCE),
                W.person("p2", PROVINCE),
            ),
            None,
        ),
        (
            (
                W.registrars[0],
                W.registrar("r2", PROVINCE, days=-30, since_days=90),
                W.person("p1", PROVINCE),
                W.person("p2", PROVINCE),
            ),
            Reason.DELEGATION_EXPIRED,
        ),
    ],
)
def test_how_persons_are_delegated(chain: tuple[Envelope, ...], reason: Reason | None) -> None:
    if reason is None:
        assert try_alert(*chain).signers == ("p1", "p2")
        return
    with refusing(reason):
        try_alert(*chain)


def test_a_registrar_cannot_delegate_to_oneself() -> None:
    own = W.person("r1", PROVINCE)
    doc = W.alert_doc(issuer=Issuer(path=PROVINCE, person="p1"))
    envelope = W.signed(doc, "p1", "r1", chain=(*W.registrars, W.person("p1", PROVINCE), own))
    with refusing(Reason.NOT_ENOUGH_SIGNERS):
        verify(envelope, Channel.AREA, W.context())


def test_the_root_makes_no_officers() -> None:
    doc = W.delegation_doc("person", "p2", PROVINCE, ("alert",))
    with refusing(Reason.NOT_ENOUGH_SIGNERS):
        try_alert(*W.registrars, W.person("p1", PROVINCE), W.signed(doc, "h1", "h2"))


def test_registrars_never_chain() -> None:
    doc = W.delegation_doc(
        "registrar", "r3", PROVINCE, ("delegation",), issuer=Issuer(path=PROVINCE, person="r1")
    )
    chain = (
        *W.registrars,
        W.signed(doc, "r1", "r2"),
        W.person("p1", PROVINCE),
        W.person("p2", PROVINCE, by=("r1", "r3")),
    )
    with refusing(Reason.ISSUER_MISMATCH):
        try_alert(*chain)


def test_one_root_holder_is_not_the_root() -> None:
    doc = W.delegation_doc("node", "node24", PROVINCE, ("plan",), ceiling=0)
    plan = W.plan().with_chain([W.signed(doc, "h1")])
    with refusing(Reason.NOT_ENOUGH_SIGNERS):
        verify(plan, Channel.PLAN, W.context())


def test_grace_is_for_real_orders_only_and_raises_an_alarm() -> None:
    registrars = tuple(
        W.registrar(name, PROVINCE, days=-1, since_days=100) for name in ("r1", "r2")
    )
    real = try_alert(*registrars, W.person("p1", PROVINCE), W.person("p2", PROVINCE))
    assert real.alarms == {ALARM_REGISTRAR_GRACE}
    assert try_alert(*W.officers).alarms == frozenset()
    drill = W.drill().with_chain((*registrars, *W.drillers[2:]))
    with refusing(Reason.DELEGATION_EXPIRED):
        verify(drill, Channel.AREA, W.context())
    trust = W.trust_doc(at=PROVINCE).with_chain(registrars)
    with refusing(Reason.DELEGATION_EXPIRED):
        verify(trust, Channel.TRUST, W.context())


def revoke(name: str, since: timedelta, **more: Any) -> TrustState:
    """Trust after the key of `name` was revoked."""
    entry = Revoked(kid=key_named(name).kid, since=W.now + since)
    fields = {"at": PROVINCE, **more}
    return verify(W.trust_doc(entry, **fields), Channel.TRUST, W.context()).trust


def test_a_revoked_person_is_refused_whatever_the_date() -> None:
    for since in (-10 * DAY, 10 * DAY):
        with refusing(Reason.REVOKED):
            try_alert(*W.officers, trust=revoke("p2", since))


def test_what_a_registrar_delegated_before_being_revoked_stands() -> None:
    # Delegations of this world are issued a day ago.
    assert try_alert(*W.officers, trust=revoke("r2", timedelta(0), by="r1"))
    with refusing(Reason.REVOKED):
        try_alert(*W.officers, trust=revoke("r2", -2 * DAY, by="r1"))


def test_a_revoked_registrar_signs_nothing_more_and_has_no_grace() -> None:
    trust = revoke("r2", timedelta(0), by="r1")
    with refusing(Reason.REVOKED):
        verify(W.trust_doc(at=PROVINCE, by="r2"), Channel.TRUST, W.context(trust=trust))
    old = (W.registrar("r1", PROVINCE), W.registrar("r2", PROVINCE, days=-1, since_days=100))
    with refusing(Reason.DELEGATION_EXPIRED):
        try_alert(*old, *W.officers[2:], trust=trust)


def test_a_revoked_node_is_refused() -> None:
    with refusing(Reason.REVOKED):
        verify(W.plan(), Channel.PLAN, W.context(trust=revoke("node24", timedelta(0))))


def test_a_village_cannot_revoke_the_province() -> None:
    village = W.registrar("rv", COMMUNE)
    entry = Revoked(kid=key_named("p2").kid, since=W.now - 10 * DAY)
    doc = W.trust_doc(entry, path=COMMUNE, by="rv", at=COMMUNE).with_chain([village])
    trust = verify(doc, Channel.TRUST, W.context()).trust
    assert try_alert(*W.officers, trust=trust)
    with refusing(Reason.OUTSIDE_ISSUER):
        verify(
            W.trust_doc(entry, path=PROVINCE, by="rv", at=COMMUNE).with_chain([village]),
            Channel.TRUST,
            W.context(),
        )


def test_a_list_of_revoked_keys_only_grows() -> None:
    trust = revoke("p2", timedelta(0))
    with refusing(Reason.BAD_FIELD):
        verify(W.trust_doc(at=PROVINCE), Channel.TRUST, W.context(trust=trust))


def test_an_older_list_of_revoked_keys_is_old_not_shrunk() -> None:
    older = World(now=W.now - DAY / 2).trust_doc(at=PROVINCE)
    device = Device(W, W.now)
    entry = Revoked(kid=key_named("p2").kid, since=W.now)
    device.take(W.trust_doc(entry, at=PROVINCE), Channel.TRUST)
    with refusing(Reason.OLD_VERSION):
        device.take(older.with_chain(W.registrars), Channel.TRUST)


def test_a_false_clock_makes_nothing_forgotten() -> None:
    known = try_alert(*W.officers).trust
    far = W.now + 30000 * DAY
    context = W.context(trust=known, now=far, time_known=False)
    after = verify(W.time(W.now), Channel.TIME, context).trust
    assert known.grants.items() <= after.grants.items()


def test_a_newer_delegation_takes_the_place_of_the_older() -> None:
    known = try_alert(*W.officers).trust
    newer = W.person("p2", PROVINCE, ("mute",), version=version_for(W.now))
    known = verify(newer.with_chain(W.registrars), Channel.TRUST, W.context(trust=known)).trust
    with refusing(Reason.DELEGATION_SUPERSEDED):
        try_alert(*W.officers, trust=known)
    # Also when both come in one chain.
    with refusing(Reason.DELEGATION_SUPERSEDED):
        try_alert(*W.officers, newer)


def test_a_renewal_handed_out_early_does_not_take_the_old_right_away() -> None:
    later = W.person("p2", PROVINCE, since_days=-10, version=version_for(W.now))
    assert try_alert(*W.officers, later)


def test_trust_comes_back_from_the_store() -> None:
    trust = revoke("r2", timedelta(0), by="r1")
    trust = try_alert(*W.officers, trust=trust).trust
    again = TrustState.from_bytes(trust.to_bytes())
    assert again == trust
    assert try_alert(trust=again).signers == ("p1", "p2")


def test_the_root_changes_with_the_consent_of_old_and_new() -> None:
    new_doc = W.root_doc(("h2", "h3", "h4"), issued=W.now, nonce=W.nonce())
    new_doc = new_doc.model_copy(update={"version": W.trust.root.version + 1})
    good = W.signed(new_doc, "h2", "h3", "h4")
    context = W.context()
    trust = verify(good, Channel.TRUST, context).trust
    assert trust.root.version == W.trust.root.version + 1
    assert verify(good, Channel.TRUST, W.context(trust=trust)).trust is trust
    with refusing(Reason.OLD_VERSION):
        verify(W.root, Channel.TRUST, W.context(trust=trust))
    for signers in (("h2", "h4"), ("h1", "h2"), ("h4", "h3")):
        with refusing(Reason.NOT_ENOUGH_SIGNERS):
            verify(W.signed(new_doc, *signers), Channel.TRUST, context)
    # r2 was delegated by h1 and h3, of whom only h3 is left; under the new root it lapses.
    with refusing(Reason.NOT_ENOUGH_SIGNERS):
        try_alert(*W.officers, trust=trust)
    again = tuple(
        W.signed(W.delegation_doc("registrar", name, PROVINCE, ("delegation",)), "h2", "h3")
        for name in ("r1", "r2")
    )
    assert try_alert(*again, *W.officers[2:], trust=trust)
    # The new root may come in an order's own chain.
    assert try_alert(good, *again, *W.officers[2:]).trust.root == new_doc


def test_a_new_root_reaches_a_device_that_lost_the_time() -> None:
    later = World(now=W.now)
    newer = W.trust.root.version + 1
    root = W.root_doc(("h2", "h3", "h4")).model_copy(update={"version": newer})
    node = W.delegation_doc("node", "node24", PROVINCE, ("time",), ceiling=0)
    chain = [W.signed(root, "h2", "h3"), W.signed(node, "h2", "h4")]
    answer = later.time(W.now).with_chain(chain)
    old = W.now - 4000 * DAY
    context = W.context(now=old, time_known=False)
    assert verify(answer, Channel.TIME, context).trust.root.version == newer
    with refusing(Reason.VERSION_AHEAD):
        verify(chain[0], Channel.TRUST, W.context(now=old))


def test_the_same_text_signed_again_by_a_new_root_counts() -> None:
    doc = W.delegation_doc("node", "node24", PROVINCE, ("plan",), ceiling=0)
    new_doc = W.root_doc(("h2", "h3", "h4")).model_copy(
        update={"version": W.trust.root.version + 1}
    )
    trust = verify(
        W.plan().with_chain([W.signed(doc, "h1", "h2")]), Channel.PLAN, W.context()
    ).trust
    trust = trust.with_root(W.signed(new_doc, "h2", "h3"), W.now)
    again = W.plan().with_chain([W.signed(doc, "h2", "h4")])
    assert verify(again, Channel.PLAN, W.context(trust=trust))


def test_a_root_of_another_world_is_refused() -> None:
    with refusing(Reason.ROOT_MISMATCH):
        TrustState.begin(W.root, "0" * 64)
    demo = World(demo=True)
    doc = demo.root_doc().model_copy(update={"version": W.trust.root.version + 1})
    with refusing(Reason.ROOT_MISMATCH):
        verify(W.signed(doc, "h1", "h2"), Channel.TRUST, W.context())
    assert demo.trust.demo
    assert not W.trust.demo


PLACES = ("vn", "vn/24", "vn/24/08911", "vn/24/08911/h07", "vn/24/08923", "vn/31", "vn/31/00001")
places = st.sampled_from(PLACES)
high = st.sampled_from((*["vn"] * 9, "vn/24", *PLACES))
kinds = st.sampled_from(
    [("alert",)] * 9 + [("alert", "plan", "delegation"), ("alert", "drill"), ("mute",)]
)


@dataclass(frozen=True)
class Officers:
    """A chain of two registrars and two persons, with any rights, some of them nonsense."""

    chain: tuple[Envelope, ...]
    path: str


@st.composite
def officers(draw: st.DrawFn) -> Officers:
    """Mostly sound officers, with some fault now and then."""
    mostly = st.sampled_from([True] * 14 + [False])
    first, paths = draw(high), {"p1": draw(high), "p2": draw(high)}
    chain = [
        W.registrar(
            name,
            path,
            ceiling=5 if draw(mostly) else draw(st.integers(1, 5)),
            days=90 if draw(mostly) else draw(st.sampled_from([-1, -40])),
            since_days=100,
        )
        for name, path in (("r1", first), ("r2", draw(high)))
    ]
    for name, path in paths.items():
        type_ = "person" if draw(mostly) else "node"
        doc = W.delegation_doc(
            type_,
            name,
            path,
            draw(kinds),
            ceiling=0 if type_ == "node" else draw(st.sampled_from([5, 4, 2])),
            since_days=50,
            issuer=Issuer(path=first, person="r1"),
        )
        signers = ("r1", "r2") if draw(mostly) else draw(st.sampled_from([("r1",), ("r1", "p1")]))
        chain.append(W.signed(doc, *signers))
    return Officers(
        tuple(draw(st.permutations(chain))), paths["p1"] if draw(mostly) else draw(places)
    )


@settings(max_examples=300, deadline=None)
@given(
    chosen=officers(),
    targets=st.lists(places, min_size=1, max_size=2, unique=True),
    level=st.sampled_from([1, 1, 3, 5]),
    other=st.one_of(st.none(), places),
)
def test_no_order_outside_its_signers_scope_is_accepted(
    chosen: Officers, targets: list[str], level: int, other: str | None
) -> None:
    doc = W.alert_doc(level, target=tuple(targets), issuer=Issuer(path=chosen.path, person="p1"))
    envelope = sign(doc.KIND, doc, [key_named("p1"), key_named("p2")], chosen.chain)
    own = targets if other is None else [other]
    receiver = W.receiver(paths=tuple(own))
    try:
        verified = verify(envelope, Channel.AREA, W.context(receiver=receiver))
    except Refused:
        return
    docs = {d.doc.subject.id: d.doc for d in verified.trust.grants.values()}
    assert covers(targets, own)
    for person in ("p1", "p2"):
        right = docs[person]
        assert right.subject.type == "person"
        assert "alert" in right.kinds
        assert "drill" not in right.kinds
        assert right.ceiling >= level
        assert all(inside(target, right.path) for target in targets)
        for registrar in ("r1", "r2"):
            assert inside(right.path, docs[registrar].path)
            assert docs[registrar].ceiling >= right.ceiling
            assert docs[registrar].from_ <= W.now < docs[registrar].to + timedelta(days=30)
    assert docs["p1"].path == chosen.path
