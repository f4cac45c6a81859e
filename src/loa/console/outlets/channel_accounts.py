"""Kênh khác: accounts at outside systems and their outlets, with forms made by their channels."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.channels import accounts, members, selectors
from loa.channels.contract import AnyChannel
from loa.channels.failures import ChannelError
from loa.channels.registry import channels, registry
from loa.channels.rules import Limits
from loa.console.outlets.channel_forms import (
    LIMITS,
    PROFILE,
    SECRETS,
    SETTINGS,
    ChannelForm,
    fields_of,
    initial_of,
)
from loa.lib.sentences import Refusal
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import communes_inside, hamlets_of, place_get
from loa.web.middleware import actor
from loa.web.requests import desk_of, done, refused, sentence, signed_in

if TYPE_CHECKING:
    from loa.channels.models import ChannelAccount, ChannelOutlet
    from loa.places.models import Place

ACCOUNTS_MAX, OUTLETS_MAX, PLACES_MAX = 100, 500, 400
OWN_WAY = frozenset({"speaker"})
"""Kinds whose outlets have pages of their own."""


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """Accounts with their state, what they can do, and their outlets."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    outlets: dict[UUID, list[ChannelOutlet]] = {}
    for outlet in selectors.outlets_of(who)[:OUTLETS_MAX]:
        outlets.setdefault(outlet.account_id, []).append(outlet)
    rows = [
        {
            "account": account,
            "label": _label(account.kind),
            "outlets": outlets.get(account.pk, []),
            "capabilities": _capabilities(account),
            "may_manage": who.may(Action.OUTLET_MANAGE, account.place.path),
        }
        for account in selectors.accounts_of(who)[:ACCOUNTS_MAX]
    ]
    context = {
        "rows": rows,
        "broken": registry().broken,
        "kinds": [(kind, _(one.label)) for kind, one in _offered()],
        "may_manage": who.may(Action.OUTLET_MANAGE, path),
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "tab": "accounts",
    }
    return render(request, "outlets/channel_accounts.html", context)


def _offered() -> list[tuple[str, AnyChannel]]:
    return [(kind, one) for kind, one in channels().items() if kind not in OWN_WAY]


def _label(kind: str) -> str:
    channel = channels().get(kind)
    return _(channel.label) if channel else kind


def _capabilities(account: "ChannelAccount") -> list[dict[str, Any]]:
    channel = channels().get(account.kind)
    labels = channel.capability_labels if channel else {}
    return [
        {"label": _(labels.get(name, name)), **held, "when": parse_datetime(held.get("at", ""))}
        for name, held in sorted(account.capabilities.items())
    ]


@signed_in
def account_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Add an account of one kind to a place of the asker."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_MANAGE, path)
    channel = _channel_or_404(kind)
    places = _places(path)
    form = _account_form(request, channel, places)
    if request.method == "POST" and form.is_valid():
        place = _chosen(who, form.cleaned_data["place"])
        try:
            made = accounts.account_add(
                actor=who,
                place=place,
                kind=kind,
                name=form.cleaned_data["name"],
                settings=form.part(SETTINGS),
                secrets=form.part(SECRETS),
                limits=form.part(LIMITS),
            )
        except (Refusal, ChannelError) as refusal:
            _refuse(form, refusal)
        else:
            to = reverse("console:channel_account", args=[made.pk])
            return done(request, _("Đã thêm tài khoản. Bấm Thử để kiểm tra."), to)
    context = {"form": form, "label": _(channel.label), "account": None}
    return render(request, "outlets/channel_account.html", context, status=_status(form))


