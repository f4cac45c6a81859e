"""The proof strip: the six steps of a bulletin's way, each with its time, count and grade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loa.delivery import selectors as delivery
from loa.delivery.selectors import Sounding
from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.schedule.planned import Planned, outlets_with_plan
from loa.schedule.planned import planned as planned_of
from loa.web import formats

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin, Decision


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state` is done, waits, failed or ahead; `lines` say it in words."""

    name: str
    state: str
    at: datetime | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    steps: tuple[Step, ...]
    planned: Planned
    sounding: Sounding


def proof_of(bulletin: "Bulletin", within: Sequence[str]) -> Proof:
    """The way so far, as far as the stations inside `within` are concerned. Four queries,
    whatever the number of outlets."""
    decisions = list(newsroom.decisions_of(bulletin.pk))
    planned = planned_of(bulletin.pk, clock.now(), within)
    reached = outlets_with_plan(bulletin.pk, within) if planned.slots else 0
    sounding = delivery.sounding(bulletin.pk, within)
    # Not every outlet reports its plan; whoever signed that it sounded surely had it.
    reached = max(reached, sounding.outlets)
    steps = (
        _written(bulletin),
        _approved(bulletin, decisions),
        _in_programme(bulletin, planned),
        _reached(planned, reached),
        _played(planned, sounding),
        _signed(sounding),
    )
    return Proof(steps, planned, sounding)


def _written(bulletin: "Bulletin") -> Step:
    who = str(bulletin.author) if bulletin.author else ""
    return Step(_("Viết"), "done", bulletin.created_at, (who,) if who else ())


def _approved(bulletin: "Bulletin", decisions: "list[Decision]") -> Step:
    name = _("Duyệt")
    made = [decision for decision in decisions if decision.made in {"approved", "returned"}]
    last = made[-1] if made else None
    if last and last.made == "approved":
        lines = [str(last.by)] if last.by else []
        if bulletin.state == "withdrawn":
            return Step(name, "failed", last.at, (*lines, _("sau đó đã thu hồi")))
        return Step(name, "done", last.at, tuple(lines))
    if bulletin.state == "approved":
        return Step(name, "done", None, ())
    if bulletin.state == "submitted":
        return Step(name, "waits", bulletin.changed_at, (_("đang chờ người duyệt"),))
    if last and bulletin.state == "returned":
        return Step(name, "failed", last.at, (_("trả lại để sửa"),))
    if bulletin.state == "withdrawn":
        return Step(name, "failed", bulletin.changed_at, (_("đã thu hồi"),))
    return Step(name, "ahead", None, (_("chưa gửi duyệt"),))


def _in_programme(bulletin: "Bulletin", planned: Planned) -> Step:
    name = _("Vào lịch")
    if not planned.slots:
        waits = bulletin.state == "approved" and not bulletin.simulated
        state = "waits" if waits else "ahead"
        return Step(name, state, None, (_("chưa xếp vào buổi nào"),))
    count = ngettext("%d lần ở một đài", "%d lần ở một đài", planned.slots) % planned.slots
    if len(planned.stations) > 1:
        count = _("%(slots)d lần ở %(stations)d đài") % {
            "slots": planned.slots,
            "stations": len(planned.stations),
        }
    if planned.first_at is None:
        return Step(name, "waits", None, (count, _("chờ ký lịch")))
    lines = [count]
    if planned.next_at:
        lines.append(_("lần tới: %(at)s") % {"at": formats.moment(planned.next_at)})
    return Step(name, "done", planned.first_at, tuple(lines))


def _of(part: int, whole: int) -> str:
    return _("%(part)s/%(whole)s cụm loa") % {
        "part": formats.number(part),
        "whole": formats.number(max(part, whole)),
    }


def _reached(planned: Planned, reached: int) -> Step:
    name = _("Tới loa")
    if planned.first_at is None:
        return Step(name, "ahead", None, ())
    state = "done" if reached and reached >= planned.outlets else "waits"
    return Step(name, state, None, (_of(reached, planned.outlets), _("đã nhận lịch")))


def _played(planned: Planned, sounding: Sounding) -> Step:
    name = _("Đã phát")
    if sounding.simulated and not sounding.outlets:
        made_up = ngettext("%d cụm loa", "%d cụm loa", sounding.simulated) % sounding.simulated
        return Step(name, "ahead", None, (made_up, _("dữ liệu mô phỏng, không phải chứng nhận")))
    if not sounding.outlets and not sounding.failed:
        return Step(name, "ahead", None, (_("chưa tới giờ"),) if planned.next_at else ())
    lines = [_of(sounding.outlets, max(planned.outlets, sounding.outlets + sounding.failed))]
    lines += [
        _("loại %(grade)s: %(count)s") % {"grade": grade, "count": formats.number(count)}
        for grade, count in sounding.by_grade.items()
    ]
    whole = sounding.outlets >= planned.outlets and not sounding.failed
    state = "done" if whole else "waits" if sounding.outlets else "failed"
    return Step(name, state, sounding.first_at, tuple(lines))


def _signed(sounding: Sounding) -> Step:
    name = _("Đã ký")
    if not sounding.signed:
        return Step(name, "ahead", None, ())
    count = ngettext("%d cụm loa ký", "%d cụm loa ký", sounding.signed) % sounding.signed
    state = "done" if sounding.signed >= sounding.outlets else "waits"
    return Step(name, state, sounding.signed_at, (count,))


@dataclass(frozen=True, slots=True)
class StationRow:
    """One station's share: how many outlets played, and how many told why they did not; when it
    sounds next there, and how many outlets with a device are meant."""

    station_id: UUID
    name: str
    played: int
    failed: int
    next_at: datetime | None
    outlets: int


def stations_of(bulletin_id: UUID, planned: Planned, one_chosen: bool) -> list[StationRow]:
    """The stations that have the bulletin in their programme: those with failures first, then those
    that have not told anything yet. Shares are asked for only where several are shown beside each
    other."""
    beside = len(planned.stations) > 1 and not one_chosen
    told = delivery.sounding_by_station(bulletin_id) if beside else {}
    none = delivery.StationSounding(0, 0)
    rows = [
        StationRow(
            one.station_id,
            f"{one.place}, {one.station}",
            told.get(one.station_id, none).played,
            told.get(one.station_id, none).failed,
            one.next_at,
            one.outlets,
        )
        for one in planned.stations
    ]
    return sorted(rows, key=lambda row: (-row.failed, row.played > 0))
