"""Hours as officers type them."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from loa.schedule.rules import Hours, ScheduleRefused, parse_hour

if TYPE_CHECKING:
    pass


SPAN = re.compile(r"(\S+?)\s*[-–]\s*(\S+)")


SPANS_MAX = 12


def hours_of(text: str) -> list[Hours]:
    """`05:00-06:00, 17:00-18:00` as pairs. Raises ScheduleRefused naming what cannot be read."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    if len(parts) > SPANS_MAX:
        raise ScheduleRefused(_("Mỗi ngày nhiều nhất %(count)d buổi.") % {"count": SPANS_MAX})
    spans: list[Hours] = []
    for part in parts:
        found = SPAN.fullmatch(part)
        if found is None:
            raise ScheduleRefused(
                _("“%(text)s” không phải là một buổi. Ghi như 05:00-06:00.") % {"text": part[:40]}
            )
        for hour in found.groups():
            parse_hour(hour)
        spans.append((found[1], found[2]))
    return spans
