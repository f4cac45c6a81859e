"""Mục đang gác lại: rows that the node's background work could not process, for who governs it."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.journal import selectors as journal
from loa.outlets import broker_state
from loa.people.authority import own_path
from loa.people.rules import Action, Actor
from loa.quarantine import letters, selectors, services
from loa.quarantine.models import SetAside
from loa.quarantine.rules import Queue
from loa.web.facts.queues import WORDS, Words
from loa.web.facts.sentences import told
from loa.web.middleware import actor
from loa.web.requests import done, signed_in

SHOWN = 100


@dataclass(frozen=True)
class Shown:
    """A row that was set aside, with the words of its queue. `name` says which one it is; of a
    change that is the journal's sentence, with the bulletin that it is about."""

    row: SetAside
    words: Words
    name: str
    bulletin: str


FACTS = (Queue.PROGRAMME_FACTS, Queue.LINK_EXPORT, Queue.HINTS)
"""Queues of facts: a row is a fact's number, or a link and a fact's id."""


def _shown(rows: list[SetAside]) -> list[Shown]:
    keys = {one.pk: one.row.rpartition(":")[2] for one in rows if one.queue in FACTS}
    facts = journal.facts_named(keys.values())
    sentences = {one.seq: one for one in told(facts.values())}
    shown = []
    for one in rows:
        fact = facts.get(keys.get(one.pk, ""))
        said = sentences[fact.seq] if fact is not None else None
        name = said.words if said else one.name
        shown.append(Shown(one, WORDS[Queue(one.queue)], name, said.bulletin if said else ""))
    return shown


def governs(who: Actor) -> bool:
    """Whether the asker governs the whole node: only they see what was set aside."""
    own = own_path()
    return own is not None and who.may(Action.ACCOUNT_MANAGE, own)


def number_for(who: Actor) -> int:
    """How many rows are set aside, for who governs the node; 0 for everybody else."""
    return selectors.count() if governs(who) else 0


def alarms(who: Actor) -> dict[str, object]:
    """What who governs the node must know at once, for a page's context; nothing for others."""
    if not governs(who):
        return {}
    return {"set_aside": selectors.count(), "broker_alarm": broker_state.alarm()}


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """What was set aside, the oldest first, with what to do."""
    if not governs(actor(request)):
        raise Http404
    rows = _shown(selectors.all_rows(SHOWN))
    number = selectors.count()
    context = {
        "rows": rows,
        "number": number,
        "more": max(0, number - SHOWN),
        "mail_on": settings.ENV.mail_on,
        "written_to": len(letters.addresses_of_governors()),
    }
    return render(request, "home/set_aside.html", context)


@signed_in
@require_POST
def act(request: HttpRequest, set_aside_id: UUID) -> HttpResponse:
    """Try one again at once, or take it off the list."""
    who = actor(request)
    if not governs(who):
        raise Http404
    if request.POST.get("act") == "give-up":
        services.give_up(actor=str(who), set_aside_id=set_aside_id)
        return done(request, _("Đã bỏ mục ấy khỏi danh sách."), "console:set_aside")
    services.try_again(actor=str(who), set_aside_id=set_aside_id)
    words = _("Máy chủ sẽ thử lại trong ít giây. Mục xử lý được thì tự rời danh sách.")
    return done(request, words, "console:set_aside")
