"""Bulletins between nodes: what an office's approved bulletin is for the others, and taking one.

A bulletin from above keeps its id, its words and its sound; nobody here may change it. Its approval
is a fact here too, so that libraries, programmes and outlets follow as for any other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.media.services import production_receive
from loa.newsroom import events, rules
from loa.newsroom.models import Bulletin, Decision, Picture, State, Version
from loa.newsroom.renditions import renditions_make
from loa.places import selectors as places

if TYPE_CHECKING:
    from loa.media.models import File


@dataclass(frozen=True, slots=True)
class Leaving:
    """An approved bulletin with everything that goes with it."""

    office: str
    version: Version
    opus: "File"
    mp3: "File"
    ms: int
    pictures: tuple[Picture, ...]
    corrects: str | None


def leaving(bulletin_id: UUID) -> Leaving | None:
    """The bulletin as it is sent to other nodes; None unless approved, with sound, and meant for
    others than its own office."""
    bulletin = (
        Bulletin.objects.filter(pk=bulletin_id, state=State.APPROVED)
        .select_related(
            "place",
            "approved_version__production__opus",
            "approved_version__production__mp3",
        )
        .first()
    )
    version = bulletin.approved_version if bulletin else None
    production = version.production if version else None
    if bulletin is None or version is None or production is None:
        return None
    if production.opus is None or production.mp3 is None or not production.ms:
        return None
    if not rules.outside(version.targets, bulletin.place.path):
        return None
    pictures = version.pictures.select_related("file").order_by("position", "pk")
    return Leaving(
        bulletin.place.path,
        version,
        production.opus,
        production.mp3,
        production.ms,
        tuple(pictures),
        str(bulletin.corrects_id) if bulletin.corrects_id else None,
    )


@dataclass(frozen=True, slots=True)
class Gone:
    """A withdrawn bulletin: whose it was, whom it had reached, and why it was taken back."""

    office: str
    targets: tuple[str, ...]
    reason: str


def withdrawn(bulletin_id: UUID) -> Gone | None:
    """None for a bulletin that was never approved: nobody else has it."""
    bulletin = (
        Bulletin.objects.filter(pk=bulletin_id, state=State.WITHDRAWN)
        .select_related("place", "approved_version")
        .first()
    )
    if bulletin is None or bulletin.approved_version is None:
        return None
    said = bulletin.decisions.filter(made=State.WITHDRAWN).order_by("at", "pk").last()
    return Gone(
        bulletin.place.path,
        tuple(bulletin.approved_version.targets),
        said.reason if said else "",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """A bulletin from above, its files already here."""

    bulletin: UUID
    corrects: UUID | None
    office: str
    number: int
    class_name: str
    category: str
    language: str
    title: str
    body: str
    spoken: str
    issuer: str
    valid_from: datetime | None
    valid_until: datetime | None
    targets: tuple[str, ...]
    opus: str
    mp3: str
    ms: int
    pictures: tuple[tuple[str, str], ...]
    written_at: datetime


def bulletin_receive(*, actor: str, came: Came, again: bool = False) -> bool:
    """Keep a bulletin of an office above as approved; False where no place it is for stands here.

    The same bulletin twice is one. `again`: this node had it before it was restored from a backup,
    so it reaches the libraries but no programme by itself.
    """
    office = places.place_get(came.office)
    if office is None or not places.communes_inside(places.present(came.targets)).exists():
        return False
    now = clock.now()
    with transaction.atomic():
        if Bulletin.objects.filter(pk=came.bulletin).exists():
            return True
        bulletin = Bulletin.objects.create(
            id=came.bulletin,
            place=office,
            edition=came.number,
            created_at=came.written_at,
            changed_at=now,
            folded=rules.search_text(came.title, came.body),
            corrects=_corrected(came),
        )
        version = _version(bulletin, came)
        Decision.objects.create(
            bulletin=bulletin,
            version=version,
            made=State.APPROVED,
            at=now,
            renditions=renditions_make(version),
        )
        Bulletin.objects.filter(pk=bulletin.pk).update(
            state=State.APPROVED, approved_version=version
        )
        journal.record(
            actor=actor,
            kind=events.BULLETIN_APPROVED,
            place=came.office,
            subject=f"bulletin:{bulletin.pk}",
            payload={"edition": came.number, "version": came.number, "again": again},
        )
    return True


def _version(bulletin: Bulletin, came: Came) -> Version:
    """Its one wording, with its sound and pictures."""
    version = Version.objects.create(
        bulletin=bulletin,
        number=came.number,
        title=came.title,
        body=came.body,
        spoken=came.spoken,
        category=came.category,
        class_name=came.class_name,
        language=came.language,
        issuer=came.issuer,
        valid_from=came.valid_from,
        valid_until=came.valid_until,
        targets=list(came.targets),
        written_at=came.written_at,
        production_id=production_receive(opus_sha256=came.opus, mp3_sha256=came.mp3, ms=came.ms),
    )
    Picture.objects.bulk_create(
        Picture(version=version, file_id=sha256, alt=alt, position=position)
        for position, (sha256, alt) in enumerate(came.pictures)
    )
    return version


def _corrected(came: Came) -> Bulletin | None:
    """What it corrects, if that is here and of the same office."""
    if came.corrects is None:
        return None
    return Bulletin.objects.filter(pk=came.corrects, place__path=came.office).first()


def bulletin_withdraw_received(*, actor: str, bulletin_id: UUID, office: str, reason: str) -> None:
    """The office above took its bulletin back. One that never came here is no error."""
    now = clock.now()
    with transaction.atomic():
        bulletin = Bulletin.objects.filter(pk=bulletin_id, place__path=office).first()
        if bulletin is None or bulletin.approved_version is None:
            return
        moved = Bulletin.objects.filter(pk=bulletin_id, state=State.APPROVED)
        if not moved.update(state=State.WITHDRAWN, changed_at=now):
            return
        Decision.objects.create(
            bulletin=bulletin,
            version=bulletin.approved_version,
            made=State.WITHDRAWN,
            at=now,
            reason=reason,
        )
        journal.record(
            actor=actor,
            kind=events.BULLETIN_WITHDRAWN,
            place=office,
            subject=f"bulletin:{bulletin.pk}",
            payload={"edition": bulletin.edition},
        )
