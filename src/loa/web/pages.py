"""Pages that belong to no room of the console."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _


def alive(request: HttpRequest) -> HttpResponse:
    """For the supervisor and a reverse proxy: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


def front(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in goes to their desk, everybody else to the page where one signs in."""
    return redirect("console:today" if request.user.is_authenticated else "account_login")


def too_large(request: HttpRequest) -> HttpResponse:
    """What the desk says of a body that it did not take: a page, or a sentence for a script."""
    user = getattr(request, "user", None)  # none yet where a middleware refused
    signed_out = user is not None and not user.is_authenticated
    if "text/html" not in request.headers.get("Accept", "text/html"):
        words = (
            _("Phiên làm việc đã hết nên máy chủ không nhận tệp. Đăng nhập rồi gửi lại.")
            if signed_out
            else _("Tệp quá lớn, chưa có gì được lưu. Xin nén hoặc cắt ngắn rồi gửi lại.")
        )
        return JsonResponse({"problem": words, "error": words}, status=413)
    context = {"most": settings.LOA_UPLOAD_LIMIT_BYTES >> 20, "signed_out": signed_out}
    return render(request, "web/too_large.html", context, status=413)


def closed(request: HttpRequest) -> HttpResponse:
    """The library's doors that this house keeps shut: signing up, and what would need e-mail."""
    raise Http404


def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows a push; at the root, so that it may stand for every page."""
    script = Path(__file__).parent / "static" / "loa" / "bell-worker.js"
    response = HttpResponse(script.read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
