"""Writes: a reorganisation is drafted, decided, applied, undone or confirmed.

Applying and undoing are one transaction each, under one lock: killed in the middle, nothing has
happened, and the same call does it again. What follows outside the database (new assignments, new
plans) is done by the readers of the journal, which go on where they stopped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock, db
from loa.places import events
from loa.places.models import Decision, Place, ReformState, Reorganisation
from loa.places.reform import carrying, planning, undoing
from loa.places.reform.operations import ReformRefused, Row
from loa.places.reform.planning import Plan

LOCK = "reform"
OPEN = (ReformState.DRAFT, ReformState.APPLIED)


def reform_draft(*, actor: str, day: date, document: str, rows: Sequence[Row]) -> Reorganisation:
    """Keep a checked draft; nothing is changed by it. Raises ReformRefused by name."""
    document = " ".join(document.split())
    if not document or len(document) > 120 or not document.isprintable():
        raise ReformRefused("no_document", "Xin ghi số, ký hiệu của văn bản sắp xếp.")
    planning.change_of(rows, day)
    with transaction.atomic():
        db.lock(LOCK)
        _check_free(rows)
        made = Reorganisation.objects.create(
            day=day,
            document=document,
            rows=[asdict(row) for row in rows],
            made_by=actor,
            made_at=clock.now(),
        )
        _record(actor, events.REFORM_DRAFTED, made, lines=len(rows))
    return made


def _check_free(rows: Sequence[Row]) -> None:
    """A unit belongs to one open reorganisation: the first must be confirmed, or be gone."""
    mine = {(row.level, code) for row in rows for code in (row.former, row.successor)}
    for other in Reorganisation.objects.filter(state__in=OPEN):
        theirs = {
            (row["level"], code) for row in other.rows for code in (row["former"], row["successor"])
        }
        both = sorted(mine & theirs)
        if both:
            raise ReformRefused(
                "twice",
                "Mã %(code)s đã nằm trong %(document)s, chưa chốt. Chốt, hoàn tác hoặc bỏ bản ấy"
                " trước.",
                code=both[0][1],
                document=other.document,
            )


def reform_drop(*, actor: str, reorganisation: Reorganisation) -> None:
    """Throw a draft away. Raises ReformRefused `done` where it is no draft any more."""
    with transaction.atomic():
        db.lock(LOCK)
        fresh = _in_state(reorganisation, ReformState.DRAFT)
        fresh.state, fresh.undone_by, fresh.undone_at = ReformState.UNDONE, actor, clock.now()
        fresh.save(update_fields=["state", "undone_by", "undone_at"])
        _record(actor, events.REFORM_DROPPED, fresh)


def reform_decide(
    *, actor: str, reorganisation: Reorganisation, decisions: Mapping[tuple[str, UUID], str]
) -> int:
    """Say where things of split units go: (what, row) to the successor's code. Returns how many
    were noted. Raises ReformRefused: `done`, `unknown_thing`, `not_a_successor`."""
    with transaction.atomic():
        db.lock(LOCK)
        fresh = _in_state(reorganisation, ReformState.DRAFT)
        plan = planning.plan(fresh)
        items = {(item.what, item.row): item for item in plan.items}
        for thing, code in decisions.items():
            item = items.get(thing)
            if item is None:
                raise ReformRefused("unknown_thing", "Mục cần quyết không còn trong bản dự kiến.")
            if code not in {one.code for one in plan.change.split[item.former.pk]}:
                raise ReformRefused(
                    "not_a_successor",
                    "%(name)s không được chia về mã %(code)s.",
                    name=item.former.name,
                    code=code,
                )
        _note(actor, fresh, decisions)
        if decisions:
            _record(actor, events.REFORM_DECIDED, fresh, count=len(decisions))
    return len(decisions)


def _note(actor: str, fresh: Reorganisation, decisions: Mapping[tuple[str, UUID], str]) -> None:
    now = clock.now()
    Decision.objects.bulk_create(
        [
            Decision(reorganisation=fresh, what=what, row=row, code=code, by=actor, at=now)
            for (what, row), code in decisions.items()
        ],
        batch_size=500,
        update_conflicts=True,
        update_fields=["code", "by", "at"],
        unique_fields=["reorganisation", "what", "row"],
    )


def rest_to_main(plan: Plan, former: UUID | None = None) -> dict[tuple[str, UUID], str]:
    """Decisions that put what is undecided (of one unit) where its main part went. Never made by
    itself: a person asks for it."""
    return {
        (item.what, item.row): plan.change.main_of(item.former.pk)
        for item in plan.undecided
        if former is None or item.former.pk == former
    }


def reform_apply(*, actor: str, reorganisation: Reorganisation, digest: str) -> Plan:
    """Carry it out, all or nothing, as the preview with this digest says.

    Raises ReformRefused: `done`, `too_early` before its day, `changed` where the preview would say
    something else now, `undecided`, `blocked`, and whatever `operations.check` refuses.
    """
    with transaction.atomic():
        db.lock(LOCK)
        fresh = _in_state(reorganisation, ReformState.DRAFT)
        today = clock.local(clock.now()).date()
        if fresh.day > today:
            raise ReformRefused(
                "too_early",
                "Văn bản có hiệu lực từ %(day)s. Từ ngày đó mới áp dụng được.",
                day=f"{fresh.day:%d/%m/%Y}",
            )
        plan = planning.plan(fresh)
        _check_ready(plan, digest)
        carrying.carry_out(plan)
        fresh.state, fresh.digest = ReformState.APPLIED, digest
        fresh.applied_by, fresh.applied_at = actor, clock.now()
        fresh.save()
        _record(actor, events.REFORM_APPLIED, fresh, **_sizes(plan))
    return plan


def _check_ready(plan: Plan, digest: str) -> None:
    if plan.digest != digest:
        raise ReformRefused("changed", "Số liệu đã khác so với bản xem trước. Xem lại rồi áp dụng.")
    if plan.undecided:
        raise ReformRefused(
            "undecided",
            "Còn %(count)s mục của các đơn vị bị chia chưa có nơi về. Quyết từng mục trước.",
            count=len(plan.undecided),
        )
    if plan.blockers:
        why = plan.blockers[0]
        raise ReformRefused("blocked", why.text, **why.values)


def reform_confirm(*, actor: str, reorganisation: Reorganisation) -> None:
    """Close it: from here on it is history and cannot be undone. Raises ReformRefused `done`."""
    with transaction.atomic():
        db.lock(LOCK)
        fresh = _in_state(reorganisation, ReformState.APPLIED)
        fresh.state = ReformState.CONFIRMED
        fresh.confirmed_by, fresh.confirmed_at = actor, clock.now()
        fresh.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        _record(actor, events.REFORM_CONFIRMED, fresh)


def reform_undo(
    *, actor: str, reorganisation: Reorganisation, rest: Mapping[str, str] | None = None
) -> None:
    """Give back exactly what was, all or nothing.

    What was made since at a unit that came from several has to go to one of them: `rest` says which
    (the made unit's code to the former unit's). Raises ReformRefused: `done`, `new_things` naming
    the unit for which `rest` is needed, `new_hamlets`, `blocked`.
    """
    with transaction.atomic():
        db.lock(LOCK)
        fresh = _in_state(reorganisation, ReformState.APPLIED)
        undoing.undo(fresh, rest or {})
        fresh.state, fresh.undone_by, fresh.undone_at = ReformState.UNDONE, actor, clock.now()
        fresh.save()
        _record(actor, events.REFORM_UNDONE, fresh)


def _in_state(reorganisation: Reorganisation, state: ReformState) -> Reorganisation:
    fresh = Reorganisation.objects.get(pk=reorganisation.pk)
    if fresh.state != state:
        raise ReformRefused(
            "done",
            "%(document)s đang ở trạng thái “%(state)s”. Tải lại trang.",
            document=fresh.document,
            state=fresh.get_state_display(),
        )
    return fresh


def _sizes(plan: Plan) -> dict[str, object]:
    return {
        "formers": len(plan.change.formers),
        "successors": len(plan.change.successors),
        "split": len(plan.change.split),
        "rows": {what: count for what, count in plan.counts.items() if count},
    }


def _record(actor: str, kind: str, reorganisation: Reorganisation, **payload: object) -> None:
    journal.record(
        actor=actor,
        kind=kind,
        place=common_path(reorganisation.rows),
        subject=f"reform:{reorganisation.pk}",
        payload={
            "document": reorganisation.document,
            "day": reorganisation.day.isoformat(),
            **payload,
        },
    )


def common_path(rows: Sequence[Mapping[str, str]]) -> str:
    """The place that holds every unit of a reorganisation's lines: a province, or the nation."""
    provinces: set[str] = set()
    communes: set[str] = set()
    for row in rows:
        if row["level"] == "province":
            provinces |= {row["former"], row["successor"]}
        else:
            communes |= {row["former"], row["successor"]}
            provinces |= {row["province"]} if row["province"] else set()
    if len(communes) > 500 or len(provinces) > 1:
        return "vn"
    provinces |= _provinces_of(communes)
    return f"vn/{provinces.pop()}" if len(provinces) == 1 else "vn"


def _provinces_of(communes: Iterable[str]) -> set[str]:
    """Where the last unit with each code lies: a code keeps when its province is merged away."""
    rows = Place.objects.filter(level="commune", code__in=communes).order_by("valid_from", "pk")
    last = dict(rows.values_list("code", "path"))
    return {path.split("/")[1] for path in last.values()}
