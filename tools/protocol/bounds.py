"""Forms, times, mutes and fills at their edges: what a careless receiver would let pass."""

from dataclasses import replace
from datetime import datetime, timedelta

from loa_protocol import Channel, Envelope, Kind, Reason, sign
from loa_protocol.envelope import CHAIN_MAX_BYTES, ENVELOPE_MAX_BYTES
from loa_protocol.payloads import Cancel, ClockReset, Issuer, Revoked, Template
from loa_protocol.trust import version_for
from tools.protocol.accepted import ROOT, fill, policy, template
from tools.protocol.vectors import Vector, bad, good, resigned
from tools.protocol.world import COMMUNE, HAMLET, NOW, PROVINCE, World, key_named

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _forms(w: World) -> list[Vector]:
    alert = w.alert()
    filler = sign(Kind.DELEGATION, b" " * 4096, [key_named("h1")])
    full = CHAIN_MAX_BYTES // len(filler.payload)
    command = w.command()
    return [
        replace(good("an envelope of exactly 512 KiB", alert, Channel.AREA),
                padded_to=ENVELOPE_MAX_BYTES),
        replace(bad(Reason.TOO_LARGE, "an envelope of 512 KiB and a byte", alert),
                padded_to=ENVELOPE_MAX_BYTES + 1),
        bad(Reason.TOO_LARGE, "a chain of more than 32 KiB of payloads",
            replace(command, chain=(filler,) * full + w.nodes[:1]), Channel.OUTLET),
        bad(Reason.BAD_FIELD, "null in a field that nobody knows",
            resigned_raw(w, alert, b',"later":null}')),
        good("a field that nobody knows", resigned(alert, later="x"), Channel.AREA),
        bad(Reason.BAD_FIELD, "31 February", resigned(alert, expires="2027-02-31T00:00:00Z")),
        bad(Reason.BAD_FIELD, "the same place twice in target",
            resigned(alert, target=[COMMUNE, COMMUNE])),
        bad(Reason.BAD_FIELD, "speech 2.999 s after issued",
            resigned(alert, speak_at="2026-09-15T03:00:02.999Z")),
        good("speech 3 s after issued", w.alert(speak_at=NOW + 3 * SECOND), Channel.AREA),
        bad(Reason.BAD_FIELD, "a command of an unknown word",
            resigned(command, "node24", do="sing"), Channel.OUTLET),
        bad(Reason.BAD_FIELD, "a volume without its number",
            resigned(command, "node24", args={}), Channel.OUTLET),
        bad(Reason.BAD_FIELD, "expires at issued",
            resigned(alert, expires="2026-09-15T03:00:00Z")),
        bad(Reason.BAD_FIELD, "two sorts of issuer",
            resigned(alert, issuer={"path": PROVINCE, "person": "p1", "node": "node24"})),
        bad(Reason.NOT_FOR_ME, "an alert whose hamlet is not mine",
            w.alert(target=(f"{COMMUNE}/h08",))),
        bad(Reason.NOT_FOR_ME, "a hamlet of the same beginning",
            w.alert(target=(HAMLET,)), receiver=w.receiver(paths=(f"{HAMLET}0",))),
        bad(Reason.NOT_FOR_ME, "a hamlet order for a device that names only the commune",
            w.alert(target=(f"{COMMUNE}/h07",)), receiver=w.receiver(paths=(COMMUNE,))),
        bad(Reason.WRONG_CHANNEL, "a delegation where orders come", w.officers[2]),
        bad(Reason.BAD_SIGNATURE, "the second signature is wrong, a third is good",
            _three(w)),
    ]  # fmt: skip


def resigned_raw(w: World, envelope: Envelope, tail: bytes) -> Envelope:
    """The payload with `tail` in place of its closing brace, signed by the two officers."""
    keys = [key_named("p1"), key_named("p2")]
    return sign(envelope.kind, envelope.payload[:-1] + tail, keys, w.officers)


def _three(w: World) -> Envelope:
    third = w.person("v1", PROVINCE)
    alert = w.signed(w.alert_doc(), "p1", "p2", "v1", chain=(*w.officers, third))
    broken = replace(alert.sigs[1], sig=alert.sigs[0].sig)
    return replace(alert, sigs=(alert.sigs[0], broken, alert.sigs[2]))


