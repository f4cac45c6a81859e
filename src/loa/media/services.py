"""Writes: files of the store, and the state of productions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from loa.lib import clock, db
from loa.media.models import File, Production, ProductionState
from loa.media.store import MediaStore

RECEIVED = "received"
"""The voice of a programme that came finished from another node."""
TRIES_MAX = 3
"""What killed its worker so often is not tried again by itself."""


def file_note(*, sha256: str, mime: str, size_bytes: int, ms: int | None = None) -> None:
    """Say what a stored file is. The same content twice is one row."""
    File.objects.get_or_create(
        sha256=sha256,
        defaults={"mime": mime, "bytes": size_bytes, "ms": ms, "stored_at": clock.now()},
    )


def productions_forget(*, before: datetime) -> int:
    """Drop finished productions made before that nothing points to; how many."""
    rows = (
        db.unreferenced(Production)
        .filter(made_at__lt=before)
        .exclude(state__in=(ProductionState.QUEUED, ProductionState.WORKING))
    )
    return int(rows.delete()[0])


def files_forget(*, before: datetime, store: MediaStore, kept: Iterable[str] = ()) -> int:
    """Remove files stored before that nothing points to, nor `kept` names; how many.

    The row goes first: a file without a row is only room, a row without its file is a fault. A file
    that was put again meanwhile is younger, and stays.
    """
    spare = set(kept)
    forgotten = 0
    old = db.unreferenced(File).filter(stored_at__lt=before)
    for sha256 in list(old.values_list("pk", flat=True)):
        if sha256 in spare or not store.is_older(sha256, before):
            continue
        with transaction.atomic():
            gone, _ = db.unreferenced(File).filter(pk=sha256).delete()
        if gone:
            store.remove(sha256)
            forgotten += 1
    return forgotten


def production_ask(*, spoken: str, voice: str, recording_sha256: str | None) -> UUID:
    """A production to be made. The same words in the same voice were perhaps made before: then
    the finished one is returned, and nothing is made twice."""
    same = Production.objects.filter(
        spoken=spoken, voice="" if recording_sha256 else voice, recording_id=recording_sha256
    ).exclude(state=ProductionState.FAILED)
    found = same.order_by("made_at", "pk").first()
    if found is not None:
        return found.pk
    return Production.objects.create(
        spoken=spoken,
        voice="" if recording_sha256 else voice,
        recording_id=recording_sha256,
        made_at=clock.now(),
    ).pk


def production_receive(*, opus_sha256: str, mp3_sha256: str, ms: int) -> UUID:
    """A programme that was made elsewhere, both of whose files are here."""
    now = clock.now()
    return Production.objects.create(
        spoken="",
        voice=RECEIVED,
        state=ProductionState.DONE,
        progress_pct=100,
        opus_id=opus_sha256,
        mp3_id=mp3_sha256,
        ms=ms,
        made_at=now,
        finished_at=now,
    ).pk


def production_claim(production_id: UUID) -> bool:
    """Whether the caller is the one to make it: exactly one worker wins."""
    claimed = Production.objects.filter(pk=production_id, state=ProductionState.QUEUED)
    return bool(
        claimed.update(
            state=ProductionState.WORKING,
            progress_pct=0,
            touched_at=clock.now(),
            tries=F("tries") + 1,
        )
    )


def production_queue_again(production_id: UUID) -> bool:
    """Have a production that failed made once more; False where it is not failed (any more)."""
    failed = Production.objects.filter(pk=production_id, state=ProductionState.FAILED)
    return bool(failed.update(state=ProductionState.QUEUED, progress_pct=0, message=""))


def production_progress(production_id: UUID, progress_pct: int) -> None:
    """How far it is; shown on the page and in the command line."""
    Production.objects.filter(pk=production_id, state=ProductionState.WORKING).update(
        progress_pct=min(99, max(0, progress_pct)), touched_at=clock.now()
    )


def production_finish(
    production_id: UUID,
    *,
    opus_sha256: str,
    mp3_sha256: str,
    ms: int,
    level_lufs: float,
    peak_dbtp: float,
) -> None:
    Production.objects.filter(pk=production_id).update(
        state=ProductionState.DONE,
        progress_pct=100,
        opus_id=opus_sha256,
        mp3_id=mp3_sha256,
        ms=ms,
        level_lufs=level_lufs,
        peak_dbtp=peak_dbtp,
        finished_at=clock.now(),
        message="",
    )


def production_fail(production_id: UUID, message: str) -> None:
    """It could not be made; `message` is the sentence for the officer."""
    Production.objects.filter(pk=production_id).update(
        state=ProductionState.FAILED, message=message, finished_at=clock.now()
    )


def productions_stuck(older_than_s: float) -> list[UUID]:
    """Productions that nobody has touched for so long: a worker died. They are queued again."""
    limit = clock.now() - timedelta(seconds=older_than_s)
    rows = Production.objects.filter(state=ProductionState.WORKING, touched_at__lt=limit)
    stuck = list(rows.values_list("pk", flat=True))
    hopeless = Production.objects.filter(pk__in=stuck, tries__gte=TRIES_MAX)
    hopeless.update(
        state=ProductionState.FAILED,
        finished_at=clock.now(),
        message="Âm thanh của tin này nhiều lần làm hỏng máy đọc. Sửa lời đọc rồi thử lại.",
    )
    Production.objects.filter(pk__in=stuck, state=ProductionState.WORKING).update(
        state=ProductionState.QUEUED
    )
    return stuck
