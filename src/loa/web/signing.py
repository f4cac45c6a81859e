"""The room of urgent orders: who may enter, what is to be signed, what came back signed."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.alerts import selectors
from loa.alerts.models import Order
from loa.alerts.orders import rights
from loa.alerts.orders.drafting import Draft, Speaker
from loa.alerts.rules import TARGETS_MAX, OrderRefused
from loa.people import keys
from loa.people.acceptance import trust_now
from loa.people.rules import Action, Actor, has_urgent_part
from loa.people.selectors import NotAllowed, person_of
from loa.places.selectors import present
from loa.web.middleware import actor
from loa.web.requests import signed_in
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside, inside_any

View = Callable[..., HttpResponseBase]
SIGNED_MAX_BYTES = 128 * 1024
SIGNED_MAX = 8

KINDS = {
    "alert": gettext_lazy("Lệnh khẩn cấp"),
    "drill": gettext_lazy("Diễn tập"),
    "fill": gettext_lazy("Lệnh máy điền mẫu"),
    "update": gettext_lazy("Đính chính"),
    "cancel": gettext_lazy("Hủy lệnh"),
    "drill-cancel": gettext_lazy("Hủy diễn tập"),
    "mute": gettext_lazy("Dừng tiếng"),
    "drill-mute": gettext_lazy("Dừng tiếng diễn tập"),
    "resume": gettext_lazy("Phát tiếp"),
}


def entrants_only(view: View) -> View:
    """Signed in, and with a part in urgent orders."""

    @signed_in
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = actor(request)
        if not has_urgent_part(who):
            raise NotAllowed(who, Action.ALERT_AUTHOR, "vn")
        return view(request, *args, **kwargs)

    return checked


def order_or_404(who: Actor, order_id: str) -> Order:
    """An order that the asker may see."""
    order = selectors.order_for(who, order_id)
    if order is None:
        raise Http404
    return order


@dataclass(frozen=True, slots=True)
class ToSign:
    """Bytes for a browser to sign, and the keys that may."""

    kind: str
    payload: str
    kids: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        return {"kind": self.kind, "payload": self.payload, "kids": list(self.kids)}


def to_sign(draft: Draft, kids: Iterable[str]) -> ToSign:
    """A draft as a page or a script gets it."""
    return ToSign(str(draft.kind), b64encode(draft.payload), tuple(kids))


def drafts_json(found: Sequence[ToSign]) -> str:
    """For a form's hidden field."""
    return json.dumps([one.plain() for one in found])


def kids_for(who: Actor, kind: Kind) -> tuple[str, ...]:
    """The asker's keys for orders of this kind."""
    return rights.kids_of(person_of(who) or "", kind)


def registrar_kids(who: Actor) -> tuple[str, ...]:
    """The asker's keys as a registrar."""
    person = person_of(who)
    return tuple(
        grant.kid
        for grant in trust_now().state.grants.values()
        if grant.doc.subject.type == "registrar"
        and grant.doc.subject.id == person
        and keys.key_of(grant.kid) is not None
    )


def own_part(who: Actor, targets: Iterable[str]) -> tuple[str, ...]:
    """Of an order's places those where the asker may stop it, and of a wider one the asker's own
    inside it: a commune silences in its own villages what the province orders for all."""
    mine = (*who.places(Action.ALERT_AUTHOR), *who.places(Action.ALERT_APPROVE))
    found: list[str] = []
    for target in targets:
        inner = [own for own in mine if inside(own, target)]
        if inside_any(target, mine) or (not inner and _all_mine(target, mine)):
            found.append(target)
        else:
            found += inner
    widest = [one for one in found if not any(o != one and inside(one, o) for o in found)]
    return tuple(dict.fromkeys(widest))[:TARGETS_MAX]


def _all_mine(target: str, mine: Sequence[str]) -> bool:
    """Whether all that a former unit is called today is the asker's."""
    return all(inside_any(path, mine) for path in present([target]))


def speaker(who: Actor, kind: Kind, targets: Iterable[str]) -> Speaker:
    """The asker as the order's issuer. Raises OrderRefused where no paper lets them speak."""
    person = person_of(who) or ""
    path = rights.place_for(person, kind, targets)
    if path is None:
        raise OrderRefused(
            "no_key",
            _(
                "Anh chị chưa có khóa được ủy quyền cho loại lệnh này. Mở trang Khóa của tôi để"
                " tạo khóa, rồi nhờ hai người đăng ký ký ủy quyền."
            ),
        )
    return Speaker(person, path)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a page signed: exact bytes, by which key."""

    kind: Kind
    payload: bytes
    kid: str
    sig: bytes


def signed_of(request: HttpRequest) -> list[Signed]:
    """The signatures in a form: from a script (`signed`), or the line that `loa sign` printed
    (`line`, for the one draft in `drafts`). Raises OrderRefused."""
    text, line = request.POST.get("signed", ""), request.POST.get("line", "").strip()
    try:
        if len(text) + len(line) > SIGNED_MAX_BYTES:
            raise ValueError("too large")
        values = json.loads(text) if text else _from_line(line, request.POST.get("drafts", ""))
        if not isinstance(values, list) or not 1 <= len(values) <= SIGNED_MAX:
            raise ValueError("not a list")
        return [_signed(value) for value in values]
    except (ValueError, KeyError, TypeError) as error:
        raise OrderRefused(
            "not_signed",
            _("Chưa có chữ ký. Cần bật JavaScript và khóa trên máy này, hoặc dùng lệnh loa sign."),
        ) from error


def _from_line(line: str, drafts: str) -> list[dict[str, Any]]:
    found = json.loads(drafts[:SIGNED_MAX_BYTES])
    signature = json.loads(line)
    return [{**found[0], "kid": signature["kid"], "sig": signature["sig"]}]


def _signed(value: dict[str, Any]) -> Signed:
    if not all(isinstance(value[name], str) for name in ("kind", "payload", "kid", "sig")):
        raise TypeError("not texts")
    return Signed(
        Kind(value["kind"]), b64decode(value["payload"]), value["kid"], b64decode(value["sig"])
    )
