"""At least one valid example of every kind."""

from datetime import timedelta
from typing import Any

from loa_protocol import Channel, Envelope
from loa_protocol.payloads import (
    Blank,
    ClockReset,
    Common,
    DrillCancel,
    DrillMute,
    Fill,
    Head,
    Hours,
    Issuer,
    JournalHead,
    KeyText,
    Media,
    Page,
    PlanItem,
    Policy,
    Receipt,
    ReceiptItem,
    Request,
    Revoked,
    Span,
    Template,
    item_id,
)
from loa_protocol.trust import version_for
from tools.protocol.vectors import Vector, good, p256_officer
from tools.protocol.world import COMMUNE, NOW, PROVINCE, World, key_named

MEDIA = Media(sha256="5f" * 32, bytes=180_000)
ITEM = PlanItem(
    at=NOW + timedelta(hours=1),
    kind="media",
    class_="normal",
    bulletin="0199b8c2-0000-7000-8000-000000000001",
    title="Lịch tiêm chủng tháng 9",
    seconds=60,
    gain_db=0,
    media=MEDIA,
)
ROOT = Issuer(path="vn", root="loa-test-root")


def plan(world: World) -> Any:
    """A plan with one session and one item."""
    begin = NOW + timedelta(minutes=30)
    return world.plan(
        sessions=(Span(from_=begin, to=begin + timedelta(hours=2)),),
        items=(ITEM,),
        clips={"storm": Media(sha256="a1" * 32, bytes=40_000)},
        journal=JournalHead(seq=1207, hash="0c" * 32),
    )


def policy(world: World) -> Policy:
    """What programmes may do in the province."""
    return Policy(
        hours=(Hours(from_min=300, to_min=1320),),
        max_minutes_day=180,
        programme_max_pct=80,
        alert_pct=100,
        relays=("https://stream.example/vov1",),
        version=version_for(NOW),
        **world.common(86400 * 90, issuer=Issuer(path=PROVINCE, person="r1"), target=(PROVINCE,)),
    )


def template(world: World, **more: Any) -> Template:
    """A text that two persons signed for a gauge's feed."""
    doc = Template(
        id="flood",
        feed=KeyText(alg="ed25519", key=key_named("feed").public.text),
        class_=4,
        text="Nước lên mức {muc}.",
        blanks={"muc": Blank(type="level", values=("1", "2", "3"))},
        cancel_s=60,
        max_per_day=4,
        version=version_for(NOW),
        **world.common(86400 * 30, issuer=Issuer(path=PROVINCE, person="p1"), target=(PROVINCE,)),
    )
    return doc.model_copy(update=more)


def village_template(world: World) -> Template:
    """The commune's own, of the same id, later, with a feed of its own."""
    return template(
        world,
        issuer=Issuer(path=COMMUNE, person="v1"),
        target=(COMMUNE,),
        feed=KeyText(alg="ed25519", key=key_named("feed2").public.text),
        class_=3,
        version=version_for(NOW) + 60_000,
    )


def fill(world: World, **more: Any) -> Fill:
    """The gauge's words."""
    fields = world.sounding(4, text="Nước lên mức 2.", title="Lũ", hazard="flood", **more)
    return Fill(template="flood", template_version=version_for(NOW), blanks={"muc": "2"}, **fields)


def receipt(world: World) -> Receipt:
    """A play and an accepted order."""
    played = ReceiptItem(
        id=item_id("s1", ITEM),
        result="played",
        grade="B",
        level_lufs=-16,
        at=NOW + timedelta(hours=1, seconds=61),
        bulletin=ITEM.bulletin,
        media=MEDIA.sha256,
        started=NOW + timedelta(hours=1),
        from_ms=0,
        played_ms=60_000,
        volume_pct=80,
        run=1,
    )
    order = ReceiptItem(id="ab" * 32, result="accepted", at=NOW)
    issuer = Issuer(path=COMMUNE, outlet="o1")
    fields = world.common(86400 * 30, issuer=issuer, target=("node:node24",))
    return Receipt(items=(played, order), **fields)


def request(world: World) -> Request:
    """A signed request for the plan."""
    issuer = Issuer(path=COMMUNE, outlet="o1")
    return Request(
        method="GET",
        path="/device/v1/plan",
        body="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        **world.common(300, issuer=issuer, target=("node:node24",)),
    )


