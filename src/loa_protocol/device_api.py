"""The devices' HTTPS side: addresses, bodies, and the signed request (protocol page, section 8)."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import Field, ValidationError

from .encoding import b64decode, b64encode, dump_object, parse_object
from .envelope import Envelope, sign
from .keys import PublicKey, SigningKey
from .kinds import Kind
from .ladder import verify_signed_by
from .paths import node_address
from .payloads import Issuer, Request, Wire, new_nonce
from .payloads.common import AlgorithmName, Id, Natural, Positive, Sha256, Url, type_is_list
from .refusals import Reason, Refused

ENROL = "/device/v1/enrol"
TIME = "/device/v1/time"
ORDERS = "/device/v1/orders"
TRUST = "/device/v1/trust"
POLICY = "/device/v1/policy"
PLAN = "/device/v1/plan"
COMMANDS = "/device/v1/commands"
RECEIPTS = "/device/v1/receipts"
MEDIA = "/media/"
OPEN = "/open/1/"

REQUEST_HEADER = "Loa-Request"
REQUEST_WINDOW = timedelta(minutes=5)
REQUEST_HEADER_MAX = 8192
BODY_MAX_BYTES = 1024 * 1024
# These two are asked before a device can know the time, or has an identity.
WITHOUT_WINDOW = frozenset({TIME, ENROL})

UNKNOWN_NODE = "unknown"

Serial = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
# An envelope inside a message, as its JSON value; Envelope.from_value reads it.
EnvelopeValue = dict[str, Any]
Envelopes = Annotated[tuple[EnvelopeValue, ...], type_is_list]


class Enrol(Wire):
    """POST /device/v1/enrol: a device asks to become an outlet."""

    serial: Serial
    model: Annotated[str, Field(min_length=1, max_length=100)]
    alg: AlgorithmName
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43,87}$")]
    claim: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    # The commune whose technicians set the device up, from its claim file: it shows them the device
    # among those that wait, and gives no right.
    area: Annotated[str, Field(pattern=r"^vn/[0-9]{2}/[0-9]{5}$")] | None = None


class EnrolWait(Wire):
    """202: nobody has bound the device yet."""

    retry_s: Positive


class Mqtt(Wire):
    """The doorbell: brokers in order of preference; the user is the outlet's id."""

    urls: Annotated[tuple[Url, ...], type_is_list]
    password: Annotated[str, Field(min_length=16, max_length=200)]


class Enrolled(Wire):
    """200: who the device is now, and all it needs to check what it is told."""

    outlet: Id
    root: EnvelopeValue
    chain: Envelopes
    assignment: EnvelopeValue
    policy: Envelopes
    trust: Envelopes
    mqtt: Mqtt | None = None


class Orders(Wire):
    """GET /device/v1/orders: all that is open, whether or not the device has it already."""

    orders: Envelopes
    open: EnvelopeValue


class Commands(Wire):
    """GET /device/v1/commands: the node's commands to this device that are open and unanswered.

    The same envelopes as on `outlet/<id>/do`: one that came both ways is obeyed once.
    """

    commands: Envelopes


class TrustDocuments(Wire):
    """GET /device/v1/trust: roots by version, delegations, trust documents, the assignment."""

    root: Envelopes
    chain: Envelopes
    trust: Envelopes
    assignment: EnvelopeValue


class TrustLists(Wire):
    """GET /open/1/<commune>/trust: the newest lists of revoked keys from the nation down."""

    trust: Envelopes


class Policies(Wire):
    """GET /device/v1/policy: one policy per place from the nation down, where there is one; then
    the templates over the device's place."""

    policy: Envelopes


class Receipts(Wire):
    """POST /device/v1/receipts."""

    receipts: Annotated[tuple[EnvelopeValue, ...], type_is_list, Field(min_length=1, max_length=50)]


class ReceiptsStored(Wire):
    """200: what the device may forget, and what it must not send again (with the reason)."""

    stored: Annotated[tuple[Sha256, ...], type_is_list]
    refused: dict[Sha256, str] = Field(default_factory=dict)


class PlanHint(Wire):
    """The retained, unsigned hint on the station's topic."""

    version: Positive
    sha256: Sha256
    bytes: Positive


class Presence(Wire):
    """The retained hint that an outlet is there; its will says it is not."""

    online: bool


# A short printable word: what a stranger sends is bounded before it is kept.
Word = Annotated[str, Field(pattern=r"^[ -~]{1,64}$")]
RefusalName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class Health(Wire):
    """What a device says about itself, on change and every 5 minutes."""

    at: Word
    state: Literal["idle", "playing", "alert", "muted", "fault"]
    item: Word | None = None
    level_lufs: Annotated[int, Field(ge=-120, le=20)] | None = None
    volume_pct: Annotated[int, Field(ge=0, le=100)] | None = None
    power: Literal["mains", "battery", "unknown"] = "unknown"
    network: Word | None = None
    storage_free_bytes: Natural | None = None
    temperature_c: Annotated[int, Field(ge=-100, le=200)] | None = None
    software: Word | None = None
    clock_error_ms: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    plan_version: Natural | None = None
    # A switch at the device keeps its horn silent: whoever stands there, nobody far away.
    horn_off: bool | None = None
    refusals: Annotated[dict[RefusalName, Natural], Field(max_length=100)] = Field(
        default_factory=dict
    )


