"""Khóa: a person's own key, made in their browser; and registrars, who sign what it may do."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts.orders.drafting import Draft
from loa.alerts.rules import OrderRefused
from loa.console.urgent.endings import said_of
from loa.lib import clock
from loa.people import authority, keys
from loa.people.models import Account, DelegationDraft, PersonKey
from loa.people.rules import Action, Actor, RoleName
from loa.people.selectors import account_get, person_of, roles_on
from loa.people.services import PeopleError
from loa.places.selectors import places_named
from loa.web.middleware import actor
from loa.web.requests import done, refused, uuid_or_404
from loa.web.signing import Signed, drafts_json, entrants_only, registrar_kids, signed_of, to_sign
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import Envelope
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Delegation
from loa_protocol.refusals import Refused

KEYS, OFFICE = "/khan-cap/khoa", "/khan-cap/dang-ky"
CEILINGS = (1, 2, 3, 4, 5)
_PARTS = {RoleName.ALERT_AUTHOR.value, RoleName.ALERT_APPROVER.value}


def _account(request: HttpRequest) -> Account:
    found = account_get(actor(request).account_id or "")
    if found is None:
        raise Http404
    return found


@entrants_only
def page(request: HttpRequest) -> HttpResponse:
    """My keys: whether this browser has one, and what each may sign until when."""
    if request.method == "POST":
        return _register(request)
    account = _account(request)
    now = clock.now()
    mine = keys.keys_of(account.pk)
    papers = [
        doc
        for doc in map(authority.delegation_of, authority.documents(Kind.DELEGATION))
        if doc.subject.id == account.person_id and doc.to > now
    ]
    by_key = {
        key.pk: [d for d in papers if b64decode(d.subject.key) == bytes(key.key)] for key in mine
    }
    context = {
        "person": account.person_id,
        "rows": [(key, by_key[key.pk]) for key in mine],
        "names": _names({doc.path for doc in papers}),
    }
    return render(request, "urgent/keys.html", context)


def _names(paths: Iterable[str]) -> dict[str, str]:
    return {place.path: place.name for place in places_named(sorted(paths))}


@entrants_only
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """The bytes that a new key signs to show that it is there."""
    try:
        key = _public(request)
        node = authority.node_identity().id
    except (Refused, ValueError):
        return JsonResponse({"error": _("Khóa không đúng dạng.")}, status=400)
    payload = keys.proof_payload(
        person=_account(request).person_id, key=key, now=clock.now(), node=node
    )
    return JsonResponse({"kind": "request", "payload": b64encode(payload)})


def _public(request: HttpRequest) -> PublicKey:
    alg = request.POST.get("alg", "")
    if alg not in {"ed25519", "p256"}:
        raise ValueError(alg)
    return PublicKey.from_text(
        "ed25519" if alg == "ed25519" else "p256", request.POST.get("key", "")
    )


def _register(request: HttpRequest) -> HttpResponse:
    try:
        (signed,) = signed_of(request)[:1]
        key = _public(request)
        account = _account(request)
        keys.key_register(
            actor=actor(request),
            account=account,
            key=key,
            payload=signed.payload,
            sig=signed.sig,
            label=request.POST.get("label", ""),
        )
    except (OrderRefused, PeopleError) as refusal:
        return refused(request, refusal, KEYS)
    except (Refused, ValueError):
        return refused(request, PeopleError(_("Khóa không đúng dạng.")), KEYS)
    return done(request, _("Đã tạo khóa. Nhờ hai người đăng ký ký ủy quyền."), KEYS)


@entrants_only
@require_POST
def lost(request: HttpRequest) -> HttpResponse:
    """This key is gone: nothing is taken here with it any more. The page has asked once."""
    if request.POST.get("sure") != "1":
        return refused(request, PeopleError(_("Bấm Báo mất khóa này, đọc rồi xác nhận.")), KEYS)
    for key in keys.keys_of(_account(request).pk):
        if key.kid == request.POST.get("kid"):
            keys.key_lost(actor=actor(request), key=key)
            return done(
                request,
                _("Đã ghi là mất khóa. Báo người đăng ký thu hồi nếu khóa có thể lọt ra ngoài."),
                KEYS,
            )
    raise Http404


# Registrars


def registrars_only(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Those who may sign delegations somewhere."""

    @entrants_only
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not actor(request).places(Action.TRUST_SIGN):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@registrars_only
def office(request: HttpRequest) -> HttpResponse:
    """Keys that nobody delegated to yet, papers that wait for a second signature."""
    who = actor(request)
    own = who.places(Action.TRUST_SIGN)
    kids, me = registrar_kids(who), person_of(who) or ""
    waiting = [
        (draft, _doc(draft), _to_second(draft, kids, me))
        for draft in keys.drafts_waiting(own)
        if draft.first
    ]
    unnamed = keys.keys_without_right(own)
    places = _places(unnamed)
    context = {
        "waiting": waiting,
        "without": [(key, places.get(key.account_id, [])) for key in unnamed],
        "ceilings": CEILINGS,
        "has_key": bool(kids),
        "me": me,
        "endings": said_of(keys.endings(clock.now())),
        "names": _names({row[1].path for row in waiting}),
    }
    return render(request, "urgent/office.html", context)