@signed_in
def account_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: change it, test it, add outlets."""
    who = actor(request)
    account = _account_or_404(who, account_id)
    ensure(who, Action.OUTLET_MANAGE, account.place.path)
    channel = _channel_or_404(account.kind)
    initial = {
        "name": account.name,
        **initial_of(SETTINGS, account.settings),
        **initial_of(LIMITS, account.limits),
    }
    form = _account_form(request, channel, None, initial)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.account_change(
                actor=who,
                account_id=account_id,
                revision=_revision(request),
                name=form.cleaned_data["name"],
                settings=form.part(SETTINGS),
                secrets=form.part(SECRETS) or None,
                limits=form.part(LIMITS),
            )
        except (Refusal, ChannelError) as refusal:
            _refuse(form, refusal)
        else:
            return done(request, _("Đã lưu tài khoản."), request.path)
    context = {
        "form": form,
        "label": _(channel.label),
        "account": account,
        "capabilities": _capabilities(account),
        "outlets": selectors.outlets_of(who).filter(account=account)[:OUTLETS_MAX],
        "keeps_secret": bool(account.secrets),
    }
    return render(request, "outlets/channel_account.html", context, status=_status(form))


@signed_in
@require_POST
def account_test(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Ask the outside system now."""
    who = actor(request)
    _account_or_404(who, account_id)
    to = reverse("console:channel_account", args=[account_id])
    problems = accounts.account_test(actor=who, account_id=account_id)
    if problems:
        return refused(request, Refusal(problems[0]), to)
    return done(request, _("Tài khoản dùng được. Không có tin nào được gửi khi thử."), to)


