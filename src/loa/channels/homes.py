"""What of the channels hangs on a place, for a reorganisation of units (`places.reform`).

An account goes with its office's papers; an outlet goes where a person says, and to a hamlet's own
successor where it stands at a hamlet.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from loa.channels.models import ChannelAccount, ChannelOutlet
from loa.lib.sentences import Sentence
from loa.places.reform.homes import Home, RoomHomes


def _outlet_names(ids: Collection[UUID]) -> Mapping[UUID, str]:
    return dict(ChannelOutlet.objects.filter(pk__in=ids).values_list("pk", "name"))


HOMES = RoomHomes(
    homes=(
        Home(
            what="channels.account",
            label=Sentence("tài khoản kênh"),
            model=ChannelAccount,
            split="office",
        ),
        Home(
            what="channels.outlet",
            label=Sentence("điểm nhận của kênh"),
            model=ChannelOutlet,
            names=_outlet_names,
        ),
    ),
)
