"""Pages that belong to no room of the console."""

from django.http import Http404, HttpRequest, HttpResponse


def alive(request: HttpRequest) -> HttpResponse:
    """For the supervisor and a reverse proxy: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


def closed(request: HttpRequest) -> HttpResponse:
    """The library's doors that this house keeps shut: signing up, and what would need e-mail."""
    raise Http404
