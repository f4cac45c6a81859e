"""Tài khoản và vai trò: for administrators, at and below their own place."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.asking import (
    REFUSALS,
    desk_of,
    done,
    refused,
    sentence,
    signed_in,
    uuid_or_404,
)
from loa.console.middleware import actor
from loa.newsroom import services as newsroom
from loa.people import selectors, services
from loa.people.rules import Action, Actor, RoleName
from loa.people.selectors import NotAllowed
from loa.people.services import PeopleError
from loa.places.selectors import place_get, place_search

ROLES_SHOWN = 300


def _managed(who: Actor, path: str) -> tuple[str, ...]:
    """Where the asker manages accounts. Raises NotAllowed for who does so nowhere."""
    places = who.places(Action.ACCOUNT_MANAGE)
    if not places:
        raise NotAllowed(who, Action.ACCOUNT_MANAGE, path)
    return places


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Everybody with a role here or below; a new account with its first role."""
    who, path = desk_of(request)
    managed = _managed(who, path)
    names = ("username", "full_name", "email", "role", "place", "until")
    typed = {name: request.POST.get(name, "") for name in names}
    refusals: list[str] = []
    if request.method == "POST":
        try:
            made = _create(who, typed, request.POST.get("password", ""))
        except ValidationError as weak:
            refusals = list(weak.messages)
        except REFUSALS as refusal:
            refusals = [sentence(refusal)]
        else:
            words = _("Đã mở tài khoản của %(name)s.") % {"name": made}
            return done(request, words, reverse("console:staff"))
    context = {
        "roles": selectors.roles_at(managed)[:ROLES_SHOWN],
        "labels": selectors.role_labels(),
        "typed": typed,
        "refusals": refusals,
        "found": _found(request.GET.get("tim", ""), managed),
        "find": request.GET.get("tim", "")[:80],
        "default_place": place_get(path),
    }
    return render(request, "console/staff.html", context, status=422 if refusals else 200)


def _found(text: str, managed: tuple[str, ...]) -> list[Any]:
    return place_search(text, within=managed, limit=12)


def _create(who: Actor, typed: dict[str, str], password: str) -> Any:
    place, role, until = _grant_of(typed)
    return services.account_open(
        actor=who,
        place=place,
        username=typed["username"].strip()[:80],
        full_name=typed["full_name"],
        email=typed["email"].strip()[:200],
        password=password,
        role=role,
        until=until,
    )


def _grant_of(typed: dict[str, str]) -> tuple[Any, RoleName, date | None]:
    place = place_get(typed["place"])
    if place is None:
        raise PeopleError(_("Xin chọn nơi làm việc trong danh sách."))
    try:
        role = RoleName(typed["role"])
    except ValueError as error:
        raise PeopleError(_("Xin chọn một vai trò trong danh sách.")) from error
    try:
        until = date.fromisoformat(typed["until"][:10]) if typed["until"].strip() else None
    except ValueError as error:
        raise PeopleError(
            _("“%(text)s” không phải là một ngày có thật.") % {"text": typed["until"][:20]}
        ) from error
    return place, role, until


@signed_in
@require_POST
def grant(request: HttpRequest) -> HttpResponse:
    """One more role for somebody who has an account."""
    who, path = desk_of(request)
    managed = _managed(who, path)
    account_id = uuid_or_404(request.POST.get("account", ""))
    account = selectors.accounts_at(managed).filter(pk=account_id).first()
    if account is None:
        raise Http404
    here = reverse("console:staff")
    names = ("role", "place", "until")
    try:
        place, role, until = _grant_of({name: request.POST.get(name, "") for name in names})
        services.role_grant(actor=who, account=account, role=role, place=place, until=until)
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
