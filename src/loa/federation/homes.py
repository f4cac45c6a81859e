"""What of the links names a place, for a reorganisation of units (`places.reform`).

A link itself goes by the name that the other node's papers have for its place; it follows when the
papers do (`admission.follow_place`).
"""

from loa.federation.models import Aired, Question
from loa.places.reform.homes import PathColumn, RoomHomes

HOMES = RoomHomes(
    columns=(
        PathColumn(
            what="federation.aired", model=Aired, field="commune", twins=("link_id", "bulletin")
        ),
        PathColumn(what="federation.question", model=Question, field="commune"),
    )
)
