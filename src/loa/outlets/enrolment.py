"""Binding a device's own key to an outlet, and undoing it.

Either a technician at the pole binds a device that knocks (they compare the short form of its key),
or the device brings a claim code. A code is single-use and expires; five wrong codes from one
address lock that address for a quarter of an hour and raise an alarm (protocol.md 8). A new
device at an outlet replaces the former one; the outlet keeps its history.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.outlets import events, knocks, rules, selectors
from loa.outlets.models import Claim, ClaimFailure, Device, Health, Knock, Outlet, Trouble
from loa.people.authority import NodeIdentity, next_version, node_secret
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa_protocol.encoding import b64encode
from loa_protocol.envelope import Envelope
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.paths import outlet_address
from loa_protocol.payloads import Assignment, Urls, new_nonce, parse_payload

ASSIGNMENT_LIFE = timedelta(days=400)


class EnrolRefused(Refusal):
    """`code` is the device's answer, the sentence is for the log and the technician."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Enrolled:
    device: Device
    broker_password: str
    """Shown once, to the device; kept as a hash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A device that proved its key, and what it says of itself."""

    serial: str
    model: str
    key: PublicKey
    address: str
    area: str = ""


def enrol_waiting(*, caller: Caller) -> Enrolled | None:
    """The binding of a device that brings no code, once a technician has made it; until then None,
    and the device is kept among those that wait. A key that is bound but comes with another serial
    number is a clone: it gets nothing."""
    device = Device.objects.filter(kid=caller.key.kid).select_related(
        "outlet__station__place", "outlet__hamlet"
    )
    known = device.first()
    if known is None:
        knocks.knock_note(caller=caller, trouble="")
        return None
    if known.revoked_at is not None:
        knocks.knock_note(caller=caller, trouble=Trouble.REPLACED, outlet=known.outlet)
        return None
    if known.serial != caller.serial:
        knocks.knock_note(caller=caller, trouble=Trouble.CLONE, outlet=known.outlet)
        raise EnrolRefused("key_known", "khóa này đang thuộc về một thiết bị khác")
    return Enrolled(known, broker_password(caller.key.kid))


def device_bind(*, actor: Actor, outlet: Outlet, knock: Knock) -> Device:
    """Bind a device that knocks to the outlet; a former one there is replaced.

    Raises NotAllowed, EnrolRefused (`knock_gone`, `key_known`) with a sentence for the technician.
    """
    ensure(actor, Action.OUTLET_ENROL, outlet.station.place.path)
    key = PublicKey("ed25519" if knock.alg == "ed25519" else "p256", bytes(knock.key))
    with transaction.atomic():
        # Deleting claims it: of two technicians who tap at once, one binds.
        if not Knock.objects.filter(pk=knock.pk, trouble="").delete()[0]:
            raise EnrolRefused(
                "knock_gone", "Thiết bị này vừa được ghép nơi khác. Xem lại danh sách."
            )
        if Device.objects.filter(kid=key.kid).exists():
            raise EnrolRefused("key_known", "Khóa này đã thuộc về một thiết bị khác.")
        return _put(
            outlet, knock.serial, knock.model, key, clock.now(), str(actor), events.DEVICE_BOUND
        )


