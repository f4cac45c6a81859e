"""What every page's frame needs: where the asker works, and the five places of the navigation."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from loa.people.rules import Actor, has_urgent_part
from loa.web.alert_band import Band, band_of
from loa.web.guide_text import page_for

ICONS = {
    "today": "M12 3v2M12 19v2M5 12H3M21 12h-2M6.3 6.3 4.9 4.9M19.1 19.1l-1.4-1.4M6.3 17.7l-1.4 1.4"
    "M19.1 4.9l-1.4 1.4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "write": "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    "schedule": "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
    "channels": "M4 10v4h4l6 4V6L8 10zM17 9a4 4 0 0 1 0 6M19.5 6.5a8 8 0 0 1 0 11",
    "more": "M5 12h.01M12 12h.01M19 12h.01",
}


UNDO_KEY = "undo"
"""Where the session keeps the way back from what was just done."""

TYPED_KEY = "typed"
"""Where the session keeps the words of a form that was refused, for the page that says so."""

DESK_KEY = "desk"
"""Where the session keeps the place that was chosen."""


@dataclass(frozen=True, slots=True)
class Nav:
    url: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The place the asker works at, and the way around."""

    name: str
    path: str
    nav: tuple[Nav, ...]
    several: bool
    urgent: bool
    """Whether the asker has a part in urgent orders."""
    urgent_waiting: int
    """Orders that wait for the asker's signature."""
    help: str
    """The guide's page about the page that is shown; empty where there is none."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Whether the demo must be announced, and the asker's desk once they are signed in."""
    context: dict[str, Any] = {"demo": settings.ENV.demo}
    context["again"] = SimpleLazyObject(lambda: _typed_again(request))
    actor = getattr(request, "actor", None)
    if actor is not None and getattr(request, "user", None) and request.user.is_authenticated:
        context["desk"] = SimpleLazyObject(lambda: _desk_once(request, actor))
        context["band"] = SimpleLazyObject(lambda: _band_once(request, actor))
    return context


def _desk_once(request: HttpRequest, actor: Actor) -> Desk:
    """The desk, asked for once a request: a page and its living part are rendered one by one."""
    held = vars(request)
    if "desk" not in held:
        held["desk"] = desk(request, actor)
    found: Desk = held["desk"]
    return found


def _band_once(request: HttpRequest, actor: Actor) -> Band:
    """What stands on top of the page, asked for once a request. The order that the page itself
    shows is left out."""
    held = vars(request)
    if "band" not in held:
        match = request.resolver_match
        without = str(match.kwargs.get("order_id", "")) if match else ""
        held["band"] = band_of(request, actor, own_paths(actor), without)
    found: Band = held["band"]
    return found


def _typed_again(request: HttpRequest) -> dict[str, Any]:
    """The words of a form that was just refused, by field, on the page it leads back to; once."""
    session = getattr(request, "session", None)
    kept = session.get(TYPED_KEY) if session is not None else None
    if session is None or not kept or kept["at"] != request.path:
        return {}
    words: dict[str, Any] = session.pop(TYPED_KEY)["words"]
    return words


def desk(request: HttpRequest, actor: Actor) -> Desk:
    """The desk of the place the asker works at now."""
    path = desk_path(request, actor)
    name = dict(actor.place_names).get(path) or _("Chưa có vai trò")
    several = len(own_paths(actor)) > 1
    urgent = has_urgent_part(actor)
    waiting = len(_band_once(request, actor).calls)
    return Desk(name, path, _nav(request), several, urgent, waiting, page_for(request.path))


def desk_path(request: HttpRequest, actor: Actor) -> str:
    """The place the asker chose to work at while they hold a role there; else the narrowest of
    their places. Empty for who has no role."""
    paths = own_paths(actor)
    chosen = request.session.get(DESK_KEY, "")
    return chosen if chosen in paths else paths[0] if paths else ""


def own_paths(actor: Actor) -> list[str]:
    """The places where the asker has a role: communes before provinces."""
    held = {grant.path for grant in actor.grants}
    return sorted(held, key=lambda path: (-path.count("/"), path))


def _nav(request: HttpRequest) -> tuple[Nav, ...]:
    places = (
        ("today", _("Hôm nay")),
        ("write", _("Soạn")),
        ("schedule", _("Lịch phát")),
        ("channels", _("Kênh")),
        ("more", _("Thêm")),
    )
    found = []
    for name, label in places:
        url = reverse(f"console:{name}")
        found.append(Nav(url, label, ICONS[name], request.path.startswith(url)))
    return tuple(found)
