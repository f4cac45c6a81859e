"""Wordings signed in advance: composed, signed by two, watched, and stopped by one."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import hazards
from loa.alerts.models import Template
from loa.alerts.order_templates import wordings
from loa.alerts.orders import drafting
from loa.alerts.orders.drafting import Draft, TemplateWish
from loa.alerts.rules import OrderRefused, check_blanks, check_places
from loa.console.urgent import compose as urgent
from loa.journal import selectors as journal
from loa.lib import clock
from loa.lib.text import fold
from loa.people.rules import Action, Actor
from loa.people.selectors import names_of_persons, person_of
from loa.places import selectors as places
from loa.web.facts.sentences import told
from loa.web.middleware import actor
from loa.web.requests import done, refused
from loa.web.signing import drafts_json, entrants_only, kids_for, signed_of, speaker, to_sign
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Blank, CapRule
from loa_protocol.refusals import Refused

HOME = "/khan-cap/mau/"
PARTS = ("area", "level", "onset", "expires")
_PART_OF = {"place": "area", "time": "onset", "level": "level"}
DAYS = (30, 90, 180)
CANCEL_S = (30, 60, 120, 300, 600)
OFTEN = (1, 2, 5, 10, 24)
VALUES_MAX, VALUE_MAX = 200, 300
"""As a template's blank may have on the wire."""
_GAP = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap as the form shows it: `words` as in the text, `name` as on the wire."""

    words: str
    name: str
    type: str = "level"
    values: str = ""
    part: str = "level"


@entrants_only
def index(request: HttpRequest) -> HttpResponse:
    """Which machines may warn here without a person, and how often they did today."""
    who = actor(request)
    rows = wordings.templates_for(who)
    standing = {row.pk for row in wordings.standing()}
    context = {
        "standing": [row for row in rows if row.pk in standing],
        "waiting": [row for row in rows if row.state == "proposed"],
        "past": [row for row in rows if row.pk not in standing and row.state != "proposed"][:20],
        "often": wordings.fills_of(rows),
        "author": bool(who.places(Action.ALERT_AUTHOR)),
        "hazards": hazards.HAZARDS,
        "people": names_of_persons({row.author for row in rows}),
    }
    return render(request, "urgent/templates.html", context)


@entrants_only
def compose(request: HttpRequest) -> HttpResponse:
    """Words, gaps, places, the feed and its limits; then the author sees what is signed."""
    who = actor(request)
    own = places.places_named(who.places(Action.ALERT_AUTHOR))
    if not own:
        raise Http404
    error, status = "", 200
    if request.method == "POST":
        try:
            return _review(request, who, _wish(request))
        except OrderRefused as refusal:
            error, status = str(refusal), 422
    hazard = hazards.BY_ID.get(request.POST.get("hazard") or request.GET.get("mau", ""))
    if hazard is None:
        raise Http404
    title = request.POST.get("title", hazard.title)[:300]
    text = request.POST.get("text", hazard.text)[:8000]
    context = {
        "hazard": hazard,
        "nature": "that",
        "title": title,
        "text": text,
        "gaps": _gaps(request, title + text),
        "own": own,
        "below": places.below(own),
        "targets": request.POST.getlist("target") or [own[0].path],
        "level": request.POST.get("level", str(hazard.level)),
        "typed": request.POST,
        "days": DAYS,
        "cancels": CANCEL_S,
        "oftens": OFTEN,
        "error": error,
    }
    return render(request, "urgent/template_form.html", context, status=status)


def _gaps(request: HttpRequest, text: str) -> list[Gap]:
    """The text's gaps with what was typed for them."""
    post = request.POST
    return [
        Gap(
            words,
            name,
            post.get(f"type-{name}", _guess(words)),
            post.get(f"values-{name}", ""),
            post.get(f"part-{name}", _PART_OF[_guess(words)]),
        )
        for words, name in _names(text).items()
    ]


