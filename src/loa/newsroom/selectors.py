"""Reading bulletins: what an asker may see, and a bulletin's own page."""

import json
import re
from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from loa.lib import db
from loa.lib.text import fold
from loa.newsroom.models import (
    Bulletin,
    Category,
    Decision,
    DictionaryEntry,
    Picture,
    State,
    Version,
    WorkingCopy,
)
from loa.newsroom.rules import EDITABLE, Draft, DraftPicture
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import inside, offices_inside

SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


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
        .order_by("-changed_at", "-pk")
    )


def bulletin_search(actor: Actor, text: str, limit: int) -> list[Bulletin]:
    """What the asker may see whose title or beginning holds every word of `text`, without
    diacritics, newest first. An empty text finds nothing."""
    words = fold(text[:100]).split()
    if not words:
        return []
    found = bulletins(actor)
    mine = actor.places(Action.BULLETIN_VIEW)
    if "vn" not in mine:
        # Found by their places: by the time of their change a country's would be gone through.
        found = found.filter(place__in=offices_inside(mine))
    for word in words:
        found = found.filter(folded__contains=word)
    return list(found[:limit])


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
        .order_by("changed_at", "pk")
    )


def newest_version(bulletin_id: UUID) -> Version:
    """The newest version, with the number of its pictures as `pictures_count`."""
    return (
        Version.objects.filter(bulletin_id=bulletin_id)
        .annotate(pictures_count=Count("pictures"))
        .select_related("production__opus", "production__mp3", "recording", "author")
        .order_by("-number")[0]
    )


def pictures_of(version: Version) -> list[Picture]:
    """The pictures of a version that `newest_version` gave; no query where it has none."""
    return list(version.pictures.all()) if getattr(version, "pictures_count", 1) else []


def approved_version(bulletin_id: UUID) -> Version | None:
    """The version on air, for the schedule's handlers; None unless approved and not withdrawn."""
    bulletin = (
        Bulletin.objects.filter(pk=bulletin_id, state=State.APPROVED)
        .select_related("approved_version__production__opus")
        .first()
    )
    return bulletin.approved_version if bulletin else None


def airable(bulletin_ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Bulletin]:
    """Those of the bulletins that are approved now and have a sound, with their approved version.

    With `lock` (inside the caller's transaction) their rows stay locked until the transaction ends,
    so that a withdrawal comes wholly before it or wholly after.
    """
    rows = Bulletin.objects.filter(pk__in=set(bulletin_ids), state=State.APPROVED)
    if lock:
        rows = rows.select_for_update(of=("self",))
    rows = rows.filter(approved_version__production__opus__isnull=False)
    rows = rows.select_related("place", "approved_version__production").order_by("pk")
    return {bulletin.pk: bulletin for bulletin in rows}


def office_of(bulletin_id: UUID) -> str | None:
    """The path of the office that wrote the bulletin."""
    rows = Bulletin.objects.filter(pk=bulletin_id)
    return rows.values_list("place__path", flat=True).first()


def is_editable(bulletin_id: UUID, *, lock: bool = False) -> bool:
    """Whether the author may still change the bulletin. With `lock` (inside the caller's
    transaction) it stays so until that ends."""
    rows = Bulletin.objects.filter(pk=bulletin_id)
    if lock:
        rows = rows.select_for_update()
    return rows.values_list("state", flat=True).first() in EDITABLE


def taken_back(bulletin_ids: Iterable[UUID]) -> dict[UUID, Literal["withdrawn", "corrected"]]:
    """Those of the bulletins that were withdrawn, and whether a correction took their place."""
    wanted = set(bulletin_ids)
    if not wanted:
        return {}
    corrected = Bulletin.objects.filter(corrects=OuterRef("pk"), state=State.APPROVED)
    rows = Bulletin.objects.filter(pk__in=wanted, state=State.WITHDRAWN)
    found = rows.annotate(corrected=Exists(corrected)).values_list("pk", "corrected")
    return {pk: "corrected" if has else "withdrawn" for pk, has in found}


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
    return {str(pk): pk for (pk,) in db.select(Bulletin, ("id",), having=("id", ids))}


def categories() -> list[tuple[str, str]]:
    """The content taxonomy with its words, in the law's order."""
    return [(value, str(label)) for value, label in Category.choices]


def office_bulletins(actor: Actor, path: str) -> QuerySet[Bulletin]:
    """The bulletins of one office, newest first; nothing for who may not see them."""
    return bulletins(actor).filter(place__path=path)


def versions_with_pictures(bulletin_id: UUID) -> QuerySet[Version]:
    """All versions, newest first. The caller has seen that the asker may see them."""
    return (
        Version.objects.filter(bulletin_id=bulletin_id)
        .select_related("author", "production__opus", "production__mp3", "recording")
        .prefetch_related("pictures")
        .order_by("-number")
    )


def draft_of(version: Version) -> Draft:
    """What a version says, as it was handed in; its pictures in their order."""
    pictures = sorted(version.pictures.all(), key=lambda picture: picture.position)
    return Draft(
        title=version.title,
        body=version.body,
        spoken=version.spoken,
        category=version.category,
        class_name=version.class_name,
        language=version.language,
        issuer=version.issuer,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        voice=version.voice,
        recording_sha256=version.recording_id,
        recording_words=version.recording_words,
        targets=tuple(version.targets),
        pictures=tuple(DraftPicture(picture.file_id, picture.alt) for picture in pictures),
        frame=version.frame,
        own_words=version.own_words,
    )


def decisions_of(bulletin_id: UUID) -> QuerySet[Decision]:
    """Who decided what about a bulletin, oldest first."""
    return (
        Decision.objects.filter(bulletin_id=bulletin_id).select_related("by").order_by("at", "pk")
    )


def dictionary_entries(path: str) -> QuerySet[DictionaryEntry]:
    """The words of one place, in the order of the alphabet."""
    return DictionaryEntry.objects.filter(place__path=path).order_by("written")


def is_written(bulletin_id: UUID | None) -> bool:
    """Whether the id given out with a blank page became a bulletin."""
    return bulletin_id is not None and Bulletin.objects.filter(pk=bulletin_id).exists()


def files_in_use() -> set[str]:
    """The files of the store that unsaved sheets name by hash."""
    sheets = WorkingCopy.objects.values_list("fields", flat=True).iterator()
    return {sha256 for fields in sheets for sha256 in SHA256.findall(json.dumps(fields))}


def titles(ids: set[UUID]) -> dict[UUID, str]:
    """The newest titles of bulletins, for lists of what sounded."""
    newest = Version.objects.filter(bulletin=OuterRef("pk")).order_by("-number")
    rows = Bulletin.objects.filter(pk__in=ids).annotate(title=Subquery(newest.values("title")[:1]))
    return dict(rows.values_list("pk", "title"))
