"""Files that arrive by hash: asked for once, resumed where they stopped, checked before use."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from loa.federation.contract import File
from loa.federation.models import Fetch, Link
from loa.federation.refusals import LinkRefused
from loa.lib import clock
from loa.media.selectors import file_get
from loa.media.services import file_note
from loa.media.store import MediaStore
from loa_protocol.refusals import Reason

log = structlog.get_logger()

FILE_MAX_BYTES = 512 << 20

Pieces = Callable[[Fetch, int], Iterator[bytes]]
"""The bytes of a file from an offset on, as the line brings them."""


def ask(link_id: UUID, files: Iterable[File]) -> int:
    """Note what of `files` is not here; returns how many are missing."""
    missing = 0
    for file in files:
        if file_get(file.sha256) is not None:
            continue
        missing += 1
        Fetch.objects.get_or_create(
            sha256=file.sha256,
            defaults={
                "link_id": link_id,
                "bytes": file.bytes,
                "mime": file.mime,
                "ms": file.ms,
                "asked_at": clock.now(),
            },
        )
    return missing


def wanted(link: Link) -> list[Fetch]:
    """What is to be fetched over this link, least tried first."""
    return list(Fetch.objects.filter(link=link).order_by("tries", "asked_at")[:20])


def fetch(one: Fetch, pieces: Pieces) -> bool:
    """Bring one file, going on where an earlier try stopped; True once it is here and right.

    A file that is not what its hash says is thrown away and begun anew. Raises LinkRefused
    (MEDIA_MISMATCH, TOO_LARGE) and whatever the line raises; what came stays for the next try.
    """
    Fetch.objects.filter(pk=one.pk).update(tries=F("tries") + 1)
    if one.bytes > FILE_MAX_BYTES:
        raise LinkRefused(Reason.TOO_LARGE, f"{one.bytes} bytes")
    part = _part(one.sha256)
    have = part.stat().st_size if part.exists() else 0
    if have < one.bytes:
        with part.open("ab") as out:
            for piece in pieces(one, have):
                have += len(piece)
                if have > one.bytes:
                    break
                out.write(piece)
    if have < one.bytes:
        return False
    return _finish(one, part)


def _finish(one: Fetch, part: Path) -> bool:
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != one.sha256:
        part.unlink()
        Fetch.objects.filter(pk=one.pk).update(error=Reason.MEDIA_MISMATCH.value)
        raise LinkRefused(Reason.MEDIA_MISMATCH, one.sha256[:12])
    MediaStore(settings.ENV.media).put(part)
    with transaction.atomic():
        file_note(sha256=one.sha256, mime=one.mime, size_bytes=one.bytes, ms=one.ms)
        Fetch.objects.filter(pk=one.pk).delete()
    part.unlink()
    return True


def _part(sha256: str) -> Path:
    folder = settings.ENV.data / "fetch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(folder / f"{sha256}.part")
