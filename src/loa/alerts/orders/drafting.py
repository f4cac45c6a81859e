"""From what an officer wishes to the exact bytes that two persons sign."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from pydantic import ValidationError

from loa.alerts import rules
from loa.alerts.rules import Known, OrderRefused
from loa.lib import clock
from loa.lib.text import nfc
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import RULES, Kind
from loa_protocol.payloads import (
    Alert,
    Blank,
    Cancel,
    CapRule,
    Common,
    Drill,
    DrillCancel,
    DrillMute,
    Issuer,
    KeyText,
    Mute,
    Resume,
    Speech,
    Template,
    Update,
    new_nonce,
)
from loa_protocol.trust import version_for


@dataclass(frozen=True, slots=True)
class Wish:
    """What the author filled in. `hours` of validity; `plays` 0 is again and again until then, and
    `every_s` how often it is read once more after its `plays`."""

    targets: tuple[str, ...]
    hazard: str
    title: str
    text: str
    level: int
    hours: float | None
    plays: int = 0
    every_s: int | None = None
    gap_s: int = 20
    drill: bool = False
    languages: tuple[str, ...] = ("vi",)
    speech: Speech | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Bytes ready to be signed, and what they are called."""

    kind: Kind
    payload: bytes

    @property
    def id(self) -> str:
        """Hex SHA-256 of the payload: what both persons see the beginning of."""
        return hashlib.sha256(self.payload).hexdigest()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, from which place of theirs."""

    person: str
    path: str


def sounding_draft(
    wish: Wish, speaker: Speaker, now: datetime, *, update_of: Known | None = None
) -> Draft:
    """An alert, a drill, or the next revision of an alert. Raises OrderRefused."""
    if update_of is not None:
        rules.check_stands(update_of, now)
    kind = Kind.UPDATE if update_of else Kind.DRILL if wish.drill else Kind.ALERT
    title, text = " ".join(nfc(wish.title).split()), nfc(wish.text).strip()
    rules.check_text(title, text)
    expires = None if wish.hours is None else now + timedelta(hours=wish.hours)
    if update_of is not None:
        expires = update_of.until
    rules.check_dates(kind, now, expires, now)
    fields: dict[str, Any] = {
        **_common(speaker, wish.targets, now, expires or now),
        "class": wish.level,
        "hazard": wish.hazard,
        "title": title,
        "text": text,
        "languages": wish.languages,
        "speech": wish.speech,
        "siren": None if wish.drill else wish.hazard,
        "speak_at": now + rules.SPEAK_AFTER,
        "plays": wish.plays,
        "every_s": wish.every_s if wish.plays and not wish.drill else None,
        "gap_s": wish.gap_s,
        "map_date": clock.local(now).date().isoformat(),
    }
    if update_of is not None:
        fields |= {"alert": update_of.id, "revision": update_of.revision + 1}
    return _draft(kind, fields)


def cancel_draft(known: Known, speaker: Speaker, reason: str, now: datetime) -> Draft:
    """The end of an alert or drill, for exactly its places. It outlives what it ends."""
    rules.check_stands(known, now, cancel=True)
    kind = Kind.DRILL_CANCEL if known.drill else Kind.CANCEL
    said = " ".join(nfc(reason).split()) or gettext("Hủy lệnh")
    expires = max(known.expires, now + timedelta(hours=1)) + timedelta(minutes=1)
    return _draft(kind, _common(speaker, known.targets, now, expires) | _about(known, said))


def mute_draft(known: Known, speaker: Speaker, now: datetime, seconds: int = rules.MUTE_S) -> Draft:
    """Silence by one person, at once."""
    rules.check_stands(known, now)
    kind = Kind.DRILL_MUTE if known.drill else Kind.MUTE
    expires = min(known.expires, now + timedelta(seconds=RULES[Kind.MUTE].max_life_s or 3600))
    fields = _common(speaker, known.targets, now, expires)
    return _draft(kind, fields | {"orders": (known.id,), "seconds": seconds})


def resume_draft(known: Known, speaker: Speaker, now: datetime) -> Draft:
    """The end of a silence."""
    rules.check_stands(known, now)
    expires = min(known.expires, now + timedelta(hours=1))
    return _draft(
        Kind.RESUME, _common(speaker, known.targets, now, expires) | {"orders": (known.id,)}
    )


@dataclass(frozen=True, slots=True)
class TemplateWish:
    """What a province decides in advance. `cap` None: the feed is somebody else's machine."""

    targets: tuple[str, ...]
    hazard: str
    title: str
    text: str
    level: int
    blanks: dict[str, Blank]
    feed: PublicKey
    cancel_s: int = 60
    max_per_day: int = 2
    days: int = 90
    cap: CapRule | None = None
    name: str = ""


def template_draft(wish: TemplateWish, speaker: Speaker, now: datetime) -> Draft:
    """A wording to be signed in advance; with `name` a newer version of that one."""
    return _draft(
        Kind.TEMPLATE,
        {
            **_common(speaker, wish.targets, now, now + timedelta(days=wish.days)),
            "version": version_for(now),
            "id": wish.name or f"mau-{secrets.token_hex(5)}",
            "feed": KeyText(alg=wish.feed.alg, key=wish.feed.text),
            "class": wish.level,
            "hazard": wish.hazard,
            "title": " ".join(nfc(wish.title).split()),
            "text": nfc(wish.text).strip(),
            "blanks": wish.blanks,
            "cap": wish.cap,
            "cancel_s": wish.cancel_s,
            "max_per_day": wish.max_per_day,
        },
    )


_MODELS: dict[Kind, type[Common]] = {
    Kind.ALERT: Alert,
    Kind.DRILL: Drill,
    Kind.UPDATE: Update,
    Kind.CANCEL: Cancel,
    Kind.DRILL_CANCEL: DrillCancel,
    Kind.MUTE: Mute,
    Kind.DRILL_MUTE: DrillMute,
    Kind.RESUME: Resume,
    Kind.TEMPLATE: Template,
}


def _common(
    speaker: Speaker, targets: Sequence[str], now: datetime, expires: datetime
) -> dict[str, Any]:
    return {
        "issuer": Issuer(path=speaker.path, person=speaker.person),
        "target": tuple(targets),
        "issued": now,
        "expires": expires,
        "nonce": new_nonce(),
    }


def _about(known: Known, reason: str) -> dict[str, Any]:
    return {"alert": known.id, "reason": reason[:300]}


def _draft(kind: Kind, fields: dict[str, Any]) -> Draft:
    try:
        doc = _MODELS[kind].model_validate({"kind": str(kind), **fields})
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise OrderRefused(
            "bad_field", gettext("Mục “%(field)s” chưa đúng. Sửa rồi thử lại.") % {"field": place}
        ) from error
    payload = doc.to_bytes()
    if len(payload) > RULES[kind].max_bytes:
        raise OrderRefused("text_too_long", gettext("Lệnh quá dài. Rút ngắn lời loan báo."))
    return Draft(kind, payload)
