"""The order that an act is about, as it stands at a moment: what a page must show before it asks
for a signature, and by which a signature for something that has changed since is refused."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from loa.alerts import events, rules, selectors
from loa.alerts.models import Order, State
from loa.alerts.orders.silence import MUTES, WORDS, Silence, Word, silence, would_silence
from loa.alerts.orders.validity import entitled, halts
from loa.alerts.rules import OrderRefused
from loa.journal import services as journal
from loa.lib import clock
from loa_protocol.encoding import parse_object
from loa_protocol.kinds import Kind
from loa_protocol.mutes import PER_ALERT, PERSON_WINDOW
from loa_protocol.paths import inside_any
from loa_protocol.payloads import Common, DrillMute, Mute

BY_NUMBER = frozenset({Kind.UPDATE, Kind.RESUME})
"""Acts that end nothing: that a silence ran out in the meantime does not touch them."""


@dataclass(frozen=True, slots=True)
class Acted:
    """An alert or drill as it stands: its newest `wording`, its places, where it is silent by which
    `words`; `waits` while the window of a filled template is open.

    `edition` names exactly this state, sound and silence with it; it changes with every order that
    is issued about the alert, when a silence ends, a window closes, and when it is over.
    """

    order: Order
    wording: Order
    targets: tuple[str, ...]
    silence: Silence
    words: tuple[Word, ...]
    over: bool
    waits: bool
    edition: str


def acted(alert: Order, now: datetime, about: Sequence[Order] | None = None) -> Acted:
    """The state of an issued alert, drill or fill; `about` are the orders about it, if the caller
    has them. At most three queries."""
    issued = [one for one in _about(alert, about) if one.state == State.ISSUED]
    updates = [one for one in issued if one.kind == Kind.UPDATE.value and entitled(one, alert)]
    wording = max(updates, key=lambda one: one.revision, default=alert)
    targets = selectors.targets_of(alert)
    words = words_of(issued)
    found = silence(targets, words, now)
    over = alert.ended_at is not None or min(alert.expires_at, wording.expires_at) <= now
    waits = alert.begins_at is not None and now < alert.begins_at
    sound = (found.whole, found.parts, found.but, over, waits)
    edition = f"{_short(sorted(one.pk for one in issued))}.{_short(map(str, sound))}"
    return Acted(alert, wording, targets, found, tuple(words), over, waits, edition)


def edition_now(alert_id: str) -> str:
    """The edition of an issued alert, drill or fill at this moment; empty for anything else."""
    alert = selectors.order_get(alert_id)
    if alert is None or alert.state != State.ISSUED:
        return ""
    return acted(alert, clock.now()).edition


def _about(alert: Order, about: Sequence[Order] | None) -> Sequence[Order]:
    return selectors.about(alert.pk) if about is None else [alert, *about]


def _short(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def words_of(orders: Iterable[Order]) -> list[Word]:
    """The mutes and resumptions among orders about one alert, oldest first, and those by which the
    same people used up their time on other orders. Two queries where there are any, else none."""
    return next(iter(words_by_alert(orders).values()), [])


def words_by_alert(orders: Iterable[Order]) -> dict[str, list[Word]]:
    """The same by the alert that they are about."""
    said = [one for one in orders if one.kind in WORDS and one.state == State.ISSUED]
    if not said:
        return {}
    people, first = {one.author for one in said}, min(one.made_at for one in said)
    rows = [*said, *_presses_of(people, first)]
    paths = selectors.targets_of_orders(one.pk for one in rows)
    return {alert: _ordered(alert, rows, paths) for alert in {one.alert for one in said}}


def _words(alert: str, said: Sequence[Order], people: set[str], now: datetime) -> list[Word]:
    """What was said about the alert, and what these people said about others before `now`."""
    rows = [*said, *_presses_of(people | {one.author for one in said}, now)]
    return _ordered(alert, rows, selectors.targets_of_orders(one.pk for one in rows))


def _pressed(people: set[str], first: datetime) -> Q:
    """The silences by these people that still count at `first`, and what ended them early."""
    muted = Order.objects.filter(
        author__in=people,
        kind__in=sorted(MUTES),
        state=State.ISSUED,
        made_at__gt=first - PERSON_WINDOW - PER_ALERT,
    )
    ended = Q(kind=Kind.RESUME.value, state=State.ISSUED, alert__in=muted.values("alert"))
    return Q(pk__in=muted.values("pk")) | ended


def _presses_of(people: set[str], first: datetime) -> list[Order]:
    return list(Order.objects.filter(_pressed(people, first)))


def about_and_presses(alert: str, person: str, now: datetime) -> tuple[list[Order], list[Order]]:
    """What was issued or proposed about one alert, oldest first, and the person's own silences that
    still count, with what ended them early. One query."""
    rows = list(
        Order.objects.filter(Q(alert=alert) | _pressed({person}, now)).order_by("proposed_at", "pk")
    )
    muted = {one.alert for one in rows if one.author == person and one.kind in MUTES}
    ending = {*MUTES, Kind.RESUME.value}
    presses = [
        one
        for one in rows
        if one.state == State.ISSUED
        and one.alert in muted
        and one.kind in ending
        and (one.author == person or one.kind == Kind.RESUME.value)
    ]
    return [one for one in rows if one.alert == alert], presses


def _ordered(alert: str, rows: Iterable[Order], paths: Mapping[str, tuple[str, ...]]) -> list[Word]:
    once = {one.pk: one for one in rows}.values()
    ordered = sorted(once, key=lambda one: (one.issued_at or one.proposed_at, one.pk))
    return [_word(one, alert, paths.get(one.pk, ())) for one in ordered]


def _word(order: Order, alert: str, targets: tuple[str, ...]) -> Word:
    about = "" if order.alert == alert else order.alert
    return Word(order.kind, order.made_at, targets, order.author, _seconds(order), about)


def _seconds(order: Order) -> int:
    asked = parse_object(bytes(order.payload)).get("seconds")
    return asked if isinstance(asked, int) else rules.MUTE_S


def check_seen(kind: Kind, alert_id: str, seen: str, now: datetime) -> None:
    """The page that asked for the signature showed the order as it is now.

    Only what silences needs no such check, and what opens an order, whose bytes are all there is.
    Raises OrderRefused; a page that says nothing of what it showed is refused.
    """
    if kind in rules.OPENING or kind in rules.MUTES:
        return
    alert = selectors.order_get(alert_id)
    if alert is None or alert.state != State.ISSUED:
        raise OrderRefused("unknown_order", gettext("Không có lệnh nào như vậy ở máy chủ này."))
    now_is = acted(alert, now).edition
    if kind in BY_NUMBER:
        now_is, seen = now_is.partition(".")[0], seen.partition(".")[0]
    if now_is != seen:
        raise OrderRefused(
            "changed",
            gettext(
                "Lệnh đã đổi từ lúc anh chị mở trang, nên chữ ký này chưa được nhận. Xem lệnh đang"
                " thế nào ở dưới, rồi ký lại nếu vẫn cần."
            ),
        )


def end_drills(order: Order, targets: Sequence[str], now: datetime) -> None:
    """A real order ends the drills that were made before it and whose places it covers, as devices
    end them there: two signs on one screen, at three in the morning, are one too many. A drill
    that comes after such an order is over as it comes. Inside the order's transaction."""
    kind = Kind(order.kind)
    if kind is Kind.DRILL:
        if any(_covers(real, targets) for real in _real_orders(order, now)):
            _end_drill(order, now)
        return
    if kind not in rules.OPENING:
        return
    running = Order.objects.filter(
        kind=Kind.DRILL.value, state=State.ISSUED, ended_at=None, expires_at__gt=now
    )
    for drill in running.filter(made_at__lt=order.made_at):
        if all(inside_any(path, targets) for path in selectors.targets_of(drill)):
            _end_drill(drill, now, order.pk)


