"""Who may sign: the edges of roots, registrars, revocation, grace and the parent's rights."""

from datetime import timedelta

from loa_protocol import Channel, Envelope, Reason
from loa_protocol.payloads import Cancel, Command, Drill, Issuer, Plan, Revoked
from loa_protocol.trust import version_for
from tools.protocol.vectors import Vector, bad, good
from tools.protocol.world import (
    COMMUNE,
    DRILLS,
    NOW,
    OTHER_COMMUNE,
    OTHER_PROVINCE,
    PROVINCE,
    World,
    key_named,
)

DAY = timedelta(days=1)
NEW_HOLDERS = ("h3", "h4", "feed")


def _new_root(w: World, holders: tuple[str, ...], *signers: str, demo: bool = False) -> Envelope:
    changes = {"version": version_for(NOW) + 1, "demo": demo}
    return w.signed(w.root_doc(holders).model_copy(update=changes), *signers)


def _roots(w: World) -> list[Vector]:
    return [
        bad(Reason.NOT_ENOUGH_SIGNERS, "root: a change by the new holders alone",
            _new_root(w, NEW_HOLDERS, "h4", "feed"), Channel.TRUST),
        bad(Reason.NOT_ENOUGH_SIGNERS, "root: a change by the old holders alone",
            _new_root(w, NEW_HOLDERS, "h1", "h2"), Channel.TRUST),
        bad(Reason.ROOT_MISMATCH, "root: a demo after a real one",
            _new_root(w, ("h1", "h2", "h4"), "h1", "h2", demo=True), Channel.TRUST),
    ]  # fmt: skip


def _behind(w: World, registrar: Envelope, name: str) -> Envelope:
    """An alert whose approver was delegated by r1 and by `registrar`."""
    approver = w.person("p2", PROVINCE, by=("r1", name))
    chain = (*w.registrars, registrar, w.person("p1", PROVINCE), approver)
    return w.signed(w.alert_doc(), "p1", "p2", chain=chain)


def _registrars(w: World) -> list[Vector]:
    ended = w.registrar("v1", PROVINCE, since_days=40, days=-10)
    long_over = w.registrar("v1", PROVINCE, since_days=80, days=-31)
    return [
        bad(Reason.ABOVE_CEILING, "a registrar above its ceiling",
            _behind(w, w.registrar("v1", PROVINCE, ceiling=3), "v1")),
        bad(Reason.OUTSIDE_ISSUER, "a registrar of a commune behind the province",
            _behind(w, w.registrar("v2", COMMUNE), "v2")),
        good("a registrar ten days past its end: grace", _behind(w, ended, "v1"), Channel.AREA),
        bad(Reason.DELEGATION_EXPIRED, "a registrar 31 days past its end",
            _behind(w, long_over, "v1")),
        bad(Reason.DELEGATION_EXPIRED, "no grace for a drill", _drill_behind(w, ended)),
        bad(Reason.NOT_ENOUGH_SIGNERS, "a registrar delegates to itself",
            w.signed(w.alert_doc(), "p1", "r2", chain=(
                *w.registrars, w.person("p1", PROVINCE),
                w.person("r2", PROVINCE, by=("r1", "r2"))))),
    ]  # fmt: skip


def _drill_behind(w: World, registrar: Envelope) -> Envelope:
    second = w.person("d2", PROVINCE, DRILLS, by=("r1", "v1"))
    chain = (*w.registrars, registrar, w.person("d1", PROVINCE, DRILLS), second)
    doc = Drill(**w.sounding(issuer=Issuer(path=PROVINCE, person="d1")))
    return w.signed(doc, "d1", "d2", chain=chain)


def _revocations(w: World) -> list[Vector]:
    person, registrar = key_named("p2").kid, key_named("r2").kid
    by_commune = w.signed(
        w.trust_list(Revoked(kid=person, since=NOW), path=COMMUNE), "v1",
        chain=(w.registrar("v1", COMMUNE),),
    )  # fmt: skip
    after = w.trust_doc(Revoked(kid=registrar, since=NOW), at=PROVINCE)
    before = w.trust_doc(Revoked(kid=registrar, since=NOW - 2 * DAY), at=PROVINCE)
    by_revoked = w.signed(
        w.trust_list(Revoked(kid=person, since=NOW), person="r2"), "r2", chain=w.registrars
    )
    shrunk = w.trust_doc(at=PROVINCE, version=version_for(NOW) + 1)
    return [
        good("a commune's list does not reach a province's person", w.alert(), Channel.AREA,
             before=_trusted(by_commune)),
        good("a registrar revoked after it delegated", w.alert(), Channel.AREA,
             before=_trusted(after)),
        bad(Reason.REVOKED, "a registrar revoked before it delegated", w.alert(),
            before=_trusted(before)),
        bad(Reason.REVOKED, "a revoked registrar signs a list", by_revoked, Channel.TRUST,
            before=_trusted(after)),
        bad(Reason.BAD_FIELD, "a list of revoked keys that has shrunk", shrunk, Channel.TRUST,
            before=_trusted(after)),
    ]  # fmt: skip


