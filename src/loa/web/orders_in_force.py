"""What is in force at the asker's places, in words: on top of every page, and on a page of its own.

An order needs no local step, but nobody, from the commune to the nation, should learn of it from
the street."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loa.alerts.orders import in_force
from loa.alerts.orders.in_force import Counts, OnAir, Stamp
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.web.formats import hour, moment, number
from loa_protocol.paths import inside

NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class InForce:
    """An alert or drill as it stands at somebody's places: its newest words, who ordered it, until
    when. `again`: all of it is silent there, and sounds again then. `state` says in words what its
    outlets do, `url` where it is watched."""

    id: str
    title: str
    text: str
    office: str
    drill: bool
    since: datetime | None
    until: datetime
    again: datetime | None
    where: str
    state: str
    finished: bool
    counts: Counts
    signers: str
    url: str


def widest(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths without those inside another of them."""
    found = set(paths)
    return tuple(sorted(p for p in found if not any(o != p and inside(p, o) for o in found)))


def orders_at(who: Actor, paths: Sequence[str], stamped: Stamp | None = None) -> list[InForce]:
    """The orders in force at, below or above the places, real ones first."""
    now = clock.now()
    mine = (*who.places(Action.ALERT_AUTHOR), *who.places(Action.ALERT_APPROVE))
    return [_row(order, paths, mine, now) for order in in_force.on_air_at(paths, stamped)]


def _row(order: OnAir, paths: Sequence[str], mine: Sequence[str], now: datetime) -> InForce:
    counts = order.counts(paths)
    here = next(path for path in paths if order.concerns(path))
    again = order.silent_until(here, now)
    finished = order.finished(paths)
    followed = any(order.concerns(path) for path in mine)
    url = reverse("console:urgent_order", args=[order.alert]) if followed else ""
    return InForce(
        id=order.alert,
        title=order.title,
        text=order.text,
        office=order.names.get(order.path, order.path),
        drill=order.drill,
        since=order.since,
        until=order.until,
        again=again,
        where=_where(order, paths),
        state=_state(order, counts, again, finished=finished, now=now),
        finished=finished,
        counts=counts,
        signers=", ".join(order.signers),
        url=url or f"{reverse('console:on_air')}#lenh-{order.alert[:12]}",
    )


def _where(order: OnAir, paths: Sequence[str]) -> str:
    """`Xã Tam Đảo, Xã Đạo Trù và 2 nơi khác`: the order's places that concern the asker."""
    near = [t for t in order.targets if any(inside(t, p) or inside(p, t) for p in paths)]
    known = [order.names.get(target, target) for target in near]
    text, more = ", ".join(known[:NAMES_SHOWN]), len(known) - NAMES_SHOWN
    if more <= 0:
        return text
    rest = ngettext("%(text)s và %(more)d nơi khác", "%(text)s và %(more)d nơi khác", more)
    return rest % {"text": text, "more": more}


def _state(
    order: OnAir, counts: Counts, again: datetime | None, *, finished: bool, now: datetime
) -> str:
    if again is not None:
        return _("Đang dừng tiếng đến %(at)s, sau đó loa phát tiếp.") % {"at": moment(again)}
    if order.begins is not None and order.begins > now:
        return _("Loa phát lúc %(at)s nếu không ai dừng.") % {"at": hour(order.begins)}
    if counts.sounding:
        n = counts.sounding
        return ngettext("Đang đọc ở %(n)s cụm loa.", "Đang đọc ở %(n)s cụm loa.", n) % {
            "n": number(n)
        }
    if finished:
        return _("Các cụm loa đã đọc xong.")
    return _("Chưa cụm loa nào báo đang đọc.") if counts.targeted else ""
