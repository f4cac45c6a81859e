"""A sure CAP message to a template that two persons signed for it in advance."""

from datetime import datetime

import structlog

from loa.alerts import filling, templates
from loa.alerts.drafting import Draft
from loa.alerts.models import CapMessage, Template
from loa.alerts.rules import TARGETS_MAX, OrderRefused
from loa.lib import clock
from loa.places import selectors as places
from loa_protocol import paths
from loa_protocol.paths import inside, inside_any
from loa_protocol.payloads import Blank, CapRule

log = structlog.get_logger()


def take_up(message: CapMessage) -> None:
    """Fill the first template whose rule the message fits. What stands in the way is written on
    the message: officers see why nothing went out by itself."""
    if not message.sure or message.draft != "alert":
        return
    own = templates.own_feed().kid
    for row in templates.standing():
        rule = templates.doc_of(bytes(row.payload)).cap
        # Another node's template is that node's to fill in; and what a commune listens to fills
        # no template of the province, whatever sender it claims.
        if rule is None or row.feed_kid != own or not inside(row.path, message.path):
            continue
        if not fits(message, rule):
            continue
        try:
            order = filling.fill_own(_draft(message, row), by=f"CAP {message.identifier}"[:80])
        except OrderRefused as refusal:
            log.warning("cap not filled in", why=refusal.code, template=row.name)
            message.answered = refusal.code
            message.save(update_fields=["answered"])
            continue
        message.order, message.answered = order, ""
        message.save(update_fields=["order", "answered"])
        return


def fits(message: CapMessage, rule: CapRule) -> bool:
    """Whether the rule that was signed is about this message."""
    return (
        message.sender in rule.senders
        and message.hazard in rule.hazards
        and message.level >= rule.least
    )


def _draft(message: CapMessage, row: Template) -> Draft:
    doc = templates.doc_of(bytes(row.payload))
    targets = within(message.targets, tuple(doc.target))
    if not targets:
        raise OrderRefused("outside", "")
    rule = doc.cap
    values = {
        name: value_of(message, part, doc.blanks[name], targets)
        for name, part in (rule.blanks if rule else {}).items()
    }
    return filling.fill_draft(
        row,
        values,
        now=clock.now(),
        targets=targets,
        expires=message.expires_at,
        level=message.level,
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


def value_of(message: CapMessage, part: str, blank: Blank, targets: tuple[str, ...]) -> str:
    """What stands in a gap. Raises OrderRefused where the message does not say it."""
    if part == "area":
        named = places.places_named(targets)
        return named[0].name if len(named) == 1 else _common(targets)
    if part == "level":
        if len(blank.values) == 5:
            return blank.values[max(0, message.level - 1)]
        return str(message.level)
    moment = message.onset_at if part == "onset" else message.expires_at
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
