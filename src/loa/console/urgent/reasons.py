"""Why nothing was heard from a pole, as far as the node knows."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from loa.delivery import chain
from loa.web import formats
from loa.web.formats import moment

if TYPE_CHECKING:
    from loa.outlets.models import Outlet


def why_silent(outlet: "Outlet", now: datetime) -> str:
    """Why nothing was heard of an outlet, in words."""
    code = chain.why(outlet, now)
    health = getattr(outlet, "health", None)
    if code == "off" and health is not None:
        return _("mất liên lạc từ %(at)s: mất điện hoặc mất mạng") % {"at": moment(health.seen_at)}
    return formats.reason(code)
