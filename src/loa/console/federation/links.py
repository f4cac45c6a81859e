"""Liên thông: the links to the node above and to those below, their state and what hangs."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.federation import admission, line, selectors
from loa.federation.models import LinkState
from loa.federation.refusals import LinkRefused, sentence_of
from loa.federation.selectors import Standing
from loa.lib import clock
from loa.people.authority import NoAuthority, NodeIdentity, node_identity
from loa.people.rules import Action
from loa.places import selectors as places
from loa.web.middleware import actor
from loa.web.requests import done, refused, signed_in
from loa_protocol.paths import is_path

if TYPE_CHECKING:
    from loa.federation.models import Incoming

QUIET_AFTER = timedelta(minutes=2)
"""A link over which nothing was heard for so long is silent."""
TROUBLED_SHOWN = 20
SHOWN_ONCE = "link-code"


@dataclass(frozen=True, slots=True)
class Shown:
    """A link with its words: the place's name, the state as badge and sentence, what hangs."""

    standing: Standing
    name: str
    badge: str
    kind: str
    fault: str
    troubled: "list[tuple[Incoming, str]]"
    more: int


def _own() -> NodeIdentity:
    try:
        return node_identity()
    except NoAuthority as missing:
        raise Http404 from missing


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Every link of this node, for who governs it or audits it."""
    who, node = actor(request), _own()
    may_act = who.may(Action.ACCOUNT_MANAGE, node.path)
    if not may_act and not who.may(Action.JOURNAL_VIEW, node.path):
        raise Http404
    standings = selectors.standings()
    today = places.present_each([one.link.path for one in standings])
    found = {p.path: p.name for p in places.places_named(chain.from_iterable(today.values()))}
    names = {path: ", ".join(found.get(one, one) for one in now) for path, now in today.items()}
    linked = {one.link.path for one in standings if one.link.state == LinkState.LINKED}
    context = {
        "shown": [_shown(one, names) for one in standings],
        "centre": node.path == "vn",
        "node": node,
        "may_act": may_act,
        "joined": any(not one.link.below for one in standings if one.link.path in linked),
        "provinces": [p for p in places.below(places.places_named(["vn"])) if p.path not in linked]
        if may_act and node.path == "vn"
        else [],
        "code": request.session.pop(SHOWN_ONCE, None),
    }
    return render(request, "federation/links.html", context)


def _shown(one: Standing, names: dict[str, str]) -> Shown:
    link = one.link
    badge, kind = _("đang liên thông"), "done"
    if link.state != LinkState.LINKED:
        badge, kind = _("đã ngắt"), "plain"
    elif link.stopped:
        badge, kind = _("tạm dừng, cần nâng cấp"), "failed"
    elif link.full:
        badge, kind = _("tạm thôi nhận, quá nhiều mục chờ"), "failed"
    elif link.seen_at is None or clock.now() - link.seen_at > QUIET_AFTER:
        badge, kind = _("không liên lạc được"), "failed"
    elif one.behind_in or one.behind_out or one.waiting:
        badge, kind = _("đang bắt kịp"), "waits"
    rows = selectors.troubled(link, TROUBLED_SHOWN)
    return Shown(
        one,
        _("Trung tâm") if link.path == "vn" else names.get(link.path, link.path),
        badge,
        kind,
        sentence_of(link.error) if link.error else "",
        [(row, _why(row)) for row in rows],
        one.waiting + one.unknown + one.refused - len(rows),
    )


def _why(row: "Incoming") -> str:
    if row.reason == "waits":
        return _("Còn thiếu %(what)s.") % {"what": row.detail}
    if row.reason == "unknown":
        return _("Phần mềm ở đây chưa hiểu loại này; nâng cấp xong sẽ được xem lại.")
    said = sentence_of(row.reason)
    codes = [one.rpartition("/")[2] for one in row.detail.split(", ") if is_path(one)]
    return said + (" " + _("Mã: %(codes)s.") % {"codes": ", ".join(codes)} if codes else "")


@signed_in
@require_POST
def admit(request: HttpRequest) -> HttpResponse:
    """A code for a province; it is shown once."""
    try:
        path = request.POST.get("province", "")
        code = admission.code_make(actor=actor(request), path=path)
    except LinkRefused as why:
        return _refused(request, why)
    found = places.place_get(path)
    request.session[SHOWN_ONCE] = {"code": code, "name": found.name if found else path}
    return redirect("console:links")


@signed_in
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Link this province to the centre by its code."""
    node = _own()
    fields: dict[str, Any] = {
        "url": request.POST.get("url", "").strip()[:300],
        "code": request.POST.get("code", "").strip()[:100],
    }
    if not fields["url"].startswith(("https://", "http://")) or not fields["code"]:
        return refused(
            request, ValueError(_("Ghi địa chỉ của trung tâm và mã đã được cấp.")), "console:links"
        )
    try:
        line.join(actor=actor(request), node=node, parent=node.parent or "n-vn", **fields)
    except LinkRefused as why:
        return _refused(request, why)
    return done(request, _("Đã liên thông với trung tâm."), "console:links")


@signed_in
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    """End a link; nothing is lost."""
    link = selectors.link_named(request.POST.get("peer", ""))
    if link is None:
        raise Http404
    admission.unlink(actor=actor(request), link=link, node=_own())
    return done(
        request,
        _("Đã ngắt liên thông. Không mất gì: liên thông lại bằng mã mới thì chạy tiếp."),
        "console:links",
    )


def _refused(request: HttpRequest, why: LinkRefused) -> HttpResponse:
    return refused(request, ValueError(sentence_of(why.reason.value)), "console:links")
