"""Hướng dẫn: the officers' guide in the console, page by page."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from loa.web.guide_text import FOLDER, contents, read
from loa.web.requests import signed_in

PICTURE = re.compile(r"[a-z0-9-]{1,60}\.(png|webp)")


@signed_in
def page(request: HttpRequest, name: str = "index") -> HttpResponse:
    """One page of the guide beside its list of contents. 404 for what is not there."""
    try:
        guide = read(name)
    except LookupError as missing:
        raise Http404 from missing
    context = {"guide": guide, "contents": contents()}
    return render(request, "help/guide.html", context)


@signed_in
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of the guide: a few dozen kilobytes, read whole."""
    file = FOLDER / "img" / name
    if not PICTURE.fullmatch(name) or not file.is_file():
        raise Http404
    answer = HttpResponse(file.read_bytes(), content_type=f"image/{file.suffix[1:]}")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