class ErrorAnswer(Wire):
    """Every error: `{"error": name}`."""

    error: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


M = TypeVar("M", bound=Wire)


def parse_body(model: type[M], body: bytes) -> M:
    """A message's body, read as strictly as everything else.

    Raises Refused: too_large, bad_json, bad_field.
    """
    if len(body) > BODY_MAX_BYTES:
        raise Refused(Reason.TOO_LARGE, f"body of {len(body)} bytes")
    try:
        value = parse_object(body)
    except ValueError as error:
        raise Refused(Reason.BAD_JSON, str(error)) from error
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(Reason.BAD_FIELD, f"{place}: {first['msg']}") from error


def dump_body(message: Wire) -> bytes:
    """A message's body."""
    return dump_object(message.model_dump(mode="json", by_alias=True, exclude_none=True))


def new_device_id(key: PublicKey) -> str:
    """What a device calls itself in its requests until it has an outlet's id."""
    return "new-" + hashlib.sha256(key.alg.encode() + b"\x00" + key.raw).hexdigest()[:20]


_SHORT_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def short_key(key: PublicKey) -> str:
    """The key's short form for two people to compare: `7k2m-9qp3-xaab`.

    Twelve letters of an alphabet of 31 without i, l, o, 0 and 1 (59 bits), from the SHA-256 of
    `alg + "\\x00" + key`: its first 16 bytes as a number, least digit first.
    """
    digest = hashlib.sha256(key.alg.encode() + b"\x00" + key.raw).digest()
    number = int.from_bytes(digest[:16])
    letters = []
    for _ in range(12):
        number, place = divmod(number, len(_SHORT_ALPHABET))
        letters.append(_SHORT_ALPHABET[place])
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def build_request(
    signer: SigningKey,
    *,
    issuer: Issuer,
    node: str,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    body: bytes,
    now: datetime,
) -> str:
    """The value of the `Loa-Request` header. `path` includes the query as it is sent."""
    request = Request(
        issuer=issuer,
        target=(node_address(node),),
        issued=now,
        expires=now + REQUEST_WINDOW,
        nonce=new_nonce(),
        method=method,
        path=path,
        body=hashlib.sha256(body).hexdigest(),
    )
    return b64encode(sign(Kind.REQUEST, request, [signer]).to_bytes())


def read_request(header: str) -> Envelope:
    """The envelope in a `Loa-Request` header; nothing of it is proved.

    Raises Refused as `Envelope.parse`.
    """
    if len(header) > REQUEST_HEADER_MAX:
        raise Refused(Reason.TOO_LARGE, "Loa-Request")
    try:
        return Envelope.parse(b64decode(header))
    except ValueError as error:
        raise Refused(Reason.BAD_ENVELOPE, str(error)) from error


def check_request(
    envelope: Envelope,
    key: PublicKey,
    *,
    node: str,
    method: str,
    path: str,
    body: bytes,
    now: datetime,
) -> Request:
    """The request, if `key` signed it for this node, method, path with query, body and time.

    The caller compares `issuer` with the key's owner, and may remember `nonce` for twice the
    window to refuse a second use (all devices' requests are idempotent).
    Raises Refused: as `verify_signed_by`, bad_field, wrong_node, not_yet, expired.
    """
    request = cast(Request, verify_signed_by(envelope, key, Kind.REQUEST))
    bare_path = path.partition("?")[0]
    enrolling = bare_path == ENROL
    if request.target != (node_address(node),) and not enrolling:
        raise Refused(Reason.WRONG_NODE, request.target[0])
    digest = hashlib.sha256(body).hexdigest()
    if (request.method, request.path, request.body) != (method, path, digest):
        raise Refused(Reason.BAD_FIELD, "another method, path or body was signed")
    if bare_path not in WITHOUT_WINDOW:
        if request.issued > now + REQUEST_WINDOW:
            raise Refused(Reason.NOT_YET, "the device's clock is ahead")
        if request.issued < now - REQUEST_WINDOW:
            raise Refused(Reason.EXPIRED, "the request is older than 5 minutes")
        if request.expires <= now:
            raise Refused(Reason.EXPIRED, f"at {request.expires}")
    return request


def orders_url(after: str | None = None, wait_s: int = 0) -> str:
    """The address of a poll for orders: `after` is the hash of the `open` known already."""
    query = f"?wait={wait_s}" + (f"&after={after}" if after else "")
    return ORDERS + query


def open_path(area: str) -> str:
    """The public address of a commune's `open`. `area` is a commune's path."""
    return OPEN + area.rpartition("/")[2]


def open_orders_path(area: str) -> str:
    """The public address of the orders that a commune's `open` lists: what a device asks its
    parent, which does not know it."""
    return open_path(area) + "/orders"


def open_trust_path(area: str) -> str:
    """The public address of the lists of revoked keys over a commune: a device asks its parent for
    them, whatever its own node says."""
    return open_path(area) + "/trust"


def media_path(sha256: str) -> str:
    """The address of a file by its content."""
    return MEDIA + sha256
