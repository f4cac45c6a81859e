"""Nhật ký: the journal's facts of the asker's places, as sentences, and whether the chain holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.asking import desk_of, signed_in, whole_or_none
from loa.console.sentences import FAMILIES, told
from loa.journal import selectors
from loa.lib import clock
from loa.people.rules import Action
from loa.people.selectors import NotAllowed
from loa.places.selectors import places_named
from loa.schedule.plans import journal_marks
from loa_protocol.paths import inside, is_path

PER_PAGE = 50
CHAIN_KEY = "journal-chain"
CHAIN_FOR_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Chain:
    """What the last walk over the whole chain found."""

    checked_at: datetime
    facts: int
    broken: str


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Facts at or below the place, newest first, by kind, a page at a time."""
    who, path = desk_of(request)
    allowed = who.places(Action.JOURNAL_VIEW)
    if not allowed:
        raise NotAllowed(who, Action.JOURNAL_VIEW, path)
    wanted = request.GET.get("noi", "")
    paths = allowed
    if is_path(wanted) and any(inside(wanted, one) for one in allowed):
        paths = (wanted,)
    facts = selectors.facts_in(paths)
    family = request.GET.get("loai", "")
    if family in FAMILIES:
        facts = facts.filter(kind__startswith=f"{family}.")
    before = whole_or_none(request.GET.get("truoc", ""), 2**62)
    if before:
        facts = facts.filter(seq__lt=before)
    rows = told(facts[: PER_PAGE + 1])
    context = {
        "facts": rows[:PER_PAGE],
        "next": rows[PER_PAGE - 1].seq if len(rows) > PER_PAGE else None,
        "names": _names({row.place for row in rows}),
        "families": FAMILIES.items(),
        "family": family,
        "place": wanted if paths != allowed else "",
        "chain": cache.get(CHAIN_KEY),
        "head": selectors.head(),
    }
    return render(request, "console/ledger.html", context)


def _names(paths: set[str]) -> dict[str, Any]:
    return {place.path: place.name for place in places_named(sorted(paths))}


@signed_in
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain once and keep what was found: not on every request."""
    who, path = desk_of(request)
    if not who.places(Action.JOURNAL_VIEW):
        raise NotAllowed(who, Action.JOURNAL_VIEW, path)
    broken = selectors.verify(*journal_marks())
    words = ""
    if broken:
        words = _("dòng %(seq)d: %(detail)s") % {"seq": broken.seq, "detail": broken.detail}
    cache.set(CHAIN_KEY, Chain(clock.now(), selectors.head().seq, words), CHAIN_FOR_S)
    return redirect("console:ledger")