def _guess(words: str) -> str:
    if "giờ" in words or "lúc" in words:
        return "time"
    return "place" if any(word in words for word in ("nơi", "tên")) else "level"


def _names(text: str) -> dict[str, str]:
    """Each gap's words to its name on the wire: letters without marks, and dashes."""
    found = dict.fromkeys(_GAP.findall(text))
    return {words: re.sub(r"[^a-z0-9]+", "-", fold(words)).strip("-") or "o" for words in found}


def _wish(request: HttpRequest) -> TemplateWish:
    post = request.POST
    title, text = post.get("title", "")[:300], post.get("text", "")[:8000]
    gaps = _gaps(request, title + text)
    for gap in gaps:
        title = title.replace("{" + gap.words + "}", "{" + gap.name + "}")
        text = text.replace("{" + gap.words + "}", "{" + gap.name + "}")
    blanks = {gap.name: _blank(gap) for gap in gaps}
    targets = tuple(dict.fromkeys(post.getlist("target")))[:64]
    check_places(targets, [place.path for place in places.places_named(targets)])
    check_blanks(title, text, blanks)
    own = post.get("feed") != "key"
    return TemplateWish(
        targets=targets,
        hazard=post.get("hazard", "other"),
        title=title,
        text=text,
        level=_number(post.get("level", ""), 1, 5),
        blanks=blanks,
        feed=wordings.own_feed() if own else _key(post.get("key", "")),
        cancel_s=_number(post.get("cancel_s", ""), 0, 600),
        max_per_day=_number(post.get("max_per_day", ""), 1, 100),
        days=_number(post.get("days", ""), 1, wordings.DAYS_MAX),
        cap=_cap(request, gaps) if own else None,
        name=post.get("name", "")[:64],
    )


def _blank(gap: Gap) -> Blank:
    values = tuple(dict.fromkeys(v for part in gap.values.split(",") if (v := part.strip())))
    if len(values) > VALUES_MAX or any(len(value) > VALUE_MAX for value in values):
        raise OrderRefused(
            "values",
            _("Chỗ trống “%(name)s”: nhiều nhất %(values)d giá trị, mỗi giá trị %(most)d chữ cái.")
            % {"name": gap.words[:80], "values": VALUES_MAX, "most": VALUE_MAX},
        )
    if gap.type == "place":
        return Blank(type="place", values=values)
    return Blank(type="time" if gap.type == "time" else "level", values=values)


def _cap(request: HttpRequest, gaps: list[Gap]) -> CapRule:
    senders = tuple(dict.fromkeys(request.POST.get("senders", "").split()))[:16]
    if not senders:
        raise OrderRefused("no_sender", _("Ghi ít nhất một nơi gửi CAP mà mẫu này nghe theo."))
    return CapRule(
        senders=senders,
        hazards=(request.POST.get("hazard", "other"),),
        least=_number(request.POST.get("least", ""), 1, 5),
        blanks={gap.name: gap.part for gap in gaps if gap.part in PARTS},  # type: ignore[misc]  # in PARTS
    )


def _key(text: str) -> PublicKey:
    try:
        return PublicKey.from_text("ed25519", text.strip())
    except (Refused, ValueError) as error:
        raise OrderRefused("bad_key", _("Khóa của nguồn không đúng dạng.")) from error


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise OrderRefused("bad_field", _("Có mục chưa chọn. Xem lại các mục rồi thử lại."))
    return max(least, min(most, int(text)))


def _review(request: HttpRequest, who: Actor, wish: TemplateWish) -> HttpResponse:
    speaks = speaker(who, Kind.TEMPLATE, wish.targets)
    draft = drafting.template_draft(wish, speaks, clock.now())
    context = {
        "nature": "that",
        **_told(draft),
        "drafts": drafts_json([to_sign(draft, kids_for(who, Kind.TEMPLATE))]),
    }
    return render(request, "urgent/template_review.html", context)


