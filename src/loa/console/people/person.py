"""One person's account as an administrator sees it: roles, a new link, second factors, leaving."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.people.staff import invited_page, managed_by
from loa.people import offices, selectors
from loa.people.rules import Actor
from loa.people.selectors import NotAllowed
from loa.web.requests import REFUSALS, desk_of, done, refused, signed_in

if TYPE_CHECKING:
    from loa.people.models import Account


def _person(request: HttpRequest, account_id: UUID) -> tuple[Actor, "Account"]:
    who, path = desk_of(request)
    found = selectors.account_of(account_id, managed_by(who, path))
    if found is None:
        raise Http404
    return who, found


def _whole(who: Actor, account: "Account") -> bool:
    """Whether the asker manages every place where the person holds a role."""
    try:
        offices.ensure_whole(who, account)
    except NotAllowed:
        return False
    return True


@signed_in
def page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The person's roles, and what can be done."""
    who, account = _person(request, account_id)
    context: dict[str, Any] = {
        "account": account,
        "roles": selectors.roles_of(account.pk),
        "factor": selectors.actor_of(account).second_factor,
        "whole": account.is_active and _whole(who, account),
        "own": account.pk == who.account_id,
        "has_password": account.has_usable_password(),
    }
    return render(request, "people/person.html", context)


def _here(account_id: UUID) -> str:
    return reverse("console:person", args=[account_id])


@signed_in
@require_POST
def link(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """A fresh link to set a password by; earlier ones stop working."""
    who, account = _person(request, account_id)
    return invited_page(request, account, offices.invitation_make(actor=who, account=account))


@signed_in
@require_POST
def factors(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The person lost their telephone: new second factors at the next sign-in."""
    who, account = _person(request, account_id)
    offices.factors_reset(actor=who, account=account)
    words = _("Đã bỏ xác nhận hai bước cũ. Lần đăng nhập tới người ấy đặt lại.")
    return done(request, words, _here(account_id))


@signed_in
@require_POST
def leave(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Everything closed in one step."""
    who, account = _person(request, account_id)
    try:
        left = offices.office_leave(actor=who, account=account)
    except REFUSALS as refusal:
        return refused(request, refusal, _here(account_id))
    words = _("Đã thôi %(roles)d vai trò và kết thúc mọi phiên làm việc của %(name)s.") % {
        "roles": left.roles,
        "name": account,
    }
    if left.closed:
        words += " " + _("Tài khoản đã đóng.")
    if left.keys:
        words += " " + _("Báo người đăng ký khóa thu hồi khóa ký của người này.")
    return done(request, words, _here(account_id))
