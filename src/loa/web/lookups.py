"""What an address names, or the same 404 for what is not there and what is a stranger's."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404

from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors
from loa.people.rules import Actor
from loa.schedule import selectors as schedule

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin
    from loa.outlets.models import Outlet, Station


def station_or_404(who: Actor, station_id: UUID) -> "Station":
    try:
        return selectors.station_get(who, station_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


def outlet_or_404(who: Actor, outlet_id: UUID) -> "Outlet":
    try:
        rows = selectors.outlets(who).prefetch_related(None)
        return selectors.with_claim(rows, clock.now()).get(pk=outlet_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


def bulletin_or_404(who: Actor, bulletin_id: UUID) -> "Bulletin":
    """The bulletin of the asker's own places, or one from above that reached their commune.

    A stranger sees the same 404 as for one that does not exist.
    """
    try:
        return newsroom.bulletin_get(who, bulletin_id)
    except ObjectDoesNotExist as missing:
        entry = schedule.source_entry(who, bulletin_id)
        if entry is None:
            raise Http404 from missing
        return entry.bulletin
