"""Reading productions and files."""

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
