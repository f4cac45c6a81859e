"""What to play next: plan and policy and trusted now in, a decision out. No clock, no store.

Rules (protocol page, section 9, and the walls):

- A programme sounds only inside the plan's sessions, outside its quiet times **and** inside the
  registrar's policy hours. No policy means no programme.
- Every slot has one identity and is played at most once.
- A slot that could not start within `LATE_S` of its time is over: reported, never played late,
  because a neighbour has played it already.
- A slot that was cut by a restart goes on from its saved place, late as it is. It ends where it
  ends, but no later than the next slot's start or the end of the session: the next slot keeps its
  time, because neighbours start together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from loa_protocol.paths import inside, outlet_address
from loa_protocol.payloads import Plan, PlanItem, Policy, Span, item_id

# A start this late is still a start (a plan that came at the last moment, media that just arrived).
LATE_S = 10.0
# Media is opened, checked and committed this long before it sounds.
PREPARE_S = 3.0
# Less than this is not worth the click of a resume.
RESUME_LEAST_S = 1.0
_VIETNAM = timedelta(hours=7)  # all year: no daylight saving time

Status = Literal["playing", "done"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One item of the plan that this outlet plays."""

    id: str
    item: PlanItem

    @property
    def at(self) -> datetime:
        """When it starts."""
        return self.item.at

    @property
    def ends(self) -> datetime:
        """When it ends by the plan."""
        return self.item.at + timedelta(seconds=self.item.seconds)


@dataclass(frozen=True, slots=True)
class Limit:
    """When a slot must be silent, and why: the slot's own end, the next slot, or the session."""

    at: datetime
    reason: Literal["slot_end", "next_item", "outside_session"]


@dataclass(frozen=True, slots=True)
class Begin:
    """Prepare `slot` now; it sounds at `at` and must be silent at `until`."""

    slot: Slot
    at: datetime
    until: Limit
    resume: bool


@dataclass(frozen=True, slots=True)
class Miss:
    """`slot` will not be played (any more)."""

    slot: Slot
    result: Literal["expired", "refused", "interrupted"]
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, in order, and when to ask again (None: when the plan changes)."""

    actions: tuple[Begin | Miss, ...]
    ask_at: datetime | None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision depends on besides plan and policy.

    `known` maps slot ids to what is durable about them, `active` holds those that the mixer has.
    `since` is when this device could first have played: earlier slots are none of its business.
    `up_since` is when the process started, `plan_since` when the plan was accepted.
    """

    now: datetime
    known: Mapping[str, Status]
    active: frozenset[str]
    since: datetime
    up_since: datetime
    plan_since: datetime
    played_today_s: float = 0.0


def slots_of(plan: Plan, outlet: str, paths: Sequence[str]) -> tuple[Slot, ...]:
    """The plan's items for this outlet, by time; at one time priority first."""
    own = [item for item in plan.items if _is_for(item, outlet, paths)]
    own.sort(key=lambda item: (item.at, item.class_ != "priority"))
    return tuple(Slot(item_id(plan.station, item), item) for item in own)


def allowed_until(plan: Plan, policy: Policy | None, moment: datetime) -> datetime | None:
    """Until when a programme may sound without a break from `moment` on; None: not at all."""
    if policy is None or any(q.from_ <= moment < q.to for q in plan.quiet):
        return None
    session_end = _end_of_run(plan.sessions, moment)
    hours_end = _hours_end(policy, moment)
    if session_end is None or hours_end is None:
        return None
    quiet = [q.from_ for q in plan.quiet if q.from_ > moment]
    return min([session_end, hours_end, *quiet])


def limit_of(
    slot: Slot, following: Slot | None, plan: Plan, policy: Policy | None, start: datetime
) -> Limit | None:
    """When `slot`, sounding from `start` on, must be silent; None if it must not sound at all.

    Media may run over its planned seconds up to the next slot; a relay ends with its slot.
    """
    end = allowed_until(plan, policy, start)
    if end is None:
        return None
    limits = [Limit(end, "outside_session")]
    if following is not None:
        limits.append(Limit(following.at, "next_item"))
    if slot.item.kind == "relay":
        limits.append(Limit(slot.ends, "slot_end"))
    return min(limits, key=lambda limit: limit.at)


