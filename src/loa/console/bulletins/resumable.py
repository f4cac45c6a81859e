"""Files that come in pieces and go on where the line broke: recordings, then cut, and pictures.

The way of tus (Upload-Length, Upload-Offset), as much of it as one page needs: begin with POST,
ask how far it is with GET, add with PATCH.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loa.console.bulletins.typed import TypedPicture
from loa.media.serving import file_response
from loa.media.uploading import PIECE_MAX_BYTES, Upload, UploadGone, UploadRefused, Uploads
from loa.newsroom.rules import BulletinRefused
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.web import formats
from loa.web.middleware import actor
from loa.web.requests import desk_of, sentence, signed_in, whole_or_none
from loa.web.upload_tickets import NotYours, redeem
from loa.web.uploads import picture_fits, picture_keep, recording_cut_take

SECONDS_MAX = 7_200.0


def uploads() -> Uploads:
    """The node's unfinished uploads."""
    folder = settings.ENV.data / "scratch" / "uploads"
    return Uploads(folder, limit_bytes=settings.LOA_UPLOAD_LIMIT_BYTES)


def writers_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For who may write bulletins; an upload that is not theirs is not there."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who, path = desk_of(request)
        ensure(who, Action.BULLETIN_WRITE, path)
        try:
            return view(request, *args, **kwargs)
        except UploadGone as gone:
            raise Http404 from gone

    return checked


def _told(upload: Upload) -> dict[str, Any]:
    return {
        "url": reverse("console:upload", args=[upload.name]),
        "offset": upload.offset,
        "size": upload.size,
        "piece": PIECE_MAX_BYTES // 8,
    }


@signed_in
@require_POST
@writers_only
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a file by its length. One that is too large is refused before it is sent."""
    size = whole_or_none(request.headers.get("Upload-Length", ""), 1 << 50) or 0
    try:
        upload = uploads().begin(owner=str(actor(request)), size=size)
    except UploadRefused:
        most = settings.LOA_UPLOAD_LIMIT_BYTES >> 20
        words = _("Tệp lớn hơn %(most)d MB. Nén hoặc cắt ngắn bản ghi rồi gửi lại.")
        return JsonResponse({"problem": words % {"most": most}}, status=413)
    return JsonResponse(_told(upload), status=201)


@signed_in
@require_http_methods(["GET", "PATCH", "DELETE"])
@writers_only
def piece(request: HttpRequest, name: str) -> HttpResponse:
    """How far a file is, the next piece of it, or its end."""
    owner = str(actor(request))
    if request.method == "DELETE":
        uploads().drop(name, owner=owner)
        return JsonResponse({})
    if request.method == "GET":
        return JsonResponse(_told(uploads().get(name, owner=owner)))
    offset = whole_or_none(request.headers.get("Upload-Offset", ""))
    try:
        upload = uploads().append(
            name, owner=owner, offset=-1 if offset is None else offset, piece=request.body
        )
    except UploadRefused:
        return JsonResponse(_told(uploads().get(name, owner=owner)), status=409)
    return JsonResponse(_told(upload))


@signed_in
@require_POST
@writers_only
def recording(request: HttpRequest, name: str) -> HttpResponse:
    """Cut an uploaded recording to its words and keep it; the page gets its ticket."""
    owner = str(actor(request))
    upload = uploads().get(name, owner=owner)
    if not upload.whole:
        return JsonResponse(_told(upload), status=409)
    try:
        kept = recording_cut_take(
            upload.file,
            request.POST.get("label", ""),
            actor(request).owner,
            start_s=_seconds(request.POST.get("start", "")) or 0.0,
            end_s=_seconds(request.POST.get("end", "")),
            gate=request.POST.get("gate") == "1",
        )
    except BulletinRefused as refusal:
        uploads().drop(name, owner=owner)
        return JsonResponse({"problem": sentence(refusal)}, status=422)
    uploads().drop(name, owner=owner)
    length = formats.length(round(kept.seconds))
    return JsonResponse(
        {
            "ticket": kept.ticket,
            "url": reverse("console:recording_file", args=[kept.ticket]),
            "words": _("Bản ghi dài %(length)s sẽ phát thay giọng máy.") % {"length": length},
        }
    )


@signed_in
@require_POST
@writers_only
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Keep an uploaded picture; the answer is its field for the page."""
    owner = str(actor(request))
    upload = uploads().get(name, owner=owner)
    if not upload.whole:
        return JsonResponse(_told(upload), status=409)
    try:
        picture_fits(upload.size)
        data, label = upload.file.read_bytes(), request.POST.get("label", "")
        kept = picture_keep(data, label, actor(request).owner)
    except BulletinRefused as refusal:
        return JsonResponse({"problem": sentence(refusal)}, status=422)
    finally:
        uploads().drop(name, owner=owner)
    shown = {"picture": TypedPicture(kept, request.POST.get("alt", "")), "number": kept.sha256[:8]}
    return render(request, "bulletins/parts/write_picture.html", shown)


def _seconds(text: str) -> float | None:
    """A length from the form; None for nothing, or for what is no length."""
    try:
        seconds = float(text[:12])
    except ValueError:
        return None
    return seconds if 0.0 <= seconds <= SECONDS_MAX else None


@signed_in
@writers_only
def recording_file(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """A kept recording, to be heard before it is saved. Only with the asker's own ticket."""
    try:
        upload = redeem(ticket, actor(request).owner)
    except NotYours as other:
        raise Http404 from other
    if upload is None:
        raise Http404
    response = file_response(request, settings.ENV.media, upload.sha256)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