def _trust(w: World) -> list[Vector]:
    new = w.root_doc(("h2", "h3", "h4")).model_copy(update={"version": version_for(NOW) + 1})
    clock = ClockReset(floor=NOW, serial=1, **w.common(3600, issuer=ROOT, target=("vn",)))
    revoked = Revoked(kid=key_named("p2").kid, since=NOW)
    signed_policy = w.signed(policy(w), "r1", chain=w.registrars)
    return [
        good("root: the same again", w.root, Channel.TRUST),
        good("root: a change, by old and new", w.signed(new, "h2", "h3", "h4"), Channel.TRUST),
        good("delegation: of a node", w.nodes[0], Channel.TRUST),
        good("delegation: of a registrar", w.registrars[0], Channel.TRUST),
        good(
            "delegation: of a person",
            w.person("p1", PROVINCE).with_chain(w.registrars),
            Channel.TRUST,
        ),
        good("trust", w.trust_doc(revoked, at=PROVINCE), Channel.TRUST),
        good("policy", signed_policy, Channel.POLICY),
        good(
            "clock: years away",
            w.signed(clock, "h1", "h2"),
            Channel.AREA,
            now=NOW + timedelta(days=4000),
            time_known=False,
        ),
    ]


def _node(w: World) -> list[Vector]:
    page = Page(epoch=1, from_=12, entries=({"seq": 12},), **w.by_node("node:centre"))
    head = Head(
        epoch=1, size=13, root="0d" * 32, version=version_for(NOW), **w.by_node("node:centre")
    )
    chain = w.nodes[:1]
    return [
        good("assignment", w.assignment(), Channel.OUTLET),
        good("assignment: by the parent", w.assignment("centre"), Channel.TRUST),
        good("plan", plan(w), Channel.PLAN),
        good("open", w.open("ab" * 32), Channel.OPEN),
        good("open: by the parent, without floor", w.open(node="centre"), Channel.OPEN),
        good("time", w.time(NOW), Channel.TIME),
        good("time: by the parent too", w.time(NOW, "node24", "centre"), Channel.TIME),
        good("command", w.command(), Channel.OUTLET),
        good("page", w.signed(page, "node24", chain=chain), Channel.LINK, receiver=None),
        good("head", w.signed(head, "node24", chain=chain), Channel.LINK, receiver=None),
    ]


def _drills(w: World) -> list[Vector]:
    drill = w.drill()
    before = (good("", drill, Channel.AREA),)
    issuer = Issuer(path=PROVINCE, person="d1")
    fields = w.common(issuer=issuer, target=(COMMUNE,))
    cancel: Common = DrillCancel(alert=drill.id, reason="Hết giờ", **fields)
    mute: Common = DrillMute(orders=(drill.id,), seconds=60, **fields)
    return [
        good("drill", drill, Channel.AREA),
        good(
            "drill-cancel",
            w.signed(cancel, "d1", "d2", chain=w.drillers),
            Channel.AREA,
            before=before,
        ),
        good("drill-mute", w.signed(mute, "d1", chain=w.drillers), Channel.AREA, before=before),
    ]


def signed_village_template(w: World) -> Envelope:
    """Signed by the commune's two."""
    return w.signed(village_template(w), "v1", "v2", chain=w.village)


def _orders(w: World) -> list[Vector]:
    alert = w.alert()
    before = (good("", alert, Channel.AREA),)
    signed_template = w.signed(template(w), "p1", "p2", chain=w.officers)
    return [
        good("alert", alert, Channel.AREA),
        good("alert: one half signed with P-256", p256_officer(w), Channel.AREA),
        good(
            "alert: an unknown third signature is ignored",
            w.signed(w.alert_doc(), "p1", "p2", "feed", chain=w.officers),
            Channel.AREA,
        ),
        good("update", w.update(alert.id), Channel.AREA, before=before),
        good("update: before its alert", w.update("cd" * 32), Channel.AREA),
        good("cancel", w.cancel(alert.id), Channel.AREA, before=before),
        good("cancel: before its alert", w.cancel("cd" * 32), Channel.AREA),
        good("mute", w.mute(alert.id), Channel.AREA, before=before),
        good("resume", w.resume(alert.id), Channel.AREA, before=before),
        good("template", signed_template, Channel.POLICY),
        good(
            "fill",
            w.signed(fill(w), "feed"),
            Channel.AREA,
            before=(good("", signed_template, Channel.POLICY),),
        ),
        good(
            "fill: another office's later template of the same id is another template",
            w.signed(fill(w), "feed"),
            Channel.AREA,
            before=(
                good("", signed_template, Channel.POLICY),
                good("", signed_village_template(w), Channel.POLICY),
            ),
        ),
        good("alert: read again every ten minutes", w.alert(plays=3, every_s=600), Channel.AREA),
    ]


def _reports(w: World) -> list[Vector]:
    return [
        Vector("receipt", w.signed(receipt(w), "o1").to_bytes(), "receipt", key="o1"),
        Vector("request", w.signed(request(w), "o1").to_bytes(), "request", key="o1"),
    ]


def vectors(world: World) -> list[Vector]:
    """All that is accepted."""
    return [
        *_trust(world),
        *_node(world),
        *_orders(world),
        *_drills(world),
        *_reports(world),
    ]