def following_of(slots: Sequence[Slot], slot: Slot) -> Slot | None:
    """The next slot with a later time. One with the same time waits for no one: it is missed."""
    return next((other for other in slots if other.at > slot.at), None)


def decide(
    slots: Sequence[Slot], plan: Plan, policy: Policy | None, situation: Situation
) -> Decision:
    """The actions due at `situation.now`. Calling it again after they are done yields no more."""
    actions: list[Begin | Miss] = []
    wake: list[datetime] = []
    now = situation.now
    taken: set[datetime] = {s.at for s in slots if s.id in situation.active}
    for slot in slots:
        status = situation.known.get(slot.id)
        if status == "done" or slot.id in situation.active or slot.ends < situation.since:
            continue
        prepare_at = slot.at - timedelta(seconds=PREPARE_S)
        if now < prepare_at:
            wake.append(prepare_at)
            break  # sorted by time: all others are later still
        following = following_of(slots, slot)
        action = _due(slot, following, plan, policy, situation, resume=status == "playing")
        if isinstance(action, Begin):
            if slot.at in taken:
                action = Miss(slot, "refused", "overlap")
            taken.add(slot.at)
        actions.append(action)
    return Decision(tuple(actions), min(wake, default=None))


def _due(
    slot: Slot,
    following: Slot | None,
    plan: Plan,
    policy: Policy | None,
    situation: Situation,
    *,
    resume: bool,
) -> Begin | Miss:
    if slot.item.kind == "live":
        return Miss(slot, "refused", "unsupported")
    start = max(situation.now, slot.at)
    if not resume and (start - slot.at).total_seconds() > LATE_S:
        return Miss(slot, "expired", _why_late(slot, situation))
    limit = limit_of(slot, following, plan, policy, start)
    spent = policy is not None and situation.played_today_s >= policy.max_minutes_day * 60
    if limit is None or spent:
        return Miss(slot, "interrupted" if resume else "refused", "outside_session")
    if (limit.at - start).total_seconds() < RESUME_LEAST_S:
        return Miss(slot, "interrupted" if resume else "expired", limit.reason)
    return Begin(slot, start, limit, resume)


def _why_late(slot: Slot, situation: Situation) -> str:
    if situation.up_since > slot.at:
        return "device_off"
    if situation.plan_since > slot.at:
        return "plan_late"
    return "media_missing"


def needed_media(
    slots: Sequence[Slot], plan: Plan, now: datetime, horizon: timedelta
) -> dict[str, int]:
    """SHA-256 to size of what must be on the device for slots up to `horizon`, soonest first.

    Pinned clips come first: an alert must not wait for them.
    """
    needed = {clip.sha256: clip.bytes for clip in plan.clips.values()}
    for slot in slots:
        if slot.ends < now or slot.at > now + horizon:
            continue
        media = slot.item.media
        if media is not None:
            needed.setdefault(media.sha256, media.bytes)
        if slot.item.relay is not None:
            needed.setdefault(slot.item.relay.fallback, 0)
    return needed


def _is_for(item: PlanItem, outlet: str, paths: Sequence[str]) -> bool:
    if item.only is None:
        return True
    own = outlet_address(outlet)
    return any(target == own or any(inside(path, target) for path in paths) for target in item.only)


def _end_of_run(spans: Sequence[Span], moment: datetime) -> datetime | None:
    """The end of the spans that follow one another without a gap from `moment`."""
    end: datetime | None = None
    for span in sorted(spans, key=lambda s: s.from_):
        reached = moment if end is None else end
        if span.from_ <= reached < span.to:
            end = span.to
    return end


def _hours_end(policy: Policy, moment: datetime) -> datetime | None:
    """The end of the policy's hours around `moment`, over midnight where they join."""
    local = moment.astimezone(UTC) + _VIETNAM
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    reached: datetime | None = None
    for day in (0, 1):
        base = midnight + timedelta(days=day)
        for hours in sorted(policy.hours, key=lambda h: h.from_min):
            begin = base + timedelta(minutes=hours.from_min)
            end = base + timedelta(minutes=hours.to_min)
            if begin <= (local if reached is None else reached) < end:
                reached = end
    return None if reached is None else reached - _VIETNAM