def enrol(*, code: str, serial: str, model: str, key: PublicKey, address: str) -> Enrolled:
    """Bind the device that made `key` to the outlet of the claim code.

    The same key asking again with the code it used gets its binding again (the answer was lost).
    Raises EnrolRefused with `claim_locked`, `claim_unknown`, `claim_used`, `claim_expired`,
    `key_known`.
    """
    now = clock.now()
    if _is_locked(address, now):
        raise EnrolRefused("claim_locked", "quá nhiều lần sai mã; chờ 15 phút rồi thử lại")
    claim = (
        Claim.objects.filter(code_hash=rules.claim_hash(code))
        .select_related("outlet__station__place")
        .first()
    )
    if claim is None:
        _note_failure(serial, address, now)
        raise EnrolRefused("claim_unknown", "mã nhận thiết bị không đúng")
    again = Device.objects.filter(kid=key.kid, revoked_at=None).first()
    if again is not None and again.outlet_id == claim.outlet_id and claim.used_at is not None:
        return Enrolled(again, broker_password(key.kid))
    if again is not None or Device.objects.filter(kid=key.kid).exists():
        raise EnrolRefused("key_known", "khóa này đã thuộc về một thiết bị khác")
    if claim.used_at is not None or claim.cancelled_at is not None:
        caller = Caller(serial=serial, model=model, key=key, address=address)
        knocks.knock_note(caller=caller, trouble=Trouble.CLAIM_USED, outlet=claim.outlet)
        raise EnrolRefused("claim_used", "mã này đã dùng rồi; xin mã mới")
    if claim.expires_at <= now:
        raise EnrolRefused("claim_expired", "mã này đã hết hạn; xin mã mới")
    return _bind(claim, serial, model, key, now)


def _bind(claim: Claim, serial: str, model: str, key: PublicKey, now: datetime) -> Enrolled:
    outlet = claim.outlet
    with transaction.atomic():
        won = Claim.objects.filter(pk=claim.pk, used_at=None, cancelled_at=None).update(used_at=now)
        if not won:
            raise EnrolRefused("claim_used", "mã này vừa được thiết bị khác dùng")
        Knock.objects.filter(pk=key.kid).delete()
        device = _put(
            outlet,
            *(serial, model, key, now),
            f"outlet:{outlet.wire_id}",
            events.DEVICE_ENROLLED,
        )
    return Enrolled(device, broker_password(key.kid))


def _put(
    outlet: Outlet, serial: str, model: str, key: PublicKey, now: datetime, actor: str, kind: str
) -> Device:
    """The device's row, the former one's end, and the fact, inside the caller's transaction."""
    replaced = Device.objects.filter(outlet=outlet, revoked_at=None)
    former = list(replaced.values_list("serial", flat=True))
    replaced.update(revoked_at=now, revoked_reason="thay thiết bị")
    device = Device.objects.create(
        outlet=outlet,
        serial=serial,
        model=model[:80],
        alg=key.alg,
        key=key.raw,
        kid=key.kid,
        broker_secret=secret_hash(broker_password(key.kid)),
        enrolled_at=now,
    )
    journal.record(
        actor=actor,
        kind=kind,
        place=outlet.station.place.path,
        subject=f"outlet:{outlet.pk}",
        payload={
            "device": str(device.pk),
            "kid": key.kid,
            "replaces": former,
            "outlet": outlet.wire_id,
        },
    )
    return device


def broker_password(kid: str) -> str:
    """The broker password of the device with this key: 256 bits, of the node's own secret.

    Derived, so that a broker that keeps its own list (Mosquitto) can be filled again at any time
    with no visit to a pole; the database holds only its hash.
    """
    digest = hmac.digest(node_secret("loa/broker"), kid.encode(), "sha256")
    return b64encode(digest)


def _is_locked(address: str, now: datetime) -> bool:
    """Whether too many wrong codes came from this address. A serial number locks nothing: whoever
    read it from a sticker could keep its device out from anywhere."""
    recent = ClaimFailure.objects.filter(at__gt=now - rules.LOCK_FOR, address=address)
    return rules.is_locked(recent.count())


def _note_failure(serial: str, address: str, now: datetime) -> None:
    ClaimFailure.objects.filter(at__lte=now - timedelta(days=1)).delete()
    with transaction.atomic():
        ClaimFailure.objects.create(at=now, serial=serial, address=address)
        if _is_locked(address, now):
            journal.record(
                actor="node",
                kind=events.CLAIM_LOCKED,
                place="vn",
                payload={"serial": serial},
            )


