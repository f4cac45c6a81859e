"""From slots to a signed plan: the station's next fourteen days as one document."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from pydantic import ValidationError

from loa.alerts.orders import clips as alert_clips
from loa.journal import selectors as journal_selectors
from loa.journal import services as journal
from loa.lib import clock
from loa.people.authority import NodeIdentity, next_version
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.schedule import events, issued, selectors
from loa.schedule.airable import not_airable
from loa.schedule.models import Dirty, Plan, PlanMedia, Slot
from loa.schedule.rules import Placed
from loa.schedule.selectors import StationRef
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import station_address
from loa_protocol.payloads import JournalHead, Media, PlanItem, Relay, Span, new_nonce
from loa_protocol.payloads import Plan as PlanPayload

RENEW_WHEN_LEFT = timedelta(days=11)
"""An unchanged plan is issued again when it covers less than this: devices always hold eleven
days, and an idle station costs one plan every three days."""


@dataclass(frozen=True)
class Content:
    """What a plan says, apart from when and under which number it was issued."""

    sessions: tuple[Span, ...]
    quiet: tuple[Span, ...]
    items: tuple[PlanItem, ...]
    files: frozenset[str]
    clips: dict[str, Media] = field(default_factory=dict)
    """What devices must hold to speak of an order whose own sound is not there."""
    broken: dict[UUID, ValidationError] = field(default_factory=dict)
    """Slots that no plan can name, with what is wrong: they are left out."""

    @property
    def digest(self) -> str:
        """Decides whether a plan is issued again."""
        plain = {
            "sessions": [span.model_dump(mode="json") for span in self.sessions],
            "quiet": [span.model_dump(mode="json") for span in self.quiet],
            "items": [item.model_dump(mode="json") for item in self.items],
            "clips": {name: clip.sha256 for name, clip in self.clips.items()},
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def plan_content(
    station: StationRef, first: date, now: datetime
) -> tuple[Content, dict[UUID, datetime]]:
    """The content from `first` for the plan's days, and the time each slot got.

    What is not approved now or was taken out is left out, however it came to stand there. A session
    that began the day before and goes on after midnight is part of it: a plan takes the place of
    the one before, and devices sound in no session that theirs does not name."""
    days = settings.LOA_PLAN_DAYS
    midnight = datetime.combine(first, time(0), clock.VIETNAM)
    laid = selectors.programmes(station, first - timedelta(days=1), days + 1, now)
    programmes = [programme for programme in laid if programme.session.end > midnight]
    placed = [item for programme in programmes for item in programme.placed]
    slots = Slot.objects.select_related("opus").in_bulk([item.wish.key for item in placed])
    refused = not_airable(slots.values()) | {
        slot.pk for slot in slots.values() if slot.removed_at is not None
    }
    placed = [item for item in placed if item.wish.key not in refused]
    items, broken = _items(slots, placed)
    left_out = refused | broken.keys()
    files = {slot.opus_id for slot in slots.values() if slot.opus_id and slot.pk not in left_out}
    clips = {
        name: Media(sha256=one.sha256, bytes=one.bytes)
        for name, one in alert_clips.pinned(station.path).items()
    }
    content = Content(
        sessions=tuple(Span(from_=p.session.start, to=p.session.end) for p in programmes),
        quiet=tuple(
            Span(from_=start, to=end)
            for start, end in selectors.quiet_between(station, first, days)
        ),
        items=items,
        files=frozenset(files | {clip.sha256 for clip in clips.values()}),
        clips=clips,
        broken=broken,
    )
    return content, {item.wish.key: item.at for item in placed if item.wish.key not in broken}


def _items(
    slots: dict[UUID, Slot], placed: list[Placed]
) -> tuple[tuple[PlanItem, ...], dict[UUID, ValidationError]]:
    """The items of a plan, and the slots that cannot be one: they must not keep the station's other
    items, nor a withdrawal, from its loudspeakers."""
    items, broken = [], {}
    for one in placed:
        try:
            items.append(_item(slots[one.wish.key], one))
        except ValidationError as error:
            broken[one.wish.key] = error
    return tuple(items), broken


def _set_aside(station: StationRef, content: Content) -> None:
    """Name the slots that the station's plan leaves out, and release those that it does not leave
    out any more."""
    known = [UUID(row) for row in aside.known(Queue.PLAN_ITEMS)]
    mine = Slot.objects.filter(pk__in=known, station_id=station.id).values_list("pk", flat=True)
    quarantine.release(Queue.PLAN_ITEMS, [str(pk) for pk in mine if pk not in content.broken])
    titles = {slot.pk: slot.title for slot in Slot.objects.filter(pk__in=list(content.broken))}
    for slot_id, error in content.broken.items():
        quarantine.set_aside(Queue.PLAN_ITEMS, str(slot_id), error, name=titles[slot_id])


def _item(slot: Slot, placed: Placed) -> PlanItem:
    fields: dict[str, Any] = {}
    if slot.kind == "media" and slot.opus is not None:
        fields["media"] = Media(sha256=slot.opus.sha256, bytes=slot.opus.bytes)
    elif slot.kind == "relay" and slot.opus is not None:
        fields["relay"] = Relay(
            url=slot.relay_url or None,
            input=slot.line_input or None,
            fallback=slot.opus.sha256,
            silence_s=slot.silence_s,
        )
    return PlanItem.model_validate(
        {
            "at": placed.at,
            "kind": slot.kind,
            "class": slot.class_name,
            "bulletin": str(slot.bulletin_id or slot.pk),
            "title": slot.title,
            "seconds": slot.seconds,
            "gain_db": slot.gain_db,
            "only": tuple(slot.only) or None,
            **fields,
        }
    )


def plan_issue(*, station: StationRef, node: NodeIdentity) -> Plan | None:
    """Build the station's plan and, if it says anything new, sign and store it.

    None where the newest plan already says the same over its own days and still reaches far
    enough. The row, the slots' times and the journal's fact are one transaction.
    """
    now = clock.now()
    last = selectors.newest_plan(station.id)
    today = selectors.today(now)
    with transaction.atomic():
        Dirty.objects.filter(station_id=station.id).delete()
        if last is not None and last.expires_at - now > RENEW_WHEN_LEFT:
            first = clock.local(_window_start(last)).date()
            unchanged = plan_content(station, first, now)[0]
            if unchanged.digest == last.content:
                _set_aside(station, unchanged)
                return None
        content, times = plan_content(station, today, now)
        plan = _signed(station, node, content, last, now, today)
        _set_aside(station, content)
        _keep_times(times)
        issued.note(station, content.items)
        PlanMedia.objects.bulk_create(
            [PlanMedia(plan=plan, file_id=sha256) for sha256 in sorted(content.files)]
        )
        journal.record(
            actor="node",
            kind=events.PLAN_ISSUED,
            place=station.path,
            subject=f"station:{station.id}",
            payload={
                "station": station.wire_id,
                "version": plan.version,
                "sha256": plan.sha256,
                "bytes": len(plan.envelope),
                "bulletins": sorted({item.bulletin for item in content.items}),
            },
        )
    return plan


def _window_start(plan: Plan) -> datetime:
    """The first moment of the days the plan was made for: midnight in Vietnam before its issue."""
    day = clock.local(plan.issued_at).date()
    return datetime.combine(day, time(0), clock.VIETNAM)


def _signed(
    station: StationRef,
    node: NodeIdentity,
    content: Content,
    last: Plan | None,
    now: datetime,
    today: date,
) -> Plan:
    version = next_version(last.version if last else 0, now)
    last_day = today + timedelta(days=settings.LOA_PLAN_DAYS)
    expires = datetime.combine(last_day, time(0), clock.VIETNAM).astimezone(UTC)
    head = journal_selectors.head()
    payload = PlanPayload(
        issuer=node.issuer,
        target=(station_address(station.wire_id),),
        issued=now,
        expires=expires,
        nonce=new_nonce(),
        version=version,
        sessions=content.sessions,
        quiet=content.quiet,
        items=content.items,
        clips=content.clips,
        journal=JournalHead(seq=head.seq, hash=head.hash),
    )
    envelope = node.sign(Kind.PLAN, payload)
    data = envelope.to_bytes()
    return Plan.objects.create(
        station_id=station.id,
        version=version,
        sha256=envelope.id,
        content=content.digest,
        envelope=data,
        issued_at=now,
        expires_at=expires,
    )


def _keep_times(times: dict[UUID, datetime]) -> None:
    changed = []
    for slot in Slot.objects.filter(pk__in=times):
        if slot.placed_at != times[slot.pk]:
            slot.placed_at = times[slot.pk]
            changed.append(slot)
    Slot.objects.bulk_update(changed, ["placed_at"], batch_size=500)


def journal_marks(limit: int = 20) -> list[journal_selectors.Head]:
    """Journal heads that the newest plans carry, signed: what the journal must still agree with."""
    marks = []
    for plan in Plan.objects.exclude(envelope=b"").order_by("-issued_at")[:limit]:
        payload = json.loads(Envelope.parse(bytes(plan.envelope)).payload)
        head = payload.get("journal")
        if head:
            marks.append(journal_selectors.Head(head["seq"], head["hash"]))
    return marks
