"""One model per kind, and the strict way from bytes to a model."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from loa_protocol.encoding import parse_object
from loa_protocol.kinds import Kind
from loa_protocol.refusals import Reason, Refused

from .common import Common, Issuer, KeyText, State, Wire, new_nonce
from .orders import (
    PAUSE_MIN_S,
    Alert,
    Blank,
    Cancel,
    CapRule,
    Command,
    CommandArgs,
    Drill,
    DrillCancel,
    DrillMute,
    Fill,
    Mute,
    Resume,
    Sounding,
    Speech,
    Template,
    Update,
)
from .plan import JournalHead, Media, Plan, PlanItem, Relay, Span, item_id
from .reports import Head, Page, Receipt, ReceiptItem, Request
from .trust import (
    Assignment,
    ClockReset,
    Delegation,
    Hours,
    Open,
    Policy,
    Revoked,
    Root,
    RootHolder,
    Subject,
    TimeAnswer,
    Trust,
    Urls,
)

MODELS: dict[Kind, type[Common]] = {
    model.KIND: model
    for model in (
        Root,
        Delegation,
        Trust,
        Policy,
        ClockReset,
        Assignment,
        Plan,
        Open,
        TimeAnswer,
        Command,
        Alert,
        Drill,
        Update,
        Cancel,
        DrillCancel,
        Mute,
        DrillMute,
        Resume,
        Template,
        Fill,
        Receipt,
        Request,
        Page,
        Head,
    )
}
_WIRE_NAMES = {kind: model.wire_names() for kind, model in MODELS.items()}


def parse_payload(kind: Kind, payload: bytes) -> Common:
    """The model of a payload whose signatures have been checked.

    Raises Refused: bad_json, kind_mismatch, unknown_critical, bad_field.
    """
    try:
        value = parse_object(payload)
    except ValueError as error:
        raise Refused(Reason.BAD_JSON, str(error)) from error
    if value.get("kind") != kind:
        raise Refused(Reason.KIND_MISMATCH, f"envelope says {kind}")
    _check_critical(kind, value)
    if b"null" in payload and kind is not Kind.PAGE:
        _check_no_null(value)
    try:
        return MODELS[kind].model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(Reason.BAD_FIELD, f"{place}: {first['msg']}") from error


def prepare(kinds: Iterable[Kind]) -> None:
    """Make ready for payloads of `kinds`, which the first of each would otherwise wait for."""
    for kind in kinds:
        MODELS[kind].model_rebuild()


def _check_no_null(value: object) -> None:
    """What is absent is left out: `null` could be read as absent, or as something."""
    if value is None:
        raise Refused(Reason.BAD_FIELD, "null")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_no_null(item)


def _check_critical(kind: Kind, value: dict[str, Any]) -> None:
    names = value.get("crit", [])
    if not isinstance(names, list):
        raise Refused(Reason.BAD_FIELD, "crit is not a list")
    for name in names:
        if not isinstance(name, str):
            raise Refused(Reason.BAD_FIELD, "crit: not a string")
        if name not in _WIRE_NAMES[kind]:
            raise Refused(Reason.UNKNOWN_CRITICAL, name[:80])


__all__ = [
    "MODELS",
    "PAUSE_MIN_S",
    "Alert",
    "Assignment",
    "Blank",
    "Cancel",
    "CapRule",
    "ClockReset",
    "Command",
    "CommandArgs",
    "Common",
    "Delegation",
    "Drill",
    "DrillCancel",
    "DrillMute",
    "Fill",
    "Head",
    "Hours",
    "Issuer",
    "JournalHead",
    "KeyText",
    "Media",
    "Mute",
    "Open",
    "Page",
    "Plan",
    "PlanItem",
    "Policy",
    "Receipt",
    "ReceiptItem",
    "Relay",
    "Request",
    "Resume",
    "Revoked",
    "Root",
    "RootHolder",
    "Sounding",
    "Span",
    "Speech",
    "State",
    "Subject",
    "Template",
    "TimeAnswer",
    "Trust",
    "Update",
    "Urls",
    "Wire",
    "item_id",
    "new_nonce",
    "parse_payload",
    "prepare",
]
