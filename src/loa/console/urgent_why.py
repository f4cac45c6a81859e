"""Why nothing was heard from a pole, as far as the node knows."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from loa.console.wording import moment
from loa.outlets.rules import state_of

if TYPE_CHECKING:
    from loa.outlets.models import Outlet


def why_silent(outlet: "Outlet", now: datetime) -> str:
    """Why nothing was heard of an outlet, as far as it is known."""
    health = getattr(outlet, "health", None)
    state = state_of(
        seen_at=health.seen_at if health else None,
        online=health.online if health else False,
        reported=health.state if health else "",
        now=now,
    )
    if state == "never":
        return _("chưa từng liên lạc")
    if state == "silent" and health is not None:
        return _("mất liên lạc từ %(at)s: mất điện hoặc mất mạng") % {"at": moment(health.seen_at)}
    if state == "fault":
        return _("loa báo hỏng")
    return _("có liên lạc nhưng chưa trả lời")
