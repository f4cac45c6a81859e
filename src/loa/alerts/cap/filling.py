"""A sure CAP message to a template that two persons signed for it in advance."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from loa.alerts import selectors
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.cap.remarks import FOR_PERSONS
from loa.alerts.models import CapMessage, Order, Template
from loa.alerts.order_templates import filling, wordings
from loa.alerts.orders.drafting import Draft
from loa.alerts.rules import TARGETS_MAX, OrderRefused
from loa.lib import clock
from loa.places import selectors as places
from loa_protocol import paths
from loa_protocol.paths import inside, inside_any
from loa_protocol.payloads import Blank, CapRule

log = structlog.get_logger()


def take_up(message: CapMessage, parts: Sequence[OrderDraft]) -> None:
    """Fill templates with the parts of a message, the severest first: each part the first template
    whose rule it fits, no place and no template twice. What stands in the way is written on the
    message: officers see why nothing went out by itself."""
    if not message.sure or message.draft != "alert":
        return
    own = wordings.own_feed().kid
    rows = [row for row in wordings.standing() if row.feed_kid == own]
    done: list[tuple[Template, Order]] = []
    for part in parts:
        for row in rows:
            rule = wordings.doc_of(bytes(row.payload)).cap
            # Another node's template is that node's to fill in; and what a commune listens to
            # fills no template of the province, whatever sender it claims.
            if rule is None or not inside(row.path, message.path):
                continue
            if not fits(message.sender, part, rule):
                continue
            order = _filled(message, part, row, done)
            if order is not None:
                done.append((row, order))
                break


def _filled(
    message: CapMessage, part: OrderDraft, row: Template, done: list[tuple[Template, Order]]
) -> Order | None:
    """Fill the template; None where something stands in the way, which the message then tells."""
    try:
        draft = _draft(part, row, done)
        order = filling.fill_own(draft, by=f"CAP {message.identifier}"[:80])
    except OrderRefused as refusal:
        log.warning("cap not filled in", why=refusal.code, template=row.name)
        if message.order is None:
            message.answered = refusal.code
            message.save(update_fields=["answered"])
        return None
    if message.order is None:
        message.order, message.answered = order, ""
        message.save(update_fields=["order", "answered"])
    return order


def fits(sender: str, part: OrderDraft, rule: CapRule) -> bool:
    """Whether the rule that was signed is about this part of a message from `sender`."""
    return (
        sender in rule.senders and part.hazard in rule.hazards and (part.level or 0) >= rule.least
    )


def _draft(part: OrderDraft, row: Template, done: list[tuple[Template, Order]]) -> Draft:
    """Raises OrderRefused: for what only persons may judge, or where the places are not ours."""
    doubts = [remark for remark in part.remarks if remark in FOR_PERSONS]
    if doubts:
        raise OrderRefused(doubts[0], "")
    doc = wordings.doc_of(bytes(row.payload))
    targets = within(part.targets, tuple(doc.target))
    if not targets:
        raise OrderRefused("outside", "")
    said = {path for _row, order in done for path in selectors.targets_of(order)}
    if any(one.pk == row.pk for one, _order in done) or any(
        inside_any(path, said) or any(paths.inside(one, path) for one in said) for path in targets
    ):
        raise OrderRefused("severer_part", "")
    rule = doc.cap
    values = {
        name: value_of(part, blank, doc.blanks[name], targets)
        for name, blank in (rule.blanks if rule else {}).items()
    }
    return filling.fill_draft(
        row,
        values,
        now=clock.now(),
        targets=targets,
        expires=part.expires,
        level=part.level,
    )


def within(wanted: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The message's places inside the template's; where it names wider ones, the template's own.
    More than an order can name become the template's own places."""
    found: list[str] = []
    for path in wanted:
        if inside_any(path, allowed):
            found.append(path)
        else:
            found += [own for own in allowed if paths.inside(own, path)]
    narrow = tuple(dict.fromkeys(found))
    if len(narrow) <= TARGETS_MAX:
        return narrow
    return tuple(own for own in allowed if any(paths.inside(one, own) for one in narrow))


def value_of(part: OrderDraft, what: str, blank: Blank, targets: tuple[str, ...]) -> str:
    """What stands in a gap. Raises OrderRefused where the message does not say it."""
    if what == "area":
        named = places.places_named(targets)
        return named[0].name if len(named) == 1 else _common(targets)
    if what == "level":
        level = part.level or 0
        return blank.values[max(0, level - 1)] if len(blank.values) == 5 else str(level)
    moment = part.onset if what == "onset" else part.ends
    if moment is None:
        raise OrderRefused("no_time", "")
    return said(moment)


def _common(targets: tuple[str, ...]) -> str:
    """The name of the narrowest place over all of them."""
    shared = set(paths.ancestors(targets[0]))
    for path in targets[1:]:
        shared &= set(paths.ancestors(path))
    (found,) = places.places_named([max(shared, key=len)])
    return found.name


def said(moment: datetime) -> str:
    """A time as it is read aloud: 18 giờ 30 phút ngày 25 tháng 11."""
    local = clock.local(moment)
    minutes = f" {local.minute} phút" if local.minute else ""
    return f"{local.hour} giờ{minutes} ngày {local.day} tháng {local.month}"
