"""What devices are asked to do: a row first, then the doorbell, then the device's own answer.

The envelope is signed once, by whoever comes first (the gateway, or the device asking over HTTPS),
so that a device that gets it both ways obeys it once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.outlets import events, rules
from loa.outlets.models import Command, Health, Outlet
from loa.people.rules import NODE, Action, Actor
from loa.people.selectors import ensure
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import outlet_address
from loa_protocol.payloads import Command as CommandPayload
from loa_protocol.payloads import new_nonce

if TYPE_CHECKING:
    from loa.people.authority import NodeIdentity
    from loa_protocol.payloads import ReceiptItem

ASKED = frozenset({"volume", "self-test", "measure", "restart"})
"""What a person may ask for. `speech` is a self-test that says something."""


class CommandRefused(Refusal):
    """Why a device is not asked, as a sentence for the asker."""


def command_give(
    *,
    actor: Actor,
    outlet: Outlet,
    do: str,
    volume_pct: int | None = None,
    production: UUID | None = None,
) -> Command:
    """Ask the outlet's device to do something. Raises NotAllowed, CommandRefused.

    With `production` it waits until that sound is made (`sound_ready`). The same request again
    while the first is under way is the first: a button pressed twice asks once.
    """
    ensure(actor, Action.OUTLET_COMMAND, outlet.station.place.path)
    if do not in ASKED:
        raise CommandRefused("Không có lệnh này.")
    if not outlet.devices.filter(revoked_at=None).exists():
        raise CommandRefused("Cụm loa này chưa ghép thiết bị nên chưa có gì để ra lệnh.")
    now = clock.now()
    with transaction.atomic():
        same = _open(now).filter(outlet=outlet, do=do, volume_pct=volume_pct).first()
        if same is not None and (same.production is None) == (production is None):
            return same
        command = Command.objects.create(
            outlet=outlet,
            do=do,
            volume_pct=volume_pct,
            production=production,
            ready=production is None,
            given_by=str(actor),
            given_at=now,
            expires_at=now + rules.COMMAND_LIFE,
        )
        _note(command, outlet, str(actor))
    return command


def _note(command: Command, outlet: Outlet, actor: str) -> None:
    payload: dict[str, str | int] = {"command": str(command.pk), "do": command.do}
    if command.volume_pct is not None:
        payload["volume_pct"] = command.volume_pct
    journal.record(
        actor=actor,
        kind=events.COMMAND_GIVEN,
        place=outlet.station.place.path,
        subject=f"outlet:{outlet.pk}",
        payload=payload,
    )


def waiting_for_sound() -> list[tuple[UUID, UUID]]:
    """(command, production) of the test sentences that are not made yet."""
    rows = _open(clock.now()).filter(ready=False, production__isnull=False)
    return [(pk, made) for pk, made in rows.values_list("pk", "production") if made]


def sound_ready(*, command_id: UUID, sha256: str, size: int, ms: int) -> None:
    """The sentence is made: the command may go out. The fact rings the bell once more."""
    with transaction.atomic():
        won = Command.objects.filter(pk=command_id, ready=False).update(
            ready=True, speech_sha256=sha256, speech_bytes=size, speech_ms=ms
        )
        if won:
            command = Command.objects.select_related("outlet__station__place").get(pk=command_id)
            _note(command, command.outlet, str(NODE))


def sound_failed(*, command_id: UUID) -> None:
    """The sentence could not be made: the tone says that the loudspeaker lives."""
    with transaction.atomic():
        if Command.objects.filter(pk=command_id, ready=False).update(ready=True, production=None):
            command = Command.objects.select_related("outlet__station__place").get(pk=command_id)
            _note(command, command.outlet, str(NODE))


def _open(now: datetime) -> QuerySet[Command]:
    return Command.objects.filter(result="", expires_at__gt=now)


def envelope_of(command_id: UUID, node: "NodeIdentity") -> tuple[str, Envelope] | None:
    """The outlet's wire id and the signed command; None for one that is over or not ready."""
    command = (
        _open(clock.now())
        .filter(pk=command_id, ready=True, outlet__retired_at=None)
        .select_related("outlet")
        .first()
    )
    return (command.outlet.wire_id, _signed(command, node)) if command else None