def _trusted(envelope: Envelope) -> tuple[Vector, ...]:
    return (good("", envelope, Channel.TRUST),)


def _nodes(w: World) -> list[Vector]:
    parent = w.by_node("station:s1", 86400 * 14, "centre")
    plan = w.signed(
        Plan(version=version_for(NOW), sessions=(), quiet=(), items=(), clips={}, **parent),
        "centre", chain=w.nodes[1:],
    )  # fmt: skip
    command = w.signed(
        Command(do="restart", **w.by_node("outlet:o1", node="centre")), "centre", chain=w.nodes[1:]
    )
    elsewhere = w.node("node24", OTHER_PROVINCE)
    return [
        bad(Reason.WRONG_NODE, "the parent's plan", plan, Channel.PLAN),
        bad(Reason.WRONG_NODE, "the parent's command", command, Channel.OUTLET),
        bad(Reason.WRONG_NODE, "a stranger's open", _strangers_open(w), Channel.OPEN),
        bad(Reason.OUTSIDE_ISSUER, "a node of another province",
            w.command(issuer=Issuer(path=OTHER_PROVINCE, node="node24")).with_chain((elsewhere,)),
            Channel.OUTLET),
        bad(Reason.OUTSIDE_ISSUER, "an assignment beyond its node's place",
            w.assignment(paths=(COMMUNE, OTHER_PROVINCE)), Channel.OUTLET),
        bad(Reason.NOT_FOR_ME, "another outlet's command",
            w.command(target=("outlet:o2",)), Channel.OUTLET),
        bad(Reason.NOT_FOR_ME, "an open of the next commune", w.open(target=(OTHER_COMMUNE,)),
            Channel.OPEN),
    ]  # fmt: skip


def _strangers_open(w: World) -> Envelope:
    """By a node of the whole nation that is neither the device's nor its parent."""
    return w.open(node="node31").with_chain((w.node("node31", "vn"),))


def _orders(w: World) -> list[Vector]:
    alert = w.alert()
    weak = (
        w.person("v1", PROVINCE, ("cancel",), ceiling=1),
        w.person("v2", PROVINCE, ("cancel",), ceiling=1),
    )
    cancel = w.signed(
        Cancel(alert=alert.id, reason="x",
               **w.common(issuer=Issuer(path=PROVINCE, person="v1"), target=(COMMUNE,))),
        "v1", "v2", chain=(*w.registrars, *weak),
    )  # fmt: skip
    short = w.person("p2", PROVINCE, days=1 / 48)
    twice = w.person("p1", PROVINCE, key=key_named("o1"))
    return [
        bad(Reason.ABOVE_CEILING, "a cancel below the alert's class", cancel,
            before=(good("", alert, Channel.AREA),)),
        good("an alert whose paper ends before its own expires",
             w.signed(w.alert_doc(), "p1", "p2", chain=(*w.officers[:3], short)), Channel.AREA),
        bad(Reason.NOT_ENOUGH_SIGNERS, "two keys of one person",
            w.signed(w.alert_doc(), "p1", "o1", chain=(*w.officers[:3], twice))),
        bad(Reason.OUTSIDE_ISSUER, "the alert's second person is another commune's",
            w.signed(w.alert_doc(), "p1", "p2", chain=(
                *w.officers[:3], w.person("p2", OTHER_COMMUNE)))),
        bad(Reason.ABOVE_CEILING, "the alert's second person is below its class",
            w.signed(w.alert_doc(), "p1", "p2", chain=(
                *w.officers[:3], w.person("p2", PROVINCE, ceiling=3)))),
    ]  # fmt: skip


def vectors(w: World) -> list[Vector]:
    """All of them."""
    return [*_roots(w), *_registrars(w), *_revocations(w), *_nodes(w), *_orders(w)]
