"""The forms in which one bulletin version is said, each with a hash that its approval names.

A rendition is derived from a version by rule. The bytes that are hashed are canonical JSON, so
that the same version always has the same renditions. What is sent is the stored content whose
hash stands in the approval, and nothing else.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from pydantic import BaseModel, ConfigDict

from loa.newsroom.models import Decision, Rendition, State, Version


class Form(StrEnum):
    """`article`: the whole text. `message`: title and text without pictures. `speech`: sound."""

    ARTICLE = "article"
    MESSAGE = "message"
    SPEECH = "speech"


class ApprovalVoid(Exception):
    """What would be sent is not what was approved, or was never approved."""


class NotApproved(ApprovalVoid):
    """The bulletin was never approved, or was withdrawn since."""


class PictureContent(BaseModel):
    """A picture of an article: its file and the words for who cannot see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    alt: str


class RenditionContent(BaseModel):
    """What one form says. Fields that a form does not use keep their default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    text: str = ""
    issuer: str = ""
    language: str = "vi"
    correction: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    pictures: tuple[PictureContent, ...] = ()
    audio_sha256: str = ""
    audio_ms: int = 0


def content_hash(form: Form, content: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the form and its canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{form}\n{text}".encode()).hexdigest()


def derive(version: Version) -> dict[Form, RenditionContent]:
    """The forms that a version has. One without a written text has no article and no message; one
    whose sound is not made has no speech."""
    made: dict[Form, RenditionContent] = {}
    plain = RenditionContent(
        title=version.title,
        issuer=version.issuer,
        language=version.language,
        correction=version.bulletin.corrects_id is not None,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
    )
    text = version.body.strip()
    if text:
        pictures = tuple(
            PictureContent(sha256=one.file_id, alt=one.alt)
            for one in version.pictures.order_by("position")
        )
        made[Form.ARTICLE] = plain.model_copy(update={"text": text, "pictures": pictures})
        made[Form.MESSAGE] = plain.model_copy(update={"text": text})
    production = version.production
    if production is not None and production.opus_id:
        sound = {"audio_sha256": production.opus_id, "audio_ms": production.ms or 0}
        made[Form.SPEECH] = plain.model_copy(update=sound)
    return made


def renditions_make(version: Version) -> dict[str, str]:
    """Store the renditions of a version that is being approved; their hashes by form. Called in
    the transaction of the approval. Repeatable: stored content stays as it is."""
    hashes: dict[str, str] = {}
    with transaction.atomic():
        for form, content in derive(version).items():
            plain = content.model_dump(mode="json")
            row, _made = Rendition.objects.get_or_create(
                version=version,
                form=form.value,
                defaults={"content": plain, "sha256": content_hash(form, plain)},
            )
            hashes[form.value] = row.sha256
    return hashes


def approved(bulletin_id: UUID, form: Form) -> tuple[Rendition, RenditionContent] | None:
    """The stored rendition of an approved bulletin; None where the version has no such form.

    Raises NotApproved where the bulletin is not approved now, ApprovalVoid where the stored content
    is not what its approval names.
    """
    decision = (
        Decision.objects.filter(
            bulletin_id=bulletin_id,
            bulletin__state=State.APPROVED,
            made=State.APPROVED,
            version=F("bulletin__approved_version"),
        )
        .order_by("at", "pk")
        .last()
    )
    if decision is None:
        raise NotApproved
    named = decision.renditions.get(form.value)
    if named is None:
        return None
    row = Rendition.objects.filter(version_id=decision.version_id, form=form.value).first()
    if row is None or row.sha256 != named or content_hash(form, row.content) != named:
        raise ApprovalVoid(f"{form} is not what was approved")
    return row, RenditionContent.model_validate(row.content)