def check_drill(drill: Order, targets: Sequence[str], now: datetime) -> None:
    """While the drill waited for its second signature nobody ordered anything real in its places:
    devices there would end it as it comes. Raises OrderRefused."""
    for real in _real_orders(drill, now):
        meant = selectors.targets_of(real)
        apart = all(not inside_any(path, meant) for path in targets)
        if not apart or any(inside_any(path, targets) for path in meant):
            raise OrderRefused(
                "real_order",
                gettext(
                    "Đang có lệnh khẩn cấp thật ở nơi này, ban hành sau khi soạn diễn tập. Không"
                    " phát diễn tập lúc này; khi đã yên thì soạn lại."
                ),
            )


def _real_orders(drill: Order, now: datetime) -> list[Order]:
    """Real orders that stand and were made after the drill."""
    opening = [kind.value for kind in rules.OPENING - rules.DRILLS]
    found = Order.objects.filter(
        kind__in=opening, state=State.ISSUED, ended_at=None, expires_at__gt=now
    )
    return list(found.filter(made_at__gt=drill.made_at))


def _covers(real: Order, targets: Sequence[str]) -> bool:
    meant = selectors.targets_of(real)
    return all(inside_any(path, meant) for path in targets)


def _end_drill(drill: Order, now: datetime, by: str = "") -> None:
    drill.ended_at, drill.overtaken_by = now, by
    drill.save(update_fields=["ended_at", "overtaken_by"])
    journal.record(
        actor="node",
        kind=events.DRILL_ENDED,
        place=drill.path,
        subject=f"order:{drill.pk}",
        payload={"kind": drill.kind, "by": by},
    )


