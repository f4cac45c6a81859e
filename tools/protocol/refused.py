"""What must be refused, by which name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from loa_protocol import Channel, Envelope, Kind, Reason
from loa_protocol.encoding import b64encode
from loa_protocol.keys import kid_of
from loa_protocol.payloads import Cancel, ClockReset, Issuer, KeyText, Revoked, Update
from loa_protocol.trust import version_for
from tools.protocol.accepted import (
    ROOT,
    fill,
    signed_village_template,
    template,
    village_template,
)
from tools.protocol.vectors import Vector, bad, changed, good, raw, resigned
from tools.protocol.world import COMMUNE, NOW, OTHER_COMMUNE, PROVINCE, World, key_named

HOUR = timedelta(hours=1)


def _forms(w: World) -> list[Vector]:
    alert = w.alert()
    signature = alert.to_value()["sigs"][0]
    member = w.root.to_value()
    order = replace(alert, chain=()).to_value()
    return [
        bad(Reason.TOO_LARGE, "a delegation of more than 4 KiB",
            changed(w.nodes[0], payload=b64encode(b" " * 4097)), Channel.TRUST),
        bad(Reason.BAD_ENVELOPE, "no JSON", b"{"),
        bad(Reason.BAD_ENVELOPE, "a field twice", b'{"v":1,"v":1}'),
        bad(Reason.BAD_ENVELOPE, "a field more", changed(alert, note="x")),
        bad(Reason.BAD_ENVELOPE, "padding", changed(alert, payload="e30=")),
        bad(Reason.BAD_ENVELOPE, "base64url with stray bits", changed(alert, payload="e31")),
        bad(Reason.BAD_ENVELOPE, "a byte order mark", b"\xef\xbb\xbf" + alert.to_bytes()),
        bad(Reason.BAD_ENVELOPE, "not UTF-8", b'{"v":1,"kind":"\xff"}'),
        bad(Reason.BAD_VERSION, "another version", changed(alert, v=2)),
        bad(Reason.UNKNOWN_KIND, "a kind that is none", changed(alert, kind="siren")),
        bad(Reason.WRONG_CHANNEL, "an alert where commands come", alert, Channel.OUTLET),
        bad(Reason.BAD_CHAIN, "an order in a chain", changed(alert, chain=[order])),
        bad(Reason.BAD_CHAIN, "a chain in a chain",
            changed(alert, chain=[{**member, "chain": [member]}])),
        bad(Reason.BAD_CHAIN, "17 members", changed(alert, chain=[member] * 17)),
        bad(Reason.DUPLICATE_SIGNATURE, "a kid twice", changed(alert, sigs=[signature] * 2)),
        bad(Reason.TOO_MANY_SIGNATURES, "9 signatures", changed(alert, sigs=[signature] * 9)),
    ]  # fmt: skip


def _signatures(w: World) -> list[Vector]:
    alert, doc = w.alert(), w.alert_doc()
    flipped = alert.payload.replace(b"storm", b"storn", 1)
    broken = replace(alert.sigs[1], sig=bytes(64))
    weak = w.delegation_doc("person", "p2", PROVINCE, ("alert",),
                            issuer=Issuer(path=PROVINCE, person="r1"))  # fmt: skip
    subject = weak.subject.model_copy(update={"key": "AQ" + "A" * 41})
    weak_member = w.signed(weak.model_copy(update={"subject": subject}), "r1", "r2")
    weak_grant_kid = kid_of("ed25519", b"\x01" + bytes(31))
    twice = w.person("p9", PROVINCE, key=key_named("p1"))
    return [
        bad(Reason.BAD_SIGNATURE, "one byte changed", replace(alert, payload=flipped)),
        bad(Reason.BAD_SIGNATURE, "a drill that calls itself an alert",
            replace(w.drill(), kind=Kind.ALERT)),
        bad(Reason.BAD_SIGNATURE, "one of two is wrong",
            replace(alert, sigs=(alert.sigs[0], broken))),
        bad(Reason.UNKNOWN_KEY, "only unknown keys", w.signed(doc, "o1", chain=w.officers)),
        bad(Reason.UNKNOWN_KEY, "no chain, nothing stored", w.signed(doc, "p1", "p2")),
        bad(Reason.WEAK_KEY, "a key of small order",
            replace(alert, chain=(*w.officers[:3], weak_member),
                    sigs=(alert.sigs[0], replace(broken, kid=weak_grant_kid)))),
        bad(Reason.KID_CONFLICT, "one key for two persons",
            w.signed(doc, "p1", "p2", chain=(*w.officers, twice))),
        bad(Reason.NOT_ENOUGH_SIGNERS, "no signature", w.signed(doc, chain=w.officers)),
        bad(Reason.NOT_ENOUGH_SIGNERS, "one person", w.signed(doc, "p1", chain=w.officers)),
        bad(Reason.NOT_ENOUGH_SIGNERS, "clock: one holder of the root",
            resigned(_clock(w), "h1")),
    ]  # fmt: skip


def _clock(w: World) -> Envelope:
    doc = ClockReset(floor=NOW, serial=1, **w.common(3600, issuer=ROOT, target=("vn",)))
    return w.signed(doc, "h1", "h2")


def _payloads(w: World) -> list[Vector]:
    alert = w.alert()
    return [
        bad(Reason.BAD_JSON, "payload: a key twice", raw(w, b'{"kind":"alert","kind":"alert"}')),
        bad(Reason.BAD_JSON, "payload: a fraction", raw(w, b'{"kind":"alert","class":4.0}')),
        bad(Reason.BAD_JSON, "payload: minus zero", raw(w, b'{"kind":"alert","gap_s":-0}')),
        bad(Reason.BAD_JSON, "payload: an exponent", raw(w, b'{"kind":"alert","gap_s":1e2}')),
        bad(Reason.BAD_JSON, "payload: a lone surrogate",
            raw(w, b'{"kind":"alert","title":"\\ud800"}')),
        bad(Reason.BAD_JSON, "payload: 17 deep",
            raw(w, b'{"kind":"alert","x":' + b"[" * 16 + b"]" * 16 + b"}")),
        bad(Reason.BAD_JSON, "payload: an integer of 2^53",
            raw(w, b'{"kind":"alert","gap_s":9007199254740992}')),
        bad(Reason.KIND_MISMATCH, "payload: another kind", raw(w, w.drill().payload)),
        bad(Reason.UNKNOWN_CRITICAL, "payload: an unknown critical field",
            resigned(alert, colour="red", crit=["colour"])),
        bad(Reason.BAD_FIELD, "payload: no target", resigned(alert, target=[])),
        bad(Reason.BAD_FIELD, "payload: target everywhere", resigned(alert, target=["*"])),
        bad(Reason.BAD_FIELD, "payload: no expiry", resigned(alert, expires=None)),
        bad(Reason.BAD_FIELD, "payload: a time with an offset",
            resigned(alert, expires="2026-09-15T04:00:00+00:00")),
        bad(Reason.BAD_FIELD, "payload: speech too late",
            resigned(alert, speak_at="2026-09-15T03:01:01Z")),
        bad(Reason.BAD_FIELD, "payload: null", raw(w, alert.payload[:-1] + b',"speech":null}')),
        bad(Reason.BAD_FIELD, "every_s of less than a minute", resigned(alert, every_s=59)),
        bad(Reason.BAD_FIELD, "a drill with a siren",
            resigned(w.drill(), "d1", "d2", siren="storm")),
        bad(Reason.BAD_FIELD, "a parent's open with a floor",
            w.open(node="centre", floor=NOW - HOUR), Channel.OPEN),
    ]  # fmt: skip


def _rights(w: World) -> list[Vector]:
    doc = w.alert_doc()
    first = w.officers[:3]

    def second(**more: Any) -> Envelope:
        return w.signed(doc, "p1", "p2", chain=(*first, w.person("p2", PROVINCE, **more)))

    node = w.delegation_doc("node", "node24", PROVINCE, ("plan", "alert"), ceiling=0)
    greedy = w.signed(node, "h1", "h2")
    newer = w.person("p2", PROVINCE, ("mute",), version=version_for(NOW))
    village = w.alert_doc(4, issuer=Issuer(path=COMMUNE, person="v1"))
    revoked = Revoked(kid=key_named("p2").kid, since=NOW)
    by_list = (good("", w.trust_doc(revoked, at=PROVINCE), Channel.TRUST),)
    other_root = w.root_doc().model_copy(update={"nonce": w.nonce()})
    return [
        bad(Reason.ISSUER_MISMATCH, "the issuer did not sign",
            w.alert(issuer=Issuer(path=PROVINCE, person="p3"))),
        bad(Reason.ISSUER_MISMATCH, "the issuer has no right at that place",
            w.alert(issuer=Issuer(path=COMMUNE, person="p1"))),
        bad(Reason.NOT_DELEGATED_KIND, "a node as approver",
            w.signed(doc, "p1", "node24", chain=(*w.officers, greedy))),
        bad(Reason.NOT_DELEGATED_KIND, "an approver who may only mute", second(kinds=("mute",))),
        bad(Reason.MIXED_DELEGATION, "alerts and drills in one delegation",
            second(kinds=("alert", "drill"))),
        bad(Reason.DELEGATION_TOO_LONG, "a person for 181 days", second(days=180)),
        bad(Reason.DELEGATION_NOT_STARTED, "a delegation from tomorrow", second(since_days=-1)),
        bad(Reason.DELEGATION_EXPIRED, "a delegation until yesterday",
            second(days=-1, since_days=9)),
        bad(Reason.DELEGATION_SUPERSEDED, "a newer delegation took the right away",
            w.alert().with_chain((*w.officers, newer))),
        bad(Reason.NOT_ENOUGH_SIGNERS, "delegated by one registrar", second(by=("r1",))),
        bad(Reason.REVOKED, "a revoked approver", w.alert(), before=by_list),
        bad(Reason.ABOVE_CEILING, "class 4 of a village's 3",
            w.signed(village, "v1", "v2", chain=w.village)),
        bad(Reason.OUTSIDE_ISSUER, "a second target elsewhere",
            w.alert(target=(COMMUNE, "vn/31"))),
        bad(Reason.WRONG_NODE, "the plan of a stranger", w.plan(), Channel.PLAN,
            receiver=w.receiver(node="node31", parent=None)),
        bad(Reason.NOT_FOR_ME, "an alert for the next commune", w.alert(target=(OTHER_COMMUNE,))),
        bad(Reason.NOT_FOR_ME, "another station's plan", w.plan(), Channel.PLAN,
            receiver=w.receiver(station="s2")),
        bad(Reason.ROOT_MISMATCH, "another root of the same version",
            w.signed(other_root, "h1", "h2"), Channel.TRUST),
    ]  # fmt: skip


def _times(w: World) -> list[Vector]:
    alert = w.alert(life_s=600)
    return [
        bad(Reason.NO_TIME, "an alert before any time answer", alert, time_known=False),
        bad(Reason.NOT_YET, "issued 6 s in the future", alert, now=NOW - timedelta(seconds=6)),
        bad(Reason.EXPIRED, "at the second of its expiry", alert, now=NOW + timedelta(minutes=10)),
        bad(Reason.LIFETIME_TOO_LONG, "an alert for more than 72 h",
            w.alert(life_s=72 * 3600 + 1)),
        bad(Reason.LIFETIME_TOO_LONG, "a drill for more than 2 h",
            w.drill(life_s=2 * 3600 + 1)),
        bad(Reason.VERSION_AHEAD, "a plan from the future", w.plan(version_for(NOW + HOUR)),
            Channel.PLAN),
    ]  # fmt: skip


def _replays(w: World) -> list[Vector]:
    alert, plan = w.alert(), w.plan(2000)
    known = (good("", alert, Channel.AREA),)
    planned = (good("", plan, Channel.PLAN),)
    later = World(now=NOW + HOUR)
    floor = (good("", later.open(floor=NOW + HOUR / 2), Channel.OPEN, now=later.now),)
    cancelled = (*known, good("", w.cancel(alert.id), Channel.AREA))
    issuer = Issuer(path=COMMUNE, person="v1")
    fields = w.common(issuer=issuer, target=(COMMUNE,))
    village_cancel = w.signed(
        Cancel(alert=alert.id, reason="x", **fields), "v1", "v2", chain=w.village
    )
    village_update = w.signed(
        Update(alert=alert.id, revision=9, **w.sounding(3, issuer=issuer)),
        "v1", "v2", chain=w.village,
    )  # fmt: skip
    updated = (*known, good("", w.update(alert.id, 2), Channel.AREA))
    spent = (*known, good("", w.mute(alert.id, seconds=600), Channel.AREA))
    return [
        bad(Reason.SEEN, "the same alert again", alert, before=known),
        bad(Reason.BELOW_FLOOR, "issued before the floor", w.alert(life_s=7200), before=floor,
            now=later.now),
        bad(Reason.OLD_VERSION, "an older plan", w.plan(1999), Channel.PLAN, before=planned),
        bad(Reason.OLD_VERSION, "another plan of the same version", w.plan(2000), Channel.PLAN,
            before=planned),
        bad(Reason.FLOOR_AHEAD, "a floor beyond now", w.open(floor=NOW + HOUR), Channel.OPEN),
        bad(Reason.FLOOR_AHEAD, "a floor beyond an order that it lists",
            later.open(alert.id, floor=NOW + HOUR / 2), Channel.OPEN, before=known,
            now=later.now),
        bad(Reason.UNKNOWN_ORDER, "a mute of nothing", w.mute("ab" * 32)),
        bad(Reason.NOT_ANCESTOR, "a village cancels the province", village_cancel, before=known),
        bad(Reason.NOT_ANCESTOR, "a village updates the province", village_update, before=known),
        bad(Reason.OLD_REVISION, "an older revision", w.update(alert.id, 1), before=updated),
        bad(Reason.CANCELLED, "an update after the cancel", w.update(alert.id), before=cancelled),
        bad(Reason.MUTE_SPENT, "an eleventh minute of silence",
            w.mute(alert.id, by="p2", seconds=60), before=spent),
    ]  # fmt: skip


def _fills(w: World) -> list[Vector]:
    signed = w.signed(template(w), "p1", "p2", chain=w.officers)
    village = signed_village_template(w)
    known = (good("", signed, Channel.POLICY), good("", village, Channel.POLICY))
    theirs = village_template(w)
    under = fill(w, issuer=theirs.issuer).model_copy(
        update={"template_version": theirs.version, "class_": 3}
    )
    weak = template(w, feed=KeyText(alg="ed25519", key="AQ" + "A" * 41))
    return [
        bad(Reason.UNSUPPORTED, "a fill of a template that is not here",
            w.signed(fill(w), "feed2"), before=known[1:]),
        bad(Reason.UNKNOWN_KEY, "a feed under the same id of another office",
            w.signed(under, "feed"), before=known),
        bad(Reason.UNKNOWN_KEY, "another office's feed under this id",
            w.signed(fill(w), "feed2"), before=known),
        bad(Reason.BAD_FIELD, "a feed in its own words",
            w.signed(fill(w).model_copy(update={"text": "Chạy ngay."}), "feed"), before=known),
        bad(Reason.NOT_ENOUGH_SIGNERS, "a template by one person",
            w.signed(template(w), "p1", chain=w.officers), Channel.POLICY),
        bad(Reason.WEAK_KEY, "a template whose feed's key is none",
            w.signed(weak, "p1", "p2", chain=w.officers), Channel.POLICY),
    ]  # fmt: skip


def vectors(world: World) -> list[Vector]:
    """All that is refused."""
    return [
        *_forms(world),
        *_signatures(world),
        *_payloads(world),
        *_rights(world),
        *_times(world),
        *_replays(world),
        *_fills(world),
    ]
