"""Reading bulletins: what an asker may see, and a bulletin's own page."""

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from loa.newsroom.models import Bulletin, DictionaryEntry, State, Version
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import inside


def bulletins(actor: Actor) -> QuerySet[Bulletin]:
    """What the asker may see, newest first, with the newest version's title as `title`."""
    newest = Version.objects.filter(bulletin=OuterRef("pk")).order_by("-number")
    return (
        Bulletin.objects.filter(inside(actor.places(Action.BULLETIN_VIEW), "place__path"))
        .select_related("place", "author")
        .annotate(
            title=Subquery(newest.values("title")[:1]),
            class_name=Subquery(newest.values("class_name")[:1]),
        )
        .order_by("-changed_at")
    )


def bulletin_get(actor: Actor, bulletin_id: UUID) -> Bulletin:
    """One bulletin. Raises Bulletin.DoesNotExist for a stranger too: what one may not see is not
    there."""
    return bulletins(actor).get(pk=bulletin_id)


def waiting_for(actor: Actor) -> QuerySet[Bulletin]:
    """What waits for this approver, oldest first."""
    places = actor.places(Action.BULLETIN_APPROVE)
    return (
        bulletins(actor)
        .filter(state=State.SUBMITTED, place__path__in=places)
        .order_by("changed_at")
    )


def newest_version(bulletin_id: UUID) -> Version:
    return (
        Version.objects.filter(bulletin_id=bulletin_id)
        .select_related("production__opus", "production__mp3", "recording", "author")
        .order_by("-number")[0]
    )


def approved_version(bulletin_id: UUID) -> Version | None:
    """The version on air, for the schedule's handlers; None unless approved and not withdrawn."""
    bulletin = (
        Bulletin.objects.filter(pk=bulletin_id, state=State.APPROVED)
        .select_related("approved_version__production__opus")
        .first()
    )
    return bulletin.approved_version if bulletin else None


def place_of(bulletin_id: UUID) -> str:
    """The wire path of the office that wrote it."""
    return str(Bulletin.objects.values_list("place__path", flat=True).get(pk=bulletin_id))


def versions_of(actor: Actor, bulletin_id: UUID) -> QuerySet[Version]:
    bulletin = bulletin_get(actor, bulletin_id)
    ensure(actor, Action.BULLETIN_VIEW, bulletin.place.path)
    return bulletin.versions.select_related("author").order_by("number")


def dictionary_for(path: str) -> dict[str, str]:
    """How words are said at a place: the nearest place's entry wins."""
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    rows = DictionaryEntry.objects.filter(place__path__in=above).values_list(
        "place__path", "written", "spoken"
    )
    nearest_last = sorted(rows, key=lambda row: len(row[0]))
    return {written: spoken for _, written, spoken in nearest_last}


def known_ids(texts: set[str]) -> dict[str, UUID]:
    """Bulletin ids as receipts write them, for those that exist here."""
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return {str(pk): pk for pk in Bulletin.objects.filter(pk__in=ids).values_list("pk", flat=True)}
