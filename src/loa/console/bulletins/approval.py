"""Duyệt: what waits, oldest first; hear it, read it, see what changed, decide."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from loa.newsroom import bells, differences, push, selectors, services
from loa.newsroom.rules import BulletinRefused
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places.selectors import places_named, present
from loa.schedule import airing
from loa.web import airing_form, formats
from loa.web.lookups import bulletin_or_404
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, done, refused, sentence, signed_in, whole_or_none

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin

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
    approver = who.places(Action.BULLETIN_APPROVE)
    context = {
        "waiting": waiting[:WAITING_MAX],
        "approver": approver,
        "push_key": push.public_key(settings.ENV.keys) if approver else "",
    }
    return render(request, "bulletins/approval_index.html", context)


@signed_in
@require_POST
def bell(request: HttpRequest) -> HttpResponse:
    """This browser wants to be told what waits (web push), or no longer does."""
    who = actor(request)
    endpoint = request.POST.get("endpoint", "")
    if request.POST.get("do") == "off":
        bells.bell_take_down(actor=who, endpoint=endpoint)
        return JsonResponse({"words": _("Máy này không còn nhận lời báo.")})
    try:
        bells.bell_hang(
            actor=who,
            endpoint=endpoint,
            p256dh=request.POST.get("p256dh", ""),
            auth=request.POST.get("auth", ""),
            hosts=settings.ENV.push_hosts,
        )
    except BulletinRefused as refusal:
        return JsonResponse({"words": sentence(refusal)}, status=422)
    return JsonResponse({"words": _("Máy này sẽ báo khi có việc chờ anh chị duyệt hoặc ký.")})


@signed_in
def page(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """One bulletin to decide on. The edition on the screen is the one that is approved."""
    who = actor(request)
    bulletin = bulletin_or_404(who, bulletin_id)
    ensure(who, Action.BULLETIN_APPROVE, bulletin.place.path)
    if request.method == "POST":
        return _decide(request, bulletin_id)
    if bulletin.state != "submitted":
        return _decided_already(request, bulletin)
    versions = list(selectors.versions_with_pictures(bulletin_id)[:2])
    newest = versions[0]
    decisions = selectors.decisions_of(bulletin_id)
    returned = [decision for decision in decisions if decision.made == "returned"]
    targets = present(newest.targets, own=bulletin.place.path)
    whole = targets in ([bulletin.place.path], [])
    context = {
        "bulletin": bulletin,
        "version": newest,
        "production": newest.production,
        "pictures": newest.pictures.all(),
        "targets": [bulletin.place] if whole else places_named(targets),
        "returned": returned[-1] if returned else None,
        "own": who.owner in services.authors_of(bulletin),
        "wishes": airing_form.wish_words(airing.wishes_for(bulletin_id), waits=newest),
        "reasons": REASONS,
        "difference": differences.difference(versions[1].body, newest.body)
        if len(versions) > 1
        else [],
        "title_before": versions[1].title if len(versions) > 1 else "",
    }
    return render(request, "bulletins/approval.html", context)


def _decided_already(request: HttpRequest, bulletin: "Bulletin") -> HttpResponse:
    """Somebody was faster: who, what and when, on the bulletin's own page."""
    last = selectors.decisions_of(bulletin.pk).last()
    if last is not None and last.made in DONE_WORDS:
        told = DONE_WORDS[last.made] % {
            "who": last.by or _("Người khác"),
            "ago": formats.ago(last.at),
        }
        messages.info(request, told, extra_tags="waits")
    return redirect("console:bulletin", bulletin.pk)


DONE_WORDS = {
    "approved": gettext_lazy("%(who)s đã duyệt tin này, %(ago)s."),
    "returned": gettext_lazy("%(who)s đã trả lại tin này để sửa, %(ago)s."),
    "withdrawn": gettext_lazy("%(who)s đã thu hồi tin này, %(ago)s."),
}


def _approved_words(bulletin_id: UUID) -> str:
    rows = [row for row in airing.wishes_for(bulletin_id) if row.how != "later"]
    wishes = airing_form.wish_words(rows)
    if wishes:
        return _("Đã duyệt. Tin tự vào lịch: %(when)s.") % {"when": "; ".join(wishes)}
    return _("Đã duyệt. Cán bộ của đài có thể đưa tin vào lịch phát.")


def _decide(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    who = actor(request)
    edition = whole_or_none(request.POST.get("edition", "")) or 0
    reason = " ".join(
        part.strip() for part in (*request.POST.getlist("often"), request.POST.get("reason", ""))
    ).strip()
    try:
        if request.POST.get("do") == "approve":
            if reason:  # a slip of the thumb, on a page that has both buttons
                raise BulletinRefused(
                    "Anh chị đã ghi lý do trả lại. Bấm “Trả lại, kèm lý do”,"
                    " hoặc bỏ lý do rồi duyệt."
                )
            services.bulletin_approve(actor=who, bulletin_id=bulletin_id, edition=edition)
            return done(
                request,
                _approved_words(bulletin_id),
                reverse("console:bulletin", args=[bulletin_id]),
            )
        services.bulletin_return(actor=who, bulletin_id=bulletin_id, edition=edition, reason=reason)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:approve", args=[bulletin_id]))
    return done(request, _("Đã trả lại để sửa, kèm lý do."), reverse("console:approval"))
