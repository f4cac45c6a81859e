"""Orders hang on no place's row: they name paths, as signed. While one is in force at a unit that
changes, nothing is reorganised there (`places.reform`). Whence CAP comes goes along."""

from collections.abc import Mapping, Sequence

from django.db.models import Q

from loa.alerts import rules
from loa.alerts.models import CapSource, Order, State, Target, Template
from loa.lib import clock
from loa.lib.sentences import Sentence
from loa.places.reform.homes import PathColumn, RoomHomes
from loa_protocol.paths import inside_any


def _blockers(paths: Mapping[str, str | None]) -> Sequence[Sentence]:
    """An order that reaches into a unit by name, whether it stands or waits for its second
    signature: a device that comes late must still know that it is meant."""
    now = clock.now()
    live = Q(state=State.ISSUED) | Q(state=State.PROPOSED, made_at__gt=now - rules.PROPOSAL_LIFE)
    orders = Order.objects.filter(live, expires_at__gt=now, ended_at=None)
    units = {*paths, *(new for new in paths.values() if new)}
    targets = Target.objects.filter(order__in=orders).values_list("path", flat=True)
    named = sorted(path for path in set(targets) if inside_any(path, units))
    if not named:
        return ()
    return (
        Sentence(
            "Đang có lệnh khẩn cấp hoặc diễn tập ghi đích danh %(path)s còn hiệu lực hay chờ ký."
            " Chờ lệnh kết thúc rồi áp dụng.",
            path=named[0],
        ),
    )


def _notices(paths: Mapping[str, str | None]) -> Sequence[Sentence]:
    """Words that were signed in advance for a unit's path do not reach it under another one."""
    ending = [old for old, new in paths.items() if new != old]
    live = Template.objects.filter(
        state=State.ISSUED, withdrawn_at=None, expires_at__gt=clock.now()
    )
    count = sum(
        any(inside_any(path, ending) for path in targets)
        for targets in live.values_list("targets", flat=True)
    )
    if not count:
        return ()
    return (
        Sentence(
            "%(count)s mẫu lời ký sẵn cho máy ghi mã của đơn vị cũ. Hai người ký lại các mẫu ấy cho"
            " đơn vị mới, nếu không máy sẽ không phát được ở đó.",
            count=count,
        ),
    )


HOMES = RoomHomes(
    columns=(PathColumn(what="alerts.cap_source", model=CapSource, field="path"),),
    blockers=_blockers,
    notices=_notices,
)
