"""What is done at one outlet from the desk: commands to its device, and notes."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.outlets import stations
from loa.delivery import trials
from loa.outlets import commands, upkeep
from loa.outlets.services import OutletError
from loa.web import lookups
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, done, refused, sentence, signed_in


@signed_in
@require_POST
def command(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Ask the device: a tone, its own name, a second's level, a restart."""
    who = actor(request)
    found = lookups.outlet_or_404(who, outlet_id)
    here = reverse("console:outlet", args=[outlet_id])
    do = request.POST.get("do", "")
    try:
        if do == "say":
            trials.trial_ask(actor=who, outlet=found)
        else:
            commands.command_give(actor=who, outlet=found, do=do)
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã gửi lệnh. Câu trả lời của thiết bị hiện ở mục Lệnh."), here)


@signed_in
@require_POST
def note(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """A note; a refused one stands in its field again."""
    who = actor(request)
    found = lookups.outlet_or_404(who, outlet_id)
    typed = request.POST.get("text", "")
    try:
        upkeep.note_add(actor=who, outlet=found, text=typed)
    except OutletError as refusal:
        more = {"note": typed[:20_000], "note_wrong": sentence(refusal)}
        return stations.outlet_page(request, who, found, status=422, **more)
    return done(request, _("Đã lưu ghi chú."), reverse("console:outlet", args=[outlet_id]))
