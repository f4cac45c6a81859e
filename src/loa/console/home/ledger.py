"""Nhật ký: the journal's facts of the asker's places, as sentences, and whether the chain holds."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.journal import selectors
from loa.journal.services import exported
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import NotAllowed, accounts_with_role_at, names_of
from loa.places import selectors as places
from loa.schedule.plans import journal_marks
from loa.web.facts.sentences import FAMILIES, Told, told
from loa.web.requests import desk_of, signed_in, whole_or_none
from loa_protocol.paths import inside, is_path

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from loa.journal.models import Fact

PER_PAGE = 30
PEOPLE_SHOWN = 50
EXPORT_ROWS = 100_000
EXPORT_BATCH = 500
CHAIN_KEY = "journal-chain"
CHAIN_FOR_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Chain:
    """What the last walk over the whole chain found."""

    checked_at: datetime
    facts: int
    broken: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the asker wants to see; what makes no sense is left out."""

    paths: tuple[str, ...]
    place: str
    family: str
    who: str
    since: date | None
    until: date | None

    @classmethod
    def of(cls, request: HttpRequest, allowed: tuple[str, ...]) -> "Wanted":
        asked = request.GET.get
        place = asked("noi", "")
        narrower = is_path(place) and any(inside(place, one) for one in allowed)
        family = asked("loai", "")
        return cls(
            paths=(place,) if narrower else allowed,
            place=place if narrower else "",
            family=family if family in FAMILIES else "",
            who=asked("ai", "")[:80],
            since=_day(asked("tu", "")),
            until=_day(asked("den", "")),
        )

    @property
    def lineage(self) -> tuple[str, ...]:
        """The places asked for, and the units that went into them."""
        return places.lineage(self.paths)

    @property
    def narrowed(self) -> Q:
        """What holds for the facts asked for, besides their place."""
        found = Q()
        if self.family:
            found &= Q(kind__startswith=f"{self.family}.")
        if self.who:
            found &= Q(actor=self.who)
        if self.since:
            found &= Q(at__gte=_midnight(self.since))
        if self.until:
            found &= Q(at__lt=_midnight(self.until + timedelta(days=1)))
        return found

    @property
    def query(self) -> str:
        """The same wish as the end of an address."""
        asked = {
            "noi": self.place,
            "loai": self.family,
            "ai": self.who,
            "tu": self.since.isoformat() if self.since else "",
            "den": self.until.isoformat() if self.until else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})


def _day(text: str) -> date | None:
    try:
        return clock.day_read(text[:10])
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.VIETNAM)


def _allowed(request: HttpRequest) -> tuple[Actor, tuple[str, ...]]:
    who, path = desk_of(request)
    allowed = who.places(Action.JOURNAL_VIEW)
    if not allowed:
        raise NotAllowed(who, Action.JOURNAL_VIEW, path)
    return who, allowed


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Facts at or below the place, newest first, by kind, person and day, a page at a time."""
    _who, allowed = _allowed(request)
    wanted = Wanted.of(request, allowed)
    head = selectors.head()
    before = whole_or_none(request.GET.get("truoc", ""), 2**62) or head.seq + 1
    rows = told(selectors.newest(wanted.lineage, wanted.narrowed, PER_PAGE + 1, before))
    context = {
        "facts": rows[:PER_PAGE],
        "next": rows[PER_PAGE - 1].seq if len(rows) > PER_PAGE else None,
        "families": FAMILIES.items(),
        "people": _people(allowed, wanted.who, rows),
        "wanted": wanted,
        "chain": cache.get(CHAIN_KEY),
        "head": head,
        "limit": EXPORT_ROWS,
    }
    return render(request, "home/ledger.html", context)


def _people(allowed: tuple[str, ...], chosen: str, rows: list[Told]) -> list[tuple[str, str]]:
    """Who may be chosen: the people with a role at these very places, and the one chosen now."""
    found = {f"person:{one.pk}": str(one) for one in accounts_with_role_at(allowed, PEOPLE_SHOWN)}
    if chosen and chosen not in found:
        found |= {chosen: rows[0].who} if rows else names_of({chosen})
    return list(found.items())


class _Line:
    """A file whose written line is handed on at once."""

    def write(self, line: str) -> str:
        return line


@signed_in
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same facts as a CSV file that spreadsheets open, with every row's hash and payload, so
    that the chain can be followed outside. Taking it is a fact of its own."""
    who, allowed = _allowed(request)
    wanted = Wanted.of(request, allowed)
    facts = selectors.facts_in(wanted.lineage).filter(
        wanted.narrowed, seq__lte=selectors.head().seq
    )
    exported(actor=str(who), place=wanted.place or allowed[0], rows=min(facts.count(), EXPORT_ROWS))
    answer = StreamingHttpResponse(_csv(facts), content_type="text/csv; charset=utf-8")
    name = f"nhat-ky-{clock.local(clock.now()):%Y%m%d-%H%M}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _csv(facts: "QuerySet[Fact]") -> Iterator[str]:
    writer = csv.writer(_Line())
    head = ("dòng", "lúc", "việc", "loại", "người làm", "nơi", "đối tượng", "nội dung")
    yield "\ufeff" + writer.writerow((*head, "mã băm trước", "mã băm"))
    for start in range(0, EXPORT_ROWS, EXPORT_BATCH):
        some = list(facts[start : start + EXPORT_BATCH])
        for fact, line in zip(some, told(some), strict=True):
            yield writer.writerow(
                _plain(text)
                for text in (
                    str(fact.seq),
                    clock.local(fact.at).isoformat(),
                    line.words,
                    fact.kind,
                    fact.actor,
                    fact.place,
                    fact.subject,
                    fact.payload,
                    fact.previous,
                    fact.hash,
                )
            )
        if len(some) < EXPORT_BATCH:
            return


def _plain(text: str) -> str:
    """As text: a spreadsheet takes what begins like this for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


@signed_in
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain once and keep what was found: not on every request."""
    _allowed(request)
    broken = selectors.verify(*journal_marks())
    words = ""
    if broken:
        words = _("dòng %(seq)d: %(detail)s") % {"seq": broken.seq, "detail": broken.detail}
    cache.set(CHAIN_KEY, Chain(clock.now(), selectors.head().seq, words), CHAIN_FOR_S)
    return redirect("console:ledger")
