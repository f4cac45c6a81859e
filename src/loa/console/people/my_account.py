"""What is one's own: sessions, a stand-in while away, who may do what, and the first password."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from loa.console.people.staff import day_of
from loa.people import offices, selectors, services, sessions
from loa.people.models import Account
from loa.people.rules import LENDABLE, MATRIX, Action, RoleName
from loa.people.services import PeopleError
from loa.web import formats
from loa.web.adapters import needs_factor
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, beside, done, refused, sentence, signed_in, uuid_or_404


def _account(request: HttpRequest) -> Account:
    if not isinstance(request.user, Account):
        raise Http404
    return request.user


@signed_in
def session_list(request: HttpRequest) -> HttpResponse:
    """Where one is signed in now."""
    from allauth.usersessions.models import UserSession

    found = UserSession.objects.purge_and_list(_account(request))
    rows = [
        {
            "id": one.pk,
            "ip": one.ip,
            "browser": formats.browser(one.user_agent),
            "since": one.created_at,
            "current": one.session_key == request.session.session_key,
        }
        for one in sorted(found, key=lambda one: one.created_at, reverse=True)
    ]
    return render(request, "people/sessions.html", {"rows": rows})


@signed_in
@require_POST
def session_end(request: HttpRequest) -> HttpResponse:
    """End one session, or all but this one."""
    account, here = _account(request), reverse("console:sessions")
    which = request.POST.get("session", "")
    if which == "others":
        sessions.end_all(account, but=request.session.session_key or "")
        return done(request, _("Đã thoát khỏi mọi máy khác."), here)
    if not which.isdigit() or len(which) > 18 or not sessions.end_one(account, int(which)):
        raise Http404
    return done(request, _("Đã thoát khỏi máy ấy."), here)


@signed_in
def stand_in(request: HttpRequest) -> HttpResponse:
    """One's roles, and who stands in while one is away."""
    account = _account(request)
    roles = offices.own_roles(account.pk)
    names = ("role", "to", "since", "until")
    typed = {name: request.POST.get(name, "")[:100] for name in names}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            _lend(request, roles, typed)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            words = _("Đã giao cho người thay. Người ấy làm được từ ngày đã chọn.")
            return done(request, words, reverse("console:stand_in"))
    lendable = [
        (role, offices.colleagues(role))
        for role in roles
        if role.lent_from_id is None and RoleName(role.name) in LENDABLE
    ][:4]
    context = {"roles": roles, "lendable": lendable, "typed": typed, "wrong": wrong}
    return render(request, "people/stand_in.html", context, status=422 if wrong else 200)


def _lend(request: HttpRequest, roles: list[Any], typed: dict[str, str]) -> None:
    role = next((one for one in roles if str(one.pk) == typed["role"]), None)
    if role is None:
        raise Http404
    people = {str(one.pk): one for one in offices.colleagues(role)}
    since, until = day_of(typed["since"], "since"), day_of(typed["until"], "until")
    if typed["to"] not in people:
        raise PeopleError("Xin chọn một đồng nghiệp đang làm việc.").at("to")
    if since is None or until is None:
        raise PeopleError("Xin ghi ngày bắt đầu vắng và ngày trở lại.").at(
            "since" if since is None else "until"
        )
    offices.role_lend(
        actor=actor(request), role=role, to=people[typed["to"]], since=since, until=until
    )


@signed_in
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Back earlier than thought."""
    role = selectors.role_get(uuid_or_404(request.POST.get("role", "")))
    if role is None or role.lent_from is None:
        raise Http404
    here = reverse("console:stand_in")
    if role.lent_from.account_id != actor(request).account_id:
        raise Http404
    try:
        offices.role_take_back(actor=actor(request), role=role)
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã nhận lại vai trò."), here)


@signed_in
def phone(request: HttpRequest) -> HttpResponse:
    """One's own telephone number, for colleagues who need a second signature at night."""
    account = _account(request)
    typed, wrong = account.phone, dict[str, str]()
    if request.method == "POST":
        typed = request.POST.get("phone", "")[:40]
        try:
            services.phone_set(actor=actor(request), account=account, phone=typed)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            return done(request, _("Đã lưu số điện thoại."), reverse("console:more"))
    context = {"typed": typed, "wrong": wrong}
    return render(request, "people/phone.html", context, status=422 if wrong else 200)


@signed_in
def matrix(request: HttpRequest) -> HttpResponse:
    """Who may do what: every role, every action."""
    who = actor(request)
    heads = [(name, label, name in {g.role for g in who.grants}) for name, label in _labels()]
    rows = [
        (formats.ACTIONS[action], [action in MATRIX[name] for name, _label, _own in heads])
        for action in Action
    ]
    context = {"heads": heads, "rows": rows, "mine": needs_factor(who)}
    return render(request, "people/matrix.html", context)


def _labels() -> list[tuple[RoleName, str]]:
    return [(RoleName(value), label) for value, label in selectors.role_labels()]


@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person's own page: it needs no sign-in, the link is the key."""
    found = offices.invitation_get(token)
    refusals: list[str] = []
    if found is not None and request.method == "POST":
        try:
            if request.POST.get("password", "") != request.POST.get("again", ""):
                raise PeopleError("Hai lần ghi mật khẩu không giống nhau.")
            offices.invitation_use(token=token, password=request.POST.get("password", "")[:500])
        except ValidationError as weak:
            refusals = list(weak.messages)
        except REFUSALS as refusal:
            refusals = [sentence(refusal)]
        else:
            return done(
                request,
                _("Đã đặt mật khẩu. Đăng nhập để bắt đầu làm việc."),
                reverse("account_login"),
            )
    if found is None:
        return render(request, "people/invitation_over.html", status=410)
    context = {"account": found.account, "refusals": refusals}
    return render(request, "people/invitation.html", context, status=422 if refusals else 200)