def secret_hash(password: str) -> str:
    """What is kept of a broker password. It is 256 random bits: no slow hash is needed, and a
    whole province reconnecting after a power cut must not wait for one."""
    given = password.encode("utf-8", "surrogatepass")  # a client may send anything
    return hashlib.sha256(b"loa/broker\x00" + given).hexdigest()


def password_fits(device: Device, password: str) -> bool:
    """Whether this is the device's broker password."""
    return hmac.compare_digest(secret_hash(password), device.broker_secret)


def device_revoke(*, actor: Actor, outlet_id: UUID, reason: str) -> None:
    """The device at the outlet counts no more, from now on: no request, no broker, no orders."""
    outlet = Outlet.objects.select_related("station__place").get(pk=outlet_id)
    ensure(actor, Action.OUTLET_ENROL, outlet.station.place.path)
    with transaction.atomic():
        gone = Device.objects.filter(outlet=outlet, revoked_at=None).update(
            revoked_at=clock.now(), revoked_reason=reason[:200]
        )
        if not gone:
            return
        Health.objects.filter(outlet=outlet).update(online=False)
        journal.record(
            actor=str(actor),
            kind=events.DEVICE_REVOKED,
            place=outlet.station.place.path,
            subject=f"outlet:{outlet.pk}",
            payload={"outlet": outlet.wire_id},
        )


def assignment(
    *, device: Device, node: NodeIdentity, urls: tuple[str, ...], parents: tuple[str, ...] = ()
) -> Envelope:
    """The signed assignment of the device as things stand.

    The one issued before is given again while it still says the truth and lives long enough;
    else a new one under a greater version.
    """
    outlet, now = device.outlet, clock.now()
    last = _last_assignment(device)
    payload = Assignment(
        issuer=node.issuer,
        target=(outlet_address(outlet.wire_id),),
        issued=now,
        expires=now + ASSIGNMENT_LIFE,
        nonce=new_nonce(),
        version=next_version(last[1].version if last else 0, now),
        outlet=outlet.wire_id,
        station=outlet.station.wire_id,
        paths=selectors.paths_of(outlet),
        area=outlet.station.place.path,
        node=node.id,
        parent=node.parent,
        urls=Urls(node=urls, parent=parents),
    )
    if last and last[1].expires - now > ASSIGNMENT_LIFE / 2 and _says_same(last[1], payload):
        return last[0]
    envelope = node.sign(Kind.ASSIGNMENT, payload)
    Device.objects.filter(pk=device.pk).update(assignment=envelope.to_bytes())
    return envelope


def assignment_again(*, device: Device, node: NodeIdentity) -> Envelope | None:
    """The assignment of a device that already had one, as things stand now, with the addresses it
    knows; None for a device that never asked for any."""
    last = _last_assignment(device)
    if last is None:
        return None
    known = last[1].urls
    return assignment(device=device, node=node, urls=known.node, parents=known.parent)


def area_note(*, device: Device, path: str) -> None:
    """The device spoke, signed, from `path`: where that is its present commune, it has taken its
    new assignment and is addressed by it alone from here on."""
    if not device.former_area or path != device.outlet.station.place.path:
        return
    with transaction.atomic():
        if not Device.objects.filter(pk=device.pk).exclude(former_area="").update(former_area=""):
            return
        journal.record(
            actor=f"outlet:{device.outlet.wire_id}",
            kind=events.AREA_TAKEN,
            place=path,
            subject=f"outlet:{device.outlet.pk}",
            payload={"former": device.former_area},
        )
    device.former_area = ""


def _last_assignment(device: Device) -> tuple[Envelope, Assignment] | None:
    if device.assignment is None:
        return None
    envelope = Envelope.parse(bytes(device.assignment))
    payload = parse_payload(Kind.ASSIGNMENT, envelope.payload)
    return (envelope, payload) if isinstance(payload, Assignment) else None


def _says_same(one: Assignment, other: Assignment) -> bool:
    varying = {"issued", "expires", "nonce", "version"}
    return one.model_dump(exclude=varying) == other.model_dump(exclude=varying)