def _times(w: World) -> list[Vector]:
    alert, command = w.alert(), w.command()
    clock = _clock(w, NOW, 1)
    known = (good("", clock, Channel.AREA),)
    before = (good("", alert, Channel.AREA),)
    same = w.plan(version_for(NOW))
    plan = (good("", same, Channel.PLAN),)
    back = good("", _clock(w, NOW - HOUR, 1), Channel.AREA)
    return [
        good("issued 5 s in the future", alert, Channel.AREA, now=NOW - 5 * SECOND),
        good("a second before its expiry", w.alert(life_s=600), Channel.AREA,
             now=NOW + 599 * SECOND),
        bad(Reason.LIFETIME_TOO_LONG, "a command for two hours",
            w.command(expires=NOW + 2 * HOUR), Channel.OUTLET),
        bad(Reason.NO_TIME, "a command before any time answer", command, Channel.OUTLET,
            time_known=False),
        bad(Reason.LIFETIME_TOO_LONG, "a mute for more than an hour",
            w.mute(alert.id, expires=NOW + HOUR + SECOND), before=before),
        bad(Reason.EXPIRED, "a policy past its end", _policy(w), Channel.POLICY,
            now=NOW + timedelta(days=2)),
        good("a list of revoked keys past its end still revokes", w.trust_doc(at=PROVINCE),
             Channel.TRUST, now=NOW + timedelta(days=2)),
        bad(Reason.OLD_VERSION, "another clock of the same serial",
            _clock(w, NOW - HOUR, 1), before=known),
        bad(Reason.SEEN, "the same clock again", clock, before=known),
        good("after a clock a lower version is the newest",
             w.plan(version_for(NOW) - 1), Channel.PLAN, before=(*plan, back)),
        good("the same plan again", same, Channel.PLAN, before=(good("", same, Channel.PLAN),)),
        good("a floor that is lower changes nothing",
             w.open(floor=NOW - HOUR, version=version_for(NOW) + 1), Channel.OPEN,
             before=(good("", w.open(floor=NOW - MINUTE), Channel.OPEN),)),
        bad(Reason.BELOW_FLOOR, "a lower floor did not lower the floor",
            World(now=NOW - 2 * MINUTE).alert(), before=(
                good("", w.open(floor=NOW - MINUTE), Channel.OPEN),
                good("", w.open(floor=NOW - HOUR, version=version_for(NOW) + 1), Channel.OPEN))),
        good("another node's higher version of open locks nobody out", w.open(node="centre"),
             Channel.OPEN,
             before=(good("", w.open(version=version_for(NOW) + 60_000), Channel.OPEN),)),
    ]  # fmt: skip


def _clock(w: World, floor: datetime, serial: int) -> Envelope:
    doc = ClockReset(floor=floor, serial=serial, **w.common(3600, issuer=ROOT, target=("vn",)))
    return w.signed(doc, "h1", "h2")


def _policy(w: World) -> Envelope:
    short = policy(w).model_copy(update={"expires": NOW + timedelta(days=1)})
    return w.signed(short, "r1", chain=w.registrars)


def _silences(w: World) -> list[Vector]:
    """Mutes; each alert is its own, so that only the person's budget is at its end."""
    drill = w.drill()
    alerts = [w.alert() for _ in range(4)]
    opened = tuple(good("", alert, Channel.AREA) for alert in alerts)

    def muted(alert: Envelope, by: str = "p1", seconds: int = 600) -> Vector:
        return good("", w.mute(alert.id, by=by, seconds=seconds), Channel.AREA)

    over = NOW + 11 * MINUTE
    spent = (*opened, muted(alerts[0]), muted(alerts[1]))
    resumed = (*opened, muted(alerts[0]),
               good("", w.resume(alerts[0].id), Channel.AREA))  # fmt: skip
    return [
        bad(Reason.UNKNOWN_ORDER, "a drill silenced by `mute`", w.mute(drill.id),
            before=(good("", drill, Channel.AREA),)),
        bad(Reason.MUTE_SPENT, "a person's twenty-first minute", w.mute(alerts[2].id, seconds=60),
            before=spent),
        bad(Reason.MUTE_SPENT, "an alert's eleventh minute, after its silence is over",
            w.mute(alerts[0].id, by="p2", seconds=60, issued=over, expires=over + HOUR),
            before=(*opened[:1], muted(alerts[0])), now=over),
        good("another person's first minute", w.mute(alerts[2].id, by="p2", seconds=60),
             Channel.AREA, before=spent),
        good("a mute of a spent and of an open order", w.mute(alerts[0].id, alerts[2].id, by="p2"),
             Channel.AREA, before=(*opened, muted(alerts[0]))),
        good("what a resume gave back can be used", w.mute(alerts[0].id), Channel.AREA,
             before=resumed),
        bad(Reason.UNKNOWN_ORDER, "a mute that names an open order and none",
            w.mute(alerts[0].id, "ab" * 32), before=opened),
        bad(Reason.BAD_FIELD, "a mute of eleven minutes",
            resigned(w.mute(alerts[0].id), "p1", seconds=601), before=opened),
    ]  # fmt: skip


