"""What of directives and reports hangs on a place, for a reorganisation (`places.reform`).

A successor is asked what its predecessors were asked, and has what they read, did and reported.
"""

from loa.places.reform.homes import PathColumn, RoomHomes
from loa.tasks.models import Directive, Mark, Report, ReportType

HOMES = RoomHomes(
    columns=(
        PathColumn(what="steering.directive", model=Directive, field="office", twins=("number",)),
        PathColumn(what="steering.asked", model=Directive, field="targets", many=True),
        PathColumn(what="steering.type", model=ReportType, field="office"),
        PathColumn(what="steering.reported", model=ReportType, field="targets", many=True),
        PathColumn(what="steering.mark", model=Mark, field="place", twins=("directive_id",)),
        PathColumn(
            what="steering.report", model=Report, field="place", twins=("type_id", "period")
        ),
    )
)
