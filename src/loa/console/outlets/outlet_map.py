"""Kênh as a map: outlets by the server's grid, and official boundaries where they were loaded."""

import math
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.console.outlets.listing import filters, wanted_of
from loa.lib import clock
from loa.outlets import mapping
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places import boundaries
from loa.web import formats
from loa.web.requests import desk_of, signed_in, whole_or_none

MARGIN_DEGREES = 0.01


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The map itself; its dots come by `cells` as it is moved."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    wanted = wanted_of(request, path)
    box = mapping.bounds(who, wanted, clock.now())
    shown = filters(request, wanted, path)
    context: dict[str, Any] = {
        **shown,
        "box": box,
        "missing": mapping.without_position(who, wanted, clock.now()),
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "tab": "map",
    }
    if box is not None:
        context["config"] = {
            "box": _wide(box),
            "query": shown["query"],
            "cells": reverse("console:outlet_cells"),
            "edges": reverse("console:boundaries") if boundaries.any_loaded() else "",
            "tiles": settings.ENV.map_tiles,
            "credit": settings.ENV.map_credit,
            "words": {
                **{key: str(words[0]) for key, words in formats.OUTLET_STATES.items()},
                "outlets": _("cụm loa"),
                "nearer": _("Phóng to"),
                "farther": _("Thu nhỏ"),
            },
        }
    return render(request, "outlets/outlet_map.html", context)


def _wide(box: tuple[float, float, float, float]) -> tuple[float, ...]:
    """A single pole is not a box: some room around it."""
    south, west, north, east = box
    return (
        south - MARGIN_DEGREES,
        west - MARGIN_DEGREES,
        north + MARGIN_DEGREES,
        east + MARGIN_DEGREES,
    )


def _box(text: str) -> tuple[float, float, float, float]:
    """Four degrees from an address; 404 for anything else."""
    try:
        numbers = [float(part) for part in text[:100].split(",")]
    except ValueError as error:
        raise Http404 from error
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise Http404
    south, west, north, east = numbers
    return south, west, north, east


@signed_in
def cells(request: HttpRequest) -> HttpResponse:
    """The outlets inside a box, put together for a zoom."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    zoom = whole_or_none(request.GET.get("z", "")) or 8
    found = mapping.cells(
        who, wanted_of(request, path), clock.now(), _box(request.GET.get("box", "")), zoom
    )
    rows = []
    for cell in found:
        row = asdict(cell)
        row["url"] = reverse("console:outlet", args=[cell.outlet]) if cell.outlet else ""
        rows.append(row)
    return JsonResponse({"cells": rows})


@signed_in
def edges(request: HttpRequest) -> HttpResponse:
    """The loaded official boundaries that touch a box: of provinces far out, of communes near."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    zoom = whole_or_none(request.GET.get("z", "")) or 8
    level = "province" if zoom < 9 else "commune"
    return JsonResponse(boundaries.inside_box(_box(request.GET.get("box", "")), level))
