"""Duyệt: what waits, oldest first; hear it, read it, see what changed, decide."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.console.asking import (
    REFUSALS,
    done,
    refused,
    signed_in,
    whole_or_none,
)
from loa.console.bulletin import bulletin_or_404
from loa.console.middleware import actor
from loa.newsroom import rules, selectors, services
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places.selectors import places_named

REASONS = (
    gettext_lazy("Giờ hoặc ngày chưa đúng."),
    gettext_lazy("Tên người hoặc tên đất chưa đúng."),
    gettext_lazy("Tin dài, xin rút ngắn."),
    gettext_lazy("Cách đọc một số chữ chưa đúng."),
    gettext_lazy("Thiếu đơn vị chịu trách nhiệm."),
)
WAITING_MAX = 50


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """What waits for this approver, oldest first."""
    who = actor(request)
    waiting = selectors.waiting_for(who)
    context = {"waiting": waiting[:WAITING_MAX], "approver": who.places(Action.BULLETIN_APPROVE)}
    return render(request, "console/approval_index.html", context)


@signed_in
def page(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """One bulletin to decide on. The edition on the screen is the one that is approved."""
    who = actor(request)
    bulletin = bulletin_or_404(who, bulletin_id)
    ensure(who, Action.BULLETIN_APPROVE, bulletin.place.path)
    if request.method == "POST":
        return _decide(request, bulletin_id)
    if bulletin.state != "submitted":
        return redirect("console:bulletin", bulletin_id)
    versions = list(selectors.versions_with_pictures(bulletin_id)[:2])
    newest = versions[0]
    decisions = selectors.decisions_of(bulletin_id)
    returned = [decision for decision in decisions if decision.made == "returned"]
    context = {
        "bulletin": bulletin,
        "version": newest,
        "production": newest.production,
        "pictures": newest.pictures.all(),
        "targets": places_named(newest.targets),
        "returned": returned[-1] if returned else None,
        "own": newest.author_id == who.account_id,
        "reasons": REASONS,
        "difference": rules.difference(versions[1].body, newest.body) if len(versions) > 1 else [],
        "title_before": versions[1].title if len(versions) > 1 else "",
    }
    return render(request, "console/approval.html", context)


def _decide(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    who = actor(request)
    edition = whole_or_none(request.POST.get("edition", "")) or 0
    try:
        if request.POST.get("do") == "approve":
            services.bulletin_approve(actor=who, bulletin_id=bulletin_id, edition=edition)
            return done(
                request,
                _("Đã duyệt. Cán bộ của đài có thể đưa tin vào lịch phát."),
                reverse("console:bulletin", args=[bulletin_id]),
            )
        reason = " ".join(
            part.strip()
            for part in (*request.POST.getlist("often"), request.POST.get("reason", ""))
        )
        services.bulletin_return(actor=who, bulletin_id=bulletin_id, edition=edition, reason=reason)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:approve", args=[bulletin_id]))
    return done(request, _("Đã trả lại để sửa, kèm lý do."), reverse("console:approval"))
