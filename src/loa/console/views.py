"""Pages that belong to no room of the console."""

from django.http import HttpRequest, HttpResponse


def alive(request: HttpRequest) -> HttpResponse:
    """For the supervisor and a reverse proxy: the process answers."""
    return HttpResponse("ok", content_type="text/plain")