@signed_in
@require_POST
def account_close(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Stop using it for good."""
    accounts.account_close(actor=actor(request), account_id=account_id)
    to = reverse("console:channel_accounts")
    return done(request, _("Đã đóng tài khoản. Những gì đã gửi vẫn được lưu."), to)


@signed_in
def outlet_new(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Add an outlet to an account."""
    who = actor(request)
    account = _account_or_404(who, account_id)
    ensure(who, Action.OUTLET_MANAGE, account.place.path)
    channel = _channel_or_404(account.kind)
    form = _outlet_form(request, channel, _outlet_places(account.place))
    if request.method == "POST" and form.is_valid():
        try:
            made = accounts.outlet_add(
                actor=who,
                account_id=account_id,
                place=_chosen(who, form.cleaned_data["place"]),
                name=form.cleaned_data["name"],
                profile=form.part(PROFILE),
                takes_bulletins=form.cleaned_data["takes_bulletins"],
                takes_orders=form.cleaned_data.get("takes_orders", False),
            )
        except Refusal as refusal:
            _refuse(form, refusal)
        else:
            to = reverse("console:channel_outlet", args=[made.pk])
            return done(request, _("Đã thêm điểm nhận."), to)
    context = {"form": form, "account": account, "outlet": None}
    return render(request, "outlets/channel_outlet.html", context, status=_status(form))


@signed_in
def outlet_page(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """One outlet: change it; for a list, who is on it and who is asked."""
    who = actor(request)
    outlet = _outlet_or_404(who, outlet_id)
    ensure(who, Action.OUTLET_MANAGE, outlet.place.path)
    channel = _channel_or_404(outlet.account.kind)
    initial = {
        "name": outlet.name,
        "takes_bulletins": outlet.takes_bulletins,
        "takes_orders": outlet.takes_orders,
        **initial_of(PROFILE, outlet.profile),
    }
    form = _outlet_form(request, channel, None, initial)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.outlet_change(
                actor=who,
                outlet_id=outlet_id,
                name=form.cleaned_data["name"],
                profile=form.part(PROFILE),
                takes_bulletins=form.cleaned_data["takes_bulletins"],
                takes_orders=form.cleaned_data.get("takes_orders", False),
            )
        except Refusal as refusal:
            _refuse(form, refusal)
        else:
            return done(request, _("Đã lưu điểm nhận."), request.path)
    context = {
        "form": form,
        "account": outlet.account,
        "outlet": outlet,
        "members": members.counts(outlet_id) if channel.has_lists else None,
    }
    return render(request, "outlets/channel_outlet.html", context, status=_status(form))


@signed_in
@require_POST
def members_ask(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Ask people whether they want the list's letters."""
    who = actor(request)
    outlet = _outlet_or_404(who, outlet_id)
    to = reverse("console:channel_outlet", args=[outlet_id])
    typed = request.POST.get("addresses", "")[:100_000]
    try:
        number = members.ask(actor=who, outlet=outlet, addresses=typed.replace(",", "\n").split())
    except Refusal as refusal:
        return refused(request, refusal, to)
    said = _("Sẽ gửi thư hỏi ý kiến tới %(number)s địa chỉ. Ai bấm đồng ý mới nhận tin.")
    return done(request, said % {"number": number}, to)


@signed_in
@require_POST
def outlet_retire(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Send nothing more to it."""
    accounts.outlet_retire(actor=actor(request), outlet_id=outlet_id)
    return done(request, _("Đã ngừng dùng điểm nhận."), reverse("console:channel_accounts"))


def _account_form(
    request: HttpRequest,
    channel: AnyChannel,
    places: "list[Place] | None",
    initial: dict[str, Any] | None = None,
) -> ChannelForm:
    made: dict[str, forms.Field] = {"name": forms.CharField(label=_("Tên"), max_length=120)}
    made |= _place_field(places)
    made |= fields_of(channel.Settings, SETTINGS)
    made |= fields_of(channel.Secrets, SECRETS)
    made |= fields_of(Limits, LIMITS)
    return ChannelForm(made, request.POST or None, initial=initial or _defaults(channel))


def _defaults(channel: AnyChannel) -> dict[str, Any]:
    given = channel.Settings.model_fields.items()
    return {f"{SETTINGS}-{name}": info.default for name, info in given if not info.is_required()}


def _outlet_form(
    request: HttpRequest,
    channel: AnyChannel,
    places: "list[Place] | None",
    initial: dict[str, Any] | None = None,
) -> ChannelForm:
    made: dict[str, forms.Field] = {"name": forms.CharField(label=_("Tên"), max_length=120)}
    made |= _place_field(places)
    made |= fields_of(channel.Profile, PROFILE)
    made["takes_bulletins"] = forms.BooleanField(label=_("Nhận bản tin"), required=False)
    if channel.takes_orders:
        made["takes_orders"] = forms.BooleanField(label=_("Nhận lệnh khẩn cấp"), required=False)
    first = initial or {"takes_bulletins": True, "takes_orders": channel.takes_orders}
    return ChannelForm(made, request.POST or None, initial=first)


def _place_field(places: "list[Place] | None") -> dict[str, forms.Field]:
    if places is None:
        return {}
    choices = [(place.path, place.name) for place in places]
    return {"place": forms.ChoiceField(label=_("Địa bàn"), choices=choices)}


def _places(path: str) -> "list[Place]":
    own = place_get(path)
    below = list(communes_inside([path]).exclude(path=path).order_by("name")[:PLACES_MAX])
    return [*([own] if own else []), *below]


def _outlet_places(place: "Place") -> "list[Place]":
    if place.level == "commune":
        return [place, *hamlets_of(place)[:PLACES_MAX]]
    return _places(place.path)


def _chosen(who: Actor, path: str) -> "Place":
    place = place_get(path)
    if place is None:
        raise Http404
    ensure(who, Action.OUTLET_MANAGE, place.path)
    return place


def _channel_or_404(kind: str) -> AnyChannel:
    channel = dict(_offered()).get(kind)
    if channel is None:
        raise Http404
    return channel


def _account_or_404(who: Actor, account_id: UUID) -> "ChannelAccount":
    account = selectors.accounts_of(who).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def _outlet_or_404(who: Actor, outlet_id: UUID) -> "ChannelOutlet":
    outlet = selectors.outlets_of(who).filter(pk=outlet_id).first()
    if outlet is None:
        raise Http404
    return outlet


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _refuse(form: ChannelForm, refusal: Exception) -> None:
    field = refusal.field if isinstance(refusal, Refusal) else ""
    form.refuse(field, sentence(refusal))


def _status(form: ChannelForm) -> int:
    return 422 if form.is_bound and form.errors else 200