def check_silence(doc: Common, kind: Kind, alert_id: str) -> None:
    """The mute would be heard: devices keep an order silent for ten minutes in all, whoever asks.

    Raises OrderRefused.
    """
    alert = selectors.order_get(alert_id)
    if alert is None or (alert.begins_at is not None and doc.issued < alert.begins_at):
        return
    meant = selectors.targets_of(alert)
    inner = [path for path in doc.target if inside_any(path, meant)]
    places = [*(path for path in meant if inside_any(path, doc.target)), *inner]
    seconds = doc.seconds if isinstance(doc, Mute | DrillMute) else rules.MUTE_S
    mute = Word(kind.value, doc.issued, tuple(doc.target), doc.issuer.person or "", seconds)
    before = [one for one in selectors.about(alert.pk) if one.kind in WORDS]
    rows = [one for one in before if one.state == State.ISSUED]
    if not would_silence(places, _words(alert.pk, rows, {mute.person}, doc.issued), mute):
        raise OrderRefused(
            "mute_spent",
            gettext(
                "Mỗi lệnh chỉ dừng tiếng được 10 phút, và lệnh này đã dùng hết. Muốn loa im hẳn,"
                " bấm Hủy hẳn và nhờ người thứ hai ký."
            ),
        )


def can_silence(
    found: Acted,
    about: Iterable[Order],
    presses: Sequence[Order],
    places: Sequence[str],
    person: str,
    now: datetime,
) -> bool:
    """Whether a press of the person now would silence the order in one of these places of it: its
    ten minutes there, or the person's twenty, may be used up. `about` and `presses` are what
    `about_and_presses` found. No query, two where anybody silenced it."""
    said = [one for one in about if one.kind in WORDS and one.state == State.ISSUED]
    others = {one.author for one in said} - {person}
    rows = {one.pk: one for one in (*said, *presses, *(_presses_of(others, now) if others else ()))}
    paths = selectors.targets_of_orders(rows)
    words = _ordered(found.order.pk, rows.values(), paths)
    return would_silence(places, words, Word("mute", now, tuple(places), person))


def end(order: Order, targets: tuple[str, ...], now: datetime) -> None:
    """What a cancel ends, and a mute in the window of a filled template; what its cancel overtook
    is over as it comes."""
    kind = Kind(order.kind)
    if kind in rules.OPENING:
        early = Order.objects.filter(
            alert=order.pk, state=State.ISSUED, kind__in=[one.value for one in rules.CANCELS]
        )
        if any(entitled(cancel, order) for cancel in early):
            Order.objects.filter(pk=order.pk).update(ended_at=now)
        return
    alert = selectors.order_get(order.alert)
    if alert is None:
        return
    if kind in rules.CANCELS and entitled(order, alert):
        on_it = Order.objects.filter(alert=alert.pk, ended_at=None)
        on_it.exclude(kind__in=[one.value for one in rules.CANCELS]).update(ended_at=now)
    elif kind in rules.MUTES and halts(order, targets, alert, selectors.targets_of(alert)):
        Order.objects.filter(pk=alert.pk, ended_at=None, begins_at__gt=now).update(ended_at=now)


def withdraw_overtaken(order: Order, targets: Sequence[str], now: datetime) -> list[Order]:
    """Take back what waits for a second signature and no longer means what its author saw: a
    cancel once its order is resumed everywhere or corrected, an older correction, and everything
    about an order that was cancelled. Inside the transaction that issues `order`."""
    alert = selectors.order_get(order.alert)
    if alert is None or alert.pk == order.pk or not entitled(order, alert):
        return []
    waiting = Order.objects.filter(alert=alert.pk, state=State.PROPOSED).exclude(pk=order.pk)
    found = [one for one in waiting if _overtakes(order, targets, one, alert)]
    for one in found:
        one.state, one.overtaken_by, one.declined_by = State.WITHDRAWN, order.pk, order.author
        one.save(update_fields=["state", "overtaken_by", "declined_by"])
        journal.record(
            actor="node",
            kind=events.ORDER_WITHDRAWN,
            place=one.path,
            subject=f"order:{one.pk}",
            payload={"kind": one.kind, "by": order.kind},
        )
    return found


def _overtakes(order: Order, targets: Sequence[str], waiting: Order, alert: Order) -> bool:
    kind, other = Kind(order.kind), Kind(waiting.kind)
    if kind in rules.CANCELS:
        return True
    if kind is Kind.UPDATE:
        older = other is Kind.UPDATE and waiting.revision <= order.revision
        return other in rules.CANCELS or older
    everywhere = all(inside_any(path, targets) for path in selectors.targets_of(alert))
    return kind is Kind.RESUME and other in rules.CANCELS and everywhere
