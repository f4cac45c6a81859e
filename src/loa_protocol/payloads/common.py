"""What all payloads share: field types, the issuer, the common fields."""

import re
import secrets
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from loa_protocol.clock import format_time, parse_time, wire_time
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.kinds import RULES, Kind, TargetType
from loa_protocol.paths import ADDRESS_PATTERN, ID_PATTERN, PATH_PATTERN

NONCE_BYTES = 16
TARGETS_MAX = 16

TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$"


def _time(value: object) -> datetime:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, datetime):
        return wire_time(value)
    raise ValueError("not a time")


def _canonical(length: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(b64decode(text)) != length:
            raise ValueError(f"not {length} bytes")
        return text

    return AfterValidator(check)


# Aware, UTC, cut to milliseconds.
Time = Annotated[
    datetime,
    BeforeValidator(_time),
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
Path = Annotated[str, StringConstraints(pattern=PATH_PATTERN)]
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Address = Annotated[str, StringConstraints(pattern=ADDRESS_PATTERN)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ItemId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32}|[0-9a-f]{64})$")]
Kid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$"), _canonical(16)]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$"), _canonical(NONCE_BYTES)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Url = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[!-~]{1,2000}$")]
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Version = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Percent = Annotated[int, Field(ge=0, le=100)]
Class = Annotated[int, Field(ge=1, le=5)]
AlgorithmName = Literal["ed25519", "p256"]

# JSON has lists where the models have tuples; only the container is read leniently.
type_is_list = Strict(False)


def new_nonce() -> str:
    """16 random bytes as the wire writes them."""
    return b64encode(secrets.token_bytes(NONCE_BYTES))


class Wire(BaseModel):
    """A value on the wire: immutable, strictly typed, unknown fields ignored.

    In code a field goes by its own name (`from_`, `class_`), on the wire by its wire name.
    """

    # Built at first use: a loudspeaker never sees half of the kinds, and its memory is small.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", populate_by_name=True, defer_build=True
    )


class Issuer(Wire):
    """Who speaks, and from which place: exactly one of person, node, outlet, root."""

    path: Path
    person: Id | None = None
    node: Id | None = None
    outlet: Id | None = None
    root: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.person, self.node, self.outlet, self.root].count(None) != 3:
            raise ValueError("exactly one of person, node, outlet, root")
        return self


class KeyText(Wire):
    """A public key as the wire writes it."""

    alg: AlgorithmName
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43,87}$")]


class Common(Wire):
    """The fields of every payload. A payload has a life: `issued` < `expires`."""

    KIND: ClassVar[Kind]

    kind: str
    issuer: Issuer
    target: Annotated[tuple[str, ...], type_is_list, Field(min_length=1, max_length=TARGETS_MAX)]
    issued: Time
    expires: Time
    nonce: Nonce
    crit: Annotated[tuple[str, ...], type_is_list] | None = None

    @model_validator(mode="after")
    def _common(self) -> Self:
        if self.issued >= self.expires:
            raise ValueError("expires is not after issued")
        check_target(RULES[Kind(self.kind)].target, self.target)
        return self

    def to_bytes(self) -> bytes:
        """The payload bytes: compact JSON, fields in the model's order, absent ones left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    @classmethod
    def wire_names(cls) -> frozenset[str]:
        """The field names that `crit` may name."""
        return frozenset(
            str(field.serialization_alias or name) for name, field in cls.model_fields.items()
        )


class State(Common):
    """A payload of which the newest version counts."""

    version: Version


_PATH = re.compile(PATH_PATTERN)
_ADDRESS = {
    kind: re.compile(rf"^{kind}:{ID_PATTERN[1:]}")
    for kind in (TargetType.OUTLET, TargetType.STATION, TargetType.NODE)
}


def check_target(kind: TargetType, target: tuple[str, ...]) -> None:
    """Raises ValueError unless every string is of the kind's form, and none stands twice."""
    form = _PATH if kind is TargetType.PLACES else _ADDRESS[kind]
    if len(set(target)) != len(target):
        raise ValueError("a target stands twice")
    if kind is not TargetType.PLACES and len(target) != 1:
        raise ValueError("exactly one target")
    for item in target:
        if form.fullmatch(item) is None:
            raise ValueError(f"target is not of the form {kind}")


def alias(name: str, **more: Any) -> Any:
    """A field whose wire name is a word that Python keeps for itself."""
    return Field(validation_alias=name, serialization_alias=name, **more)
