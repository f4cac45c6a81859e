"""A loudspeaker may also be a web page: browsers are let in, because no cookie means anything."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from loa_protocol.device_api import REQUEST_HEADER

Handler = Callable[[HttpRequest], HttpResponse]


class OpenToBrowsers:
    """CORS for every origin, without credentials: requests are signed, an origin proves nothing."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        preflight = request.method == "OPTIONS"
        response = HttpResponse(status=204) if preflight else self.get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Headers"] = f"{REQUEST_HEADER}, Content-Type, Range"
        response["Access-Control-Expose-Headers"] = "ETag, Content-Range, Accept-Ranges"
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["X-Content-Type-Options"] = "nosniff"
        return response
