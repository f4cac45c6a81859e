"""Reading productions and files."""

from collections.abc import Iterable
from uuid import UUID

from loa.media.models import File, Production, ProductionState


def oldest_queued() -> UUID | None:
    """The production that has waited longest."""
    rows = Production.objects.filter(state=ProductionState.QUEUED).order_by("made_at", "pk")
    return rows.values_list("pk", flat=True).first()


def production_get(production_id: UUID) -> Production:
    return Production.objects.select_related("opus", "mp3").get(pk=production_id)


def file_get(sha256: str) -> File | None:
    return File.objects.filter(pk=sha256).first()


def kept_kinds(files: Iterable[str]) -> dict[str, str]:
    """The kind (`audio`, `image`) of each of these files that is kept. They are locked until the
    end of the caller's transaction: none is swept before a row points to it."""
    rows = File.objects.select_for_update().filter(pk__in=list(files)).order_by("pk")
    return {sha256: mime.partition("/")[0] for sha256, mime in rows.values_list("pk", "mime")}


def lengths_of(files: Iterable[str]) -> dict[str, int]:
    """The length in milliseconds of each of these files that has one."""
    rows = File.objects.filter(pk__in=list(files), ms__isnull=False)
    return {sha256: ms for sha256, ms in rows.values_list("pk", "ms") if ms is not None}
