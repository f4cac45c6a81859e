"""The order's voice: what a phone recorded comes up, what will be heard goes down."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts.rules import OrderRefused
from loa.console.urgent.compose import recording_taken
from loa.media.selectors import file_get
from loa.media.serving import file_response
from loa.web.signing import entrants_only


@entrants_only
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Make a recording into an order's sound: its hash, length and address, or a sentence."""
    file = request.FILES.get("recording")
    if file is None:
        return JsonResponse({"error": _("Chưa có bản ghi.")}, status=400)
    try:
        speech = recording_taken(file)
    except OrderRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    url = reverse("console:urgent_listen", args=[speech.sha256])
    return JsonResponse({"sha256": speech.sha256, "ms": speech.ms, "url": url})


@entrants_only
def listen(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A sound of the store, for those who write and approve orders."""
    known = file_get(sha256)
    if known is None or not known.mime.startswith("audio/"):
        raise Http404
    return file_response(request, settings.ENV.media, sha256)
