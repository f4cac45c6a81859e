"""Tài khoản và vai trò: for administrators, at and below their own place."""

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.lib import clock
from loa.newsroom import services as newsroom
from loa.people import offices, selectors, services
from loa.people.offices import Invited
from loa.people.rules import INVITATION_LIFE, Action, Actor, RoleName
from loa.people.selectors import NotAllowed
from loa.people.services import PeopleError
from loa.places.selectors import place_get, place_search
from loa.web.middleware import actor
from loa.web.requests import (
    REFUSALS,
    beside,
    desk_of,
    done,
    page_number,
    refused,
    signed_in,
    uuid_or_404,
)

ROLES_SHOWN = 25


def managed_by(who: Actor, path: str) -> tuple[str, ...]:
    """Where the asker manages accounts. Raises NotAllowed for who does so nowhere."""
    places = who.places(Action.ACCOUNT_MANAGE)
    if not places:
        raise NotAllowed(who, Action.ACCOUNT_MANAGE, path)
    return places


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Everybody with a role here or below; a new person with their first role and a link."""
    who, path = desk_of(request)
    managed = managed_by(who, path)
    names = ("username", "full_name", "email", "role", "place", "since", "until")
    typed = {name: request.POST.get(name, "") for name in names}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            invited = _invite(who, typed)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            return invited_page(request, invited.account, invited.token)
    text = request.GET.get("ten", "")[:80]
    number = page_number(request)
    start = (number - 1) * ROLES_SHOWN
    rows = list(selectors.roles_at(managed, text)[start : start + ROLES_SHOWN + 1])
    context = {
        "roles": rows[:ROLES_SHOWN],
        "more": len(rows) > ROLES_SHOWN,
        "number": number,
        "text": text,
        "labels": selectors.role_labels(),
        "typed": typed,
        "wrong": wrong,
        "found": _found(request.GET.get("tim", ""), managed),
        "find": request.GET.get("tim", "")[:80],
        "default_place": place_get(path),
    }
    return render(request, "people/staff.html", context, status=422 if wrong else 200)


def invited_page(request: HttpRequest, account: Any, token: str) -> HttpResponse:
    """The link, shown this once: to be handed over in person or sent."""
    link = settings.ENV.web_url + reverse("console:invitation", args=[token])
    context = {"account": account, "link": link, "hours": INVITATION_LIFE.total_seconds() // 3600}
    return render(request, "people/invited.html", context)


def _found(text: str, managed: tuple[str, ...]) -> list[Any]:
    return place_search(text, within=managed, limit=12)


def _invite(who: Actor, typed: dict[str, str]) -> Invited:
    place, role, until = _grant_of(typed)
    return offices.account_invite(
        actor=who,
        place=place,
        username=typed["username"],
        full_name=typed["full_name"],
        email=typed["email"],
        role=role,
        since=day_of(typed["since"], "since"),
        until=until,
    )


def _grant_of(typed: dict[str, str]) -> tuple[Any, RoleName, date | None]:
    place = place_get(typed["place"])
    if place is None:
        raise PeopleError("Xin chọn nơi làm việc trong danh sách.").at("place")
    try:
        role = RoleName(typed["role"])
    except ValueError as error:
        raise PeopleError("Xin chọn một vai trò trong danh sách.").at("role") from error
    until = day_of(typed["until"], "until")
    return place, role, until


def day_of(text: str, field: str = "") -> date | None:
    """A day from a form; None for an empty field. Raises PeopleError."""
    if not text.strip():
        return None
    try:
        return clock.day_read(text.strip()[:10])
    except ValueError as error:
        raise PeopleError("“%(text)s” không phải là một ngày có thật.", text=text[:20]).at(
            field
        ) from error


@signed_in
@require_POST
def grant(request: HttpRequest) -> HttpResponse:
    """One more role for somebody who has an account."""
    who, path = desk_of(request)
    managed = managed_by(who, path)
    account_id = uuid_or_404(request.POST.get("account", ""))
    account = selectors.accounts_at(managed).filter(pk=account_id).first()
    if account is None:
        raise Http404
    here = reverse("console:staff")
    names = ("role", "place", "since", "until")
    try:
        typed = {name: request.POST.get(name, "") for name in names}
        place, role, until = _grant_of(typed)
        services.role_grant(
            actor=who,
            account=account,
            role=role,
            place=place,
            since=day_of(typed["since"], "since"),
            until=until,
        )
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã giao vai trò."), here)


@signed_in
@require_POST
def end(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """End a role today."""
    who = actor(request)
    role = selectors.role_get(role_id)
    if role is None or not who.may(Action.ACCOUNT_MANAGE, role.place.path):
        raise Http404
    services.role_end(actor=who, role=role)
    words = _("Đã thôi vai trò. Người ấy không làm việc này được nữa từ bây giờ.")
    return done(request, words, reverse("console:staff"))


@signed_in
@require_POST
def office_rule(request: HttpRequest) -> HttpResponse:
    """Whether an author may approve the own bulletin in an office. The default is no."""
    who = actor(request)
    place = place_get(request.POST.get("place", ""))
    if place is None or not who.may(Action.ACCOUNT_MANAGE, place.path):
        raise Http404
    newsroom.office_rule_set(
        actor=who,
        place_id=place.pk,
        place_path=place.path,
        author_may_approve=request.POST.get("author_may_approve") == "1",
    )
    return done(request, _("Đã ghi quy định duyệt tin của đơn vị."), reverse("console:staff"))