def _told(draft: Draft) -> dict[str, Any]:
    """Everything that the bytes say."""
    doc = wordings.doc_of(draft.payload)
    feed = PublicKey.from_text(doc.feed.alg, doc.feed.key)
    return {
        "doc": doc,
        "draft": draft,
        "hazard": hazards.BY_ID.get(doc.hazard or ""),
        "feed_kid": feed.kid,
        **urgent.echo_of(tuple(doc.target)),
    }


@entrants_only
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """The author's signature: the template waits for its second person."""
    try:
        (signed,) = signed_of(request)[:1]
        template = wordings.template_propose(
            actor=actor(request), payload=signed.payload, kid=signed.kid, sig=signed.sig
        )
    except OrderRefused as refusal:
        return refused(request, refusal, HOME)
    return redirect("console:urgent_template", template.pk)


def _template_or_404(who: Actor, template_id: str) -> Template:
    found = next((t for t in wordings.templates_for(who) if t.pk == template_id), None)
    if found is None:
        raise Http404
    return found


@entrants_only
def page(request: HttpRequest, template_id: str) -> HttpResponse:
    """What was decided in advance, who signed it, and every time it was filled in."""
    who = actor(request)
    row = _template_or_404(who, template_id)
    draft = Draft(Kind.TEMPLATE, bytes(row.payload))
    mine = person_of(who)
    standing = row.pk in {one.pk for one in wordings.standing()}
    may_sign = all(who.may(Action.ALERT_APPROVE, path) for path in row.targets)
    may_stop = may_sign or all(who.may(Action.ALERT_AUTHOR, path) for path in row.targets)
    context = {
        "nature": "that",
        "row": row,
        **_told(draft),
        "standing": standing,
        "may_sign": may_sign and mine != row.author and row.state == "proposed",
        "author_here": mine == row.author,
        "may_stop": may_stop and standing,
        "drafts": drafts_json([to_sign(draft, kids_for(who, Kind.TEMPLATE))]),
        "names": names_of_persons({row.author, row.approver, row.declined_by} - {""}),
        "fills": row.fills.order_by("-made_at")[:50],
        "facts": told(journal.facts_of(f"template:{row.pk[:32]}")),
    }
    return render(request, "urgent/template_page.html", context)


@entrants_only
@require_POST
def approve(request: HttpRequest, template_id: str) -> HttpResponse:
    """The second signature, over the bytes that the page showed."""
    to = reverse("console:urgent_template", args=[template_id])
    try:
        (signed,) = signed_of(request)[:1]
        wordings.template_approve(
            actor=actor(request),
            template_id=template_id,
            digest=Draft(signed.kind, signed.payload).id,
            kid=signed.kid,
            sig=signed.sig,
        )
    except OrderRefused as refusal:
        return refused(request, refusal, to)
    return done(request, _("Mẫu có hiệu lực. Nguồn được điền mẫu này từ bây giờ."), to)


@entrants_only
@require_POST
def close(request: HttpRequest, template_id: str) -> HttpResponse:
    """A proposed one is declined or taken back; one in force is withdrawn, by one person."""
    row = _template_or_404(actor(request), template_id)
    try:
        if row.state == "proposed":
            wordings.template_decline(actor=actor(request), template_id=row.pk)
            words = _("Không dùng mẫu này.")
        else:
            wordings.template_withdraw(actor=actor(request), template_id=row.pk)
            words = _("Đã ngừng mẫu này: máy chủ không nhận bản điền nào nữa.")
    except OrderRefused as refusal:
        return refused(request, refusal, HOME)
    return done(request, words, HOME)


@entrants_only
def draft_file(request: HttpRequest, template_id: str) -> HttpResponse:
    """The template's exact bytes as a file for `loa sign`."""
    row = _template_or_404(actor(request), template_id)
    value = to_sign(Draft(Kind.TEMPLATE, bytes(row.payload)), ()).plain()
    response = JsonResponse(value)
    response["Content-Disposition"] = f'attachment; filename="mau-{row.pk[:8]}.json"'
    return response
