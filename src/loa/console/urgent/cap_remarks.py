"""What a person must look at in a CAP message before signing, in words; and its other parts."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from loa.alerts import hazards
from loa.alerts.cap import desk
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.cap.remarks import FOR_PERSONS, SAID
from loa.alerts.models import CapMessage, Order
from loa.people.rules import Actor
from loa.places.selectors import places_named

PARTS_SHOWN, PLACES_SHOWN = 20, 20


def remarks_of(part: OrderDraft) -> list[str]:
    """Sentences about one part."""
    return [SAID[remark].said(_) for remark in part.remarks]


def remarks_of_order(order: Order) -> list[str]:
    """Sentences about the CAP message that an order was begun from; none where there is none."""
    message = order.cap_messages.select_related("file").order_by("received_at").first()
    return _of_message(message)


def remarks_asked(who: Actor, message_id: str) -> list[str]:
    """Sentences about the CAP message that a form began from; none where it names none."""
    try:
        UUID(message_id)
    except ValueError:
        return []
    return _of_message(desk.messages_for(who).select_related("file").filter(pk=message_id).first())


def _of_message(message: CapMessage | None) -> list[str]:
    if message is None:
        return []
    said = [one for part in desk.parts_of(message) for one in remarks_of(part)]
    return list(dict.fromkeys(said))


def why_not_filled(message: CapMessage) -> str:
    """Why no template went out by itself; empty where one did, or a remark on the page says it."""
    if message.answered in FOR_PERSONS:
        return ""
    if message.answered == "severer_part":
        return _("phần nặng hơn của bản tin đã nói về nơi này")
    return message.answered


def other_parts(parts: list[OrderDraft]) -> list[dict[str, Any]]:
    """The parts below the severest, as the page shows them; `number` is how a form asks for one."""
    shown = parts[1 : PARTS_SHOWN + 1]
    wanted = {path for part in shown for path in part.targets[:PLACES_SHOWN]}
    names = {place.path: place.name for place in places_named(wanted)}
    return [
        {
            "number": number,
            "title": part.title,
            "text": part.text,
            "level": part.level,
            "hazard": hazards.BY_ID.get(part.hazard or ""),
            "ends": part.ends,
            "places": ", ".join(names.get(path, path) for path in part.targets[:PLACES_SHOWN])
            or _("Không xác định được nơi nào."),
            "remarks": remarks_of(part),
        }
        for number, part in enumerate(shown, start=1)
    ]
