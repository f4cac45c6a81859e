"""Bulletins that are approved and have their sound, as the services make them."""

import hashlib
from typing import Any

from loa.media import services as media
from loa.newsroom import selectors, services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import Draft
from loa.schedule.handlers import slot_content
from tests.country import Commune

MS = 60_000


def give_sound(bulletin: Bulletin, *, ms: int = MS, sha256: str = "") -> str:
    """Finish the newest version's production as the worker would; returns the sound's SHA-256.

    The sound is a file by name only, unless `sha256` names one of the store.
    """
    production = selectors.newest_version(bulletin.pk).production
    assert production is not None
    if production.opus_id:  # the same words in the same voice are made once
        return str(production.opus_id)
    if not sha256:
        sha256 = hashlib.sha256(str(production.pk).encode()).hexdigest()
        media.file_note(sha256=sha256, mime="audio/ogg", size_bytes=20_000, ms=ms)
    media.production_finish(
        production.pk,
        opus_sha256=sha256,
        mp3_sha256=sha256,
        ms=ms,
        level_lufs=-16.0,
        peak_dbtp=-1.6,
    )
    return sha256


def approved(
    commune: Commune, title: str = "Tin", *, ms: int = MS, sha256: str = "", **draft: Any
) -> Bulletin:
    """Written by the commune's officer, given a sound, approved by its approver."""
    words = Draft(**({"title": title, "body": f"Nội dung của {title}."} | draft))
    bulletin = services.bulletin_write(
        actor=commune.actor("officer"),
        place_id=commune.place.pk,
        place_path=commune.place.path,
        draft=words,
    )
    services.bulletin_submit(actor=commune.actor("officer"), bulletin_id=bulletin.pk, edition=1)
    give_sound(bulletin, ms=ms, sha256=sha256)
    return services.bulletin_approve(
        actor=commune.actor("approver"), bulletin_id=bulletin.pk, edition=1
    )


def content_of(bulletin: Bulletin) -> dict[str, Any]:
    """The fields of a slot that plays the bulletin's approved version."""
    version = bulletin.approved_version
    assert version is not None
    return slot_content(version)


def airable_content(
    commune: Commune, title: str = "Tin", *, ms: int = MS, sha256: str = ""
) -> dict[str, Any]:
    """The slot content of a new approved bulletin of the commune."""
    return content_of(approved(commune, title, ms=ms, sha256=sha256))