def _to_second(draft: DelegationDraft, kids: Sequence[str], me: str) -> str:
    """What a page asks to sign; empty for a registrar who signed it, whose key it is about, or who
    has none."""
    signed = Envelope.parse(bytes(draft.envelope)).sigs if draft.envelope else ()
    if not kids or draft.key.person == me or any(one.kid in kids for one in signed):
        return ""
    return drafts_json([to_sign(_draft(draft), kids)])


def _draft(draft: DelegationDraft) -> Draft:
    return Draft(Kind.DELEGATION, bytes(draft.payload))


def _doc(draft: DelegationDraft) -> Delegation:
    """What a draft's bytes say."""
    return authority.delegation_of(Envelope(Kind.DELEGATION, bytes(draft.payload)))


def _places(found: Sequence[PersonKey]) -> dict[UUID, list[tuple[str, str]]]:
    """Where the keys' owners write or approve urgent orders, by account: (path, name)."""
    rows = roles_on().filter(account__in=[key.account_id for key in found], name__in=_PARTS)
    places: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for account, path, name in rows.order_by("place__path").values_list(
        "account_id", "place__path", "place__name"
    ):
        if (path, name) not in places[account]:
            places[account].append((path, name))
    return places


@registrars_only
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """The papers for one key at one place, real and drill, as bytes to sign."""
    who = actor(request)
    key = PersonKey.objects.filter(
        pk=uuid_or_404(request.POST.get("key_id", "")), lost_at=None
    ).first()
    if key is None:
        raise Http404
    level = request.POST.get("ceiling", "")
    try:
        found = [
            keys.delegation_ask(
                actor=who,
                key=key,
                path=request.POST.get("path", ""),
                drill=drill,
                ceiling=int(level) if level in {str(n) for n in CEILINGS} else 0,
            )
            for drill in (False, True)
        ]
    except PeopleError as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    kids = registrar_kids(who)
    return JsonResponse({"drafts": [to_sign(_draft(one), kids).plain() for one in found]})


@registrars_only
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """A registrar's signatures; the second one of a paper puts it in force."""
    who = actor(request)
    complete = False
    try:
        for signed in signed_of(request):
            draft, whole = _signed(who, signed)
            complete = complete or (whole and draft.done_at is not None)
    except (OrderRefused, PeopleError) as refusal:
        return refused(request, refusal, OFFICE)
    except DelegationDraft.DoesNotExist as unknown:
        raise Http404 from unknown
    words = (
        _("Đã đủ hai chữ ký. Ủy quyền có hiệu lực.")
        if complete
        else _("Đã ký. Chờ người đăng ký thứ hai.")
    )
    return done(request, words, OFFICE)


def _signed(who: Actor, signed: Signed) -> tuple[DelegationDraft, bool]:
    draft_id = Draft(signed.kind, signed.payload).id
    return keys.delegation_sign(actor=who, draft_id=draft_id, kid=signed.kid, sig=signed.sig)


@registrars_only
@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """A paper that is not signed."""
    keys.delegation_decline(actor=actor(request), draft_id=request.POST.get("draft", ""))
    return done(request, _("Đã từ chối giấy ủy quyền."), OFFICE)
