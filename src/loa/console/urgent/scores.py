"""How drills went, commune by commune."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loa.alerts.drills import scores as drills
from loa.places import selectors as places
from loa.web.middleware import actor
from loa.web.signing import entrants_only


@entrants_only
def scores(request: HttpRequest) -> HttpResponse:
    """How the communes did in their last drill, worst first, and their provinces above them."""
    found = drills.scoreboard(actor(request))
    provinces = drills.by_province(found)
    named = places.places_named([s.path for s in found] + [p.path for p in provinces])
    names = {place.path: place.name for place in named}
    context = {
        "rows": [(names.get(score.path, score.path), score) for score in found],
        "provinces": [(names.get(one.path, one.path), one) for one in provinces],
        "drill": True,
    }
    return render(request, "urgent/scores.html", context)
