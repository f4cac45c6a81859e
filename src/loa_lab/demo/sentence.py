"""A stranger's own sentence at the demo: written, approved and aired by the demo's two people.

Nothing is skipped: the officer's and the approver's accounts go through the same services as at
a desk, the worker makes the sound, the plan is signed, the loudspeaker judges it. Only a demo has
these accounts, and only its own machine gets here.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.delivery import selectors as delivery
from loa.lib import clock
from loa.newsroom import selectors, services
from loa.newsroom.rules import BulletinRefused, Draft
from loa.people import selectors as people
from loa.people.rules import Action, Actor
from loa.places.selectors import place_get
from loa.schedule import airing
from loa.schedule.airing import Airing
from loa.schedule.handlers import station_ref
from loa.web.airing_form import stations_for
from loa.web.requests import REFUSALS, refused, sentence
from loa_lab.demo.front import demo_only

AUTHOR, APPROVER = "lan", "hoa"
LONGEST = 300
WAITING_MAX = 5
SALT = "loa.console.demo"
LAST_RECEIPT = timedelta(seconds=20)
"""After the first receipts the others follow within seconds."""


def _actor(username: str) -> Actor:
    account = people.account_named(username)
    if account is None:
        raise Http404
    return people.actor_of(account)


def ticket_of(bulletin_id: UUID) -> str:
    return signing.dumps(str(bulletin_id), salt=SALT)


def bulletin_of(ticket: str) -> UUID | None:
    """The bulletin of a ticket that we signed; None for anything else."""
    try:
        return UUID(signing.loads(ticket, salt=SALT, max_age=3600))
    except (signing.BadSignature, ValueError):
        return None


@demo_only
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Take the sentence, as the officer would write and submit it, and go to the loudspeaker."""
    text = " ".join(request.POST.get("sentence", "").split())
    try:
        bulletin_id = _written(text)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:front"))
    return redirect(f"{reverse('lab:listen')}?tin={ticket_of(bulletin_id)}")


def _written(text: str) -> UUID:
    if not text:
        raise BulletinRefused(_("Gõ một câu để loa đọc."))
    if len(text) > LONGEST:
        raise BulletinRefused(_("Câu dài quá 300 chữ. Xin rút ngắn."))
    author = _actor(AUTHOR)
    path = author.places(Action.BULLETIN_WRITE)[0]
    place = place_get(path)
    if place is None:
        raise Http404
    if selectors.waiting_for(_actor(APPROVER))[: WAITING_MAX + 1].count() > WAITING_MAX:
        raise BulletinRefused(_("Nhiều câu đang chờ. Đợi một phút rồi thử lại."))
    draft = Draft(title=_("Lời của khách"), body=text, issuer=_("Khách tham quan"))
    bulletin = services.bulletin_write(
        actor=author, place_id=place.pk, place_path=path, draft=draft
    )
    for station in stations_for(author, path)[:1]:
        airing.wish_set(
            actor=author, bulletin_id=bulletin.pk, station=station_ref(station), airing=Airing()
        )
    services.bulletin_submit(actor=author, bulletin_id=bulletin.pk, edition=bulletin.edition)
    return bulletin.pk


@demo_only
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """How far the sentence is; once its sound is made, the approver approves it."""
    bulletin_id = bulletin_of(request.POST.get("tin", ""))
    if bulletin_id is None:
        raise Http404
    approver = _actor(APPROVER)
    bulletin = selectors.bulletin_get(approver, bulletin_id)
    production = selectors.newest_version(bulletin_id).production
    problem = production.message if production and production.state == "failed" else ""
    if bulletin.state == "submitted" and production and production.state == "done":
        try:
            services.bulletin_approve(
                actor=approver, bulletin_id=bulletin_id, edition=bulletin.edition
            )
        except BulletinRefused as refusal:
            problem = sentence(refusal)
        bulletin = selectors.bulletin_get(approver, bulletin_id)
    return render(request, "lab/steps.html", steps_of(bulletin_id) | {"problem": problem})


def steps_of(bulletin_id: UUID) -> dict[str, Any]:
    """The way of the sentence in words, and what stands between it and the loudspeaker."""
    bulletin = selectors.bulletin_get(_actor(APPROVER), bulletin_id)
    version = selectors.newest_version(bulletin_id)
    made = version.production is not None and version.production.state == "done"
    approved = bulletin.state == "approved"
    sounded = delivery.sounding(bulletin_id, [bulletin.place.path]) if approved else None
    heard = sounded.outlets if sounded else 0
    told_at = sounded.signed_at if sounded else None
    states = [True, made, approved, heard > 0]
    words = [_("Lan viết"), _("Máy đọc"), _("Hoa duyệt"), _("Loa phát")]
    now = next((index for index, done in enumerate(states) if not done), len(states))
    return {
        "tin": ticket_of(bulletin_id),
        "own": version.body,
        "waits": not approved,
        "heard": heard,
        "settled": told_at is not None and clock.now() - told_at > LAST_RECEIPT,
        "steps": [
            {"words": word, "state": "done" if index < now else "now" if index == now else ""}
            for index, word in enumerate(words)
        ],
    }