def open_for(outlet: Outlet, node: "NodeIdentity") -> list[Envelope]:
    """Every command to this outlet that is open and unanswered, oldest first, signed."""
    rows = _open(clock.now()).filter(outlet=outlet, ready=True).order_by("given_at", "pk")[:20]
    return [_signed(command, node) for command in rows]


def _signed(command: Command, node: "NodeIdentity") -> Envelope:
    if command.envelope is not None:
        return Envelope.parse(bytes(command.envelope))
    args: dict[str, object] = {}
    if command.volume_pct is not None:
        args["volume_pct"] = command.volume_pct
    if command.speech_sha256:
        args["speech"] = {
            "sha256": command.speech_sha256,
            "bytes": command.speech_bytes,
            "ms": command.speech_ms,
        }
    payload = CommandPayload.model_validate(
        {
            "kind": "command",
            "issuer": node.issuer,
            "target": (outlet_address(command.outlet.wire_id),),
            "issued": clock.now(),
            "expires": command.expires_at,
            "nonce": new_nonce(),
            "do": command.do,
            "args": args,
        }
    )
    envelope = node.sign(Kind.COMMAND, payload)
    won = Command.objects.filter(pk=command.pk, envelope=None).update(
        envelope=envelope.to_bytes(), envelope_id=envelope.id
    )
    if won:
        return envelope
    command.refresh_from_db(fields=["envelope"])
    return Envelope.parse(bytes(command.envelope or b""))


def answers_take(*, outlet_id: UUID, items: "Iterable[ReceiptItem]") -> frozenset[str]:
    """Store what a device answered to its commands; returns the ids that were commands.

    Call it inside the transaction that keeps the receipt. The last word of an answer counts:
    `accepted` may be followed by `played`.
    """
    by_id = {item.id: item for item in items if len(item.id) == 64 and item.bulletin is None}
    if not by_id:
        return frozenset()
    known = Command.objects.filter(outlet_id=outlet_id, envelope_id__in=by_id)
    found = frozenset(str(one) for one in known.values_list("envelope_id", flat=True))
    for envelope_id in found:
        item = by_id[envelope_id]
        rows = Command.objects.filter(envelope_id=envelope_id)
        if item.result == "accepted" and item.grade is None:
            rows = rows.filter(result="")  # a late word of acceptance undoes no answer
        rows.update(
            result=item.result,
            reason=item.reason or "",
            level_lufs=item.level_lufs,
            answered_at=item.at,
        )
    return found


def volume_wanted(outlet: Outlet) -> None:
    """A device that was away while its volume was changed is asked once more: volume is state."""
    reported = Health.objects.filter(outlet=outlet).values_list("volume_pct", flat=True).first()
    if reported is None or reported == outlet.volume_pct:
        return
    last = outlet.commands.filter(do="volume").order_by("-given_at", "-pk").first()
    if last is None or last.result or last.expires_at > clock.now():
        return
    command_give(actor=NODE, outlet=outlet, do="volume", volume_pct=outlet.volume_pct)


def heard_note(*, actor: Actor, command: Command, heard: bool) -> None:
    """A person's word whether they heard the test: grade D, a fact of the journal."""
    outlet = command.outlet
    ensure(actor, Action.OUTLET_COMMAND, outlet.station.place.path)
    with transaction.atomic():
        Command.objects.filter(pk=command.pk).update(
            heard=heard, heard_by=str(actor), heard_at=clock.now()
        )
        journal.record(
            actor=str(actor),
            kind=events.TEST_HEARD,
            place=outlet.station.place.path,
            subject=f"outlet:{outlet.pk}",
            payload={"command": str(command.pk), "heard": heard, "grade": "D"},
        )


def is_command_sound(sha256: str) -> bool:
    """Whether a command that the device may still be carrying out names this file: only then
    devices may fetch it. Most fetch it after they have said that they accepted the command."""
    rows = Command.objects.filter(speech_sha256=sha256, ready=True, expires_at__gt=clock.now())
    return rows.filter(result__in=("", "accepted")).exists()