def _waiting(w: World) -> list[Vector]:
    """Cancels for alerts that are not here: 32 for each issuer, the chain only with the first."""
    early = [w.cancel(f"{number:064x}") for number in range(33)]
    kept = tuple(
        good("", cancel if number == 0 else cancel.with_chain(()), Channel.AREA)
        for number, cancel in enumerate(early[:32])
    )
    other = w.signed(
        Cancel(alert="ab" * 32, reason="x",
               **w.common(issuer=Issuer(path=PROVINCE, person="p2"), target=(COMMUNE,))),
        "p1", "p2", chain=w.officers,
    )  # fmt: skip
    return [
        bad(Reason.STORE_FULL, "a 33rd cancel of one issuer for alerts that are not here",
            early[32], before=kept),
        good("another issuer's first", other, Channel.AREA, before=kept),
    ]  # fmt: skip


def _known(w: World, doc: Template) -> tuple[Vector, ...]:
    return (good("", w.signed(doc, "p1", "p2", chain=w.officers), Channel.POLICY),)


def _fills(w: World) -> list[Vector]:
    narrow = template(w, title="Lũ", hazard="flood", max_per_day=1)
    known = _known(w, narrow)
    first = (*known, good("", w.signed(fill(w), "feed"), Channel.AREA))

    def filled(**changes: object) -> Envelope:
        return w.signed(fill(w).model_copy(update=changes), "feed")

    spelled = {"text": "Nước lên mức 9.", "blanks": {"muc": "9"}}
    return [
        bad(Reason.ABOVE_CEILING, "a second fill where the template allows one a day",
            w.signed(fill(w), "feed"), before=first),
        bad(Reason.ABOVE_CEILING, "a fill above its template's class", filled(class_=5),
            before=known),
        bad(Reason.OUTSIDE_ISSUER, "a fill outside its template's place",
            w.signed(fill(w, target=(COMMUNE, "vn/31")), "feed"), before=known),
        bad(Reason.OLD_VERSION, "a fill of another version of its template",
            filled(template_version=version_for(NOW) - 1), before=known),
        bad(Reason.BAD_FIELD, "a blank that is not in its list", filled(**spelled), before=known),
        bad(Reason.BAD_FIELD, "a blank too many",
            filled(blanks={"muc": "2", "noi": "x"}), before=known),
        bad(Reason.BAD_FIELD, "a fill under another title", filled(title="Bão"), before=known),
        bad(Reason.BAD_FIELD, "a fill of another hazard", filled(hazard="storm"), before=known),
        bad(Reason.REVOKED, "a fill after its template's signer was revoked",
            w.signed(fill(w), "feed"), before=(*known, good("", _revoke(w), Channel.TRUST))),
        bad(Reason.LIFETIME_TOO_LONG, "a fill for more than 72 h",
            w.signed(fill(w, expires=NOW + 72 * HOUR + SECOND), "feed"), before=known),
    ]  # fmt: skip


def _revoke(w: World) -> Envelope:
    return w.trust_doc(Revoked(kid=key_named("p2").kid, since=NOW), at=PROVINCE)


def vectors(w: World) -> list[Vector]:
    """All of them."""
    return [*_forms(w), *_times(w), *_silences(w), *_waiting(w), *_fills(w)]
