"""Bytes to a CAP message that is understood, or the reason why not."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from lxml import etree
from pydantic import ValidationError
from pydantic_xml import ParsingError

from loa.alerts.cap import parsing, signing
from loa.alerts.cap.model import Alert, Info
from loa.alerts.cap.refusals import CapRefused, Reason
from loa.alerts.cap.signing import Signer

AHEAD = timedelta(minutes=5)
"""How far another's clock may be ahead of ours."""

MAX_SHAPES = 500
MAX_POINTS = 5_000
"""Of a whole message: each is laid over 3,321 communes."""

_SPEAKING = frozenset({"Alert", "Update"})
_ABOUT = frozenset({"Update", "Cancel", "Ack", "Error"})


@dataclass(frozen=True, slots=True)
class Message:
    """What was understood, and who signed it (None: nobody)."""

    alert: Alert
    signer: Signer | None


def read(
    data: bytes,
    now: datetime,
    *,
    trusted: Sequence[x509.Certificate] = (),
    require_signature: bool = False,
) -> Message:
    """The message. Raises CapRefused with the first reason found, from the outside in.

    A signature that is there is verified always. With `trusted`, only those may have signed.
    """
    root = parsing.parse(data)
    signed, signer = signing.verify(root, trusted, now)
    if signer is None and require_signature:
        raise CapRefused(Reason.UNSIGNED)
    alert = _model(signed)
    _check(alert, now)
    return Message(alert, signer)


def reread(data: bytes) -> Alert:
    """A message that was taken before, as it says it now; its signature and its times are not
    judged again. Raises CapRefused."""
    root = parsing.parse(data)
    for signature in root.findall(signing.SIGNATURE):
        root.remove(signature)
    return _model(root)


def _model(root: Any) -> Alert:
    try:
        return Alert.from_xml_tree(_tidied(root))
    except (etree.LxmlError, ParsingError) as error:
        raise CapRefused(Reason.MALFORMED) from error
    except ValidationError as error:
        raise _refusal(error) from error


_MAY_LACK = frozenset(
    {
        *("source", "restriction", "addresses", "code", "note", "references", "incidents"),
        *("language", "responseType", "audience", "effective", "onset", "expires", "senderName"),
        *("headline", "description", "instruction", "web", "contact", "size", "uri", "derefUri"),
        *("digest", "polygon", "circle", "altitude", "ceiling"),
    }
)
_PAIRS = frozenset({"parameter", "eventCode", "geocode"})


def _tidied(root: Any) -> Any:
    """A copy that says the same: without comments, which would part a text in two, and without
    optional elements that are empty."""
    copy = deepcopy(root)
    etree.strip_tags(copy, etree.Comment)
    for one in list(copy.iter(f"{{{parsing.NAMESPACE}}}*")):
        name = etree.QName(one).localname
        lacking = name in _MAY_LACK and not len(one) and not (one.text or "").strip()
        nameless = name in _PAIRS and not (one.findtext(f"{{{parsing.NAMESPACE}}}valueName") or "")
        if lacking or (nameless and all(not (part.text or "").strip() for part in one)):
            one.getparent().remove(one)
    return copy


_OF_TYPE = {
    "missing": Reason.MISSING,
    "extra_forbidden": Reason.UNEXPECTED,
    "literal_error": Reason.BAD_CODE,
    **{str(reason): reason for reason in (Reason.BAD_TIME, Reason.BAD_AREA, Reason.BAD_REFERENCE)},
}


def _refusal(error: ValidationError) -> CapRefused:
    """The first fault. An element in the wrong place is both lacking and too many: the latter
    says more."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = ".".join(
        f"[{part}]" if isinstance(part, int) else _tag_of(part) for part in fault["loc"]
    ).replace(".[", "[")
    return CapRefused(_OF_TYPE.get(fault["type"], Reason.BAD_VALUE), where)


_TAGS = {
    "infos": "info",
    "areas": "area",
    "polygons": "polygon",
    "circles": "circle",
    "geocodes": "geocode",
    "categories": "category",
    "references_text": "references",
    "msg_type": "msgType",
    "description": "description",
}


def _tag_of(field: str) -> str:
    return _TAGS.get(field, field.rpartition("}")[2])


def _check(alert: Alert, now: datetime) -> None:
    """Loa's profile of CAP: a message that speaks has an end, a place and a bounded life."""
    _check_shapes(alert)
    if alert.sent > now + AHEAD:
        raise CapRefused(Reason.IN_FUTURE, alert.sent.isoformat())
    if alert.scope == "Restricted" and not alert.restriction:
        raise CapRefused(Reason.MISSING, "restriction")
    if alert.scope == "Private" and not alert.addresses:
        raise CapRefused(Reason.MISSING, "addresses")
    if alert.msg_type in _ABOUT and not alert.references:
        raise CapRefused(Reason.MISSING_REFERENCES)
    if alert.msg_type not in _SPEAKING:
        return
    if not alert.infos:
        raise CapRefused(Reason.MISSING_INFO)
    ends = [_check_info(alert, info, f"info[{n}]") for n, info in enumerate(alert.infos)]
    if max(ends) <= now:
        raise CapRefused(Reason.EXPIRED, max(ends).isoformat())


def _check_shapes(alert: Alert) -> None:
    areas = [area for info in alert.infos for area in info.areas]
    shapes = sum(1 + len(a.polygons) + len(a.circles) + len(a.geocodes) for a in areas)
    points = sum(len(ring.split()) for area in areas for ring in area.polygons)
    if shapes > MAX_SHAPES or points > MAX_POINTS:
        raise CapRefused(Reason.TOO_MANY_SHAPES)


def _check_info(alert: Alert, info: Info, where: str) -> datetime:
    if info.expires is None:
        raise CapRefused(Reason.MISSING_EXPIRES, where)
    if not info.areas:
        raise CapRefused(Reason.MISSING_AREA, where)
    # `effective` and `onset` may lie before `sent`: an earthquake has happened, a flood is told
    # again. `onset` may lie after `expires`: a watch is renewed before what it expects.
    if max(alert.sent, info.effective or alert.sent) >= info.expires:
        raise CapRefused(Reason.TIME_ORDER, where)
    return info.expires
