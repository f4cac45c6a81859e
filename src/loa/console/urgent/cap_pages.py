"""CAP at the desk: what arrived, what it means for us, and the order that may begin from it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import hazards
from loa.alerts.cap import desk, sources
from loa.alerts.cap.parsing import MAX_BYTES
from loa.alerts.models import CapMessage
from loa.alerts.rules import TARGETS_MAX, OrderRefused
from loa.console.urgent import cap_remarks
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.places.selectors import places_named
from loa.web.middleware import actor
from loa.web.requests import done, refused
from loa.web.signing import entrants_only

HOME = "/khan-cap/cap/"
SHOWN = 50
PLACES_SHOWN = 200


@entrants_only
def index(request: HttpRequest) -> HttpResponse:
    """Messages as they came, newest first, and the sources they come from."""
    return _index(request)


def _index(request: HttpRequest, **more: Any) -> HttpResponse:
    who = actor(request)
    own = places_named(who.places(Action.ALERT_APPROVE))
    context = {
        "messages_here": desk.messages_for(who).select_related("source", "order")[:SHOWN],
        "sources": desk.sources_for(who),
        "own": own,
        "hazards": {one.id: one.name for one in hazards.HAZARDS},
        **more,
    }
    return render(request, "urgent/cap.html", context, status=more.get("status", 200))


@entrants_only
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """An officer's file: read, kept, shown. Nothing is filled in because of it."""
    who = actor(request)
    file = request.FILES.get("file")
    own = (*who.places(Action.ALERT_AUTHOR), *who.places(Action.ALERT_APPROVE))
    if file is None or not own:
        return refused(request, OrderRefused("no_file", _("Chưa chọn tệp.")), HOME)
    taken = desk.message_take(file.read(MAX_BYTES + 1), by=str(who), path=min(own, key=len))
    if taken.message.refused:
        sentence = OrderRefused(taken.message.refused, taken.message.refused_text)
        return refused(request, sentence, HOME)
    return redirect("console:cap_message", taken.message.pk)


def _message_or_404(who: Actor, message_id: UUID) -> CapMessage:
    found = desk.messages_for(who).select_related("file").filter(pk=message_id).first()
    if found is None:
        raise Http404
    return found


@entrants_only
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """What a message says, the communes it means, and what may be begun from it."""
    who = actor(request)
    row = _message_or_404(who, message_id)
    names = {place.path: place.name for place in places_named(row.targets)}
    reach = desk.inside_mine(who, row.targets)
    parts = desk.parts_of(row)
    orders = {one.order for one in desk.about(row) if one.order is not None}
    author = bool(who.places(Action.ALERT_AUTHOR))
    over = row.expires_at is not None and row.expires_at <= clock.now()
    begins = row.draft in {"alert", "drill"} and not over and author
    context = {
        "row": row,
        "hazard": hazards.BY_ID.get(row.hazard),
        "areas": [
            (
                described,
                [(names.get(path, path), path, path in near) for path in paths[:PLACES_SHOWN]],
                max(0, len(paths) - PLACES_SHOWN),
                unknown,
            )
            for described, paths, near, unknown in row.areas
        ],
        "reach": reach,
        "too_many": len(reach) > TARGETS_MAX,
        "most": TARGETS_MAX,
        "begins": begins and bool(reach),
        "outside": begins and not reach,
        "about": desk.about(row),
        "replaced": desk.replaced_by(row),
        "orders": sorted(orders, key=lambda order: order.proposed_at),
        "over": over,
        "cap_remarks": cap_remarks.remarks_of(parts[0]) if parts else [],
        "parts": cap_remarks.other_parts(parts),
        "why_not": cap_remarks.why_not_filled(row),
    }
    return render(request, "urgent/cap_message.html", context)


@entrants_only
def original(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The bytes as they came, to be kept; never shown in the browser."""
    row = _message_or_404(actor(request), message_id)
    if row.file is None:
        raise Http404
    response = HttpResponse(bytes(row.file.data), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="cap-{row.file.pk[:12]}.xml"'
    return response


@entrants_only
@require_POST
def add_source(request: HttpRequest) -> HttpResponse:
    """A new source; the token of one that posts is shown on this page, once."""
    post = request.POST
    try:
        source, token = sources.source_add(
            actor=actor(request),
            path=post.get("path", ""),
            name=post.get("name", ""),
            way="post" if post.get("way") == "post" else "url",
            url=post.get("url", "").strip(),
            senders=post.get("senders", "").split(),
            certificates=post.get("certificates", "")[:100_000],
            must_sign=post.get("must_sign") == "1",
        )
    except OrderRefused as refusal:
        return _index(request, typed=post, wrong=str(refusal), status=422)
    if not token:
        return done(request, _("Đã thêm nguồn. Máy chủ hỏi nguồn này mỗi phút."), HOME)
    return _index(request, new=source, token=token, address=request.build_absolute_uri("/"))


@entrants_only
@require_POST
def stop_source(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """No message of it is taken any more."""
    who = actor(request)
    source = next((one for one in desk.sources_for(who) if one.pk == source_id), None)
    if source is None:
        raise Http404
    sources.source_stop(actor=who, source=source)
    return done(request, _("Đã ngừng nguồn này."), HOME)
