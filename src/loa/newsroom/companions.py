"""A commune's own words beside a bulletin from above: an introduction, or the same in another
language. The bulletin itself is never altered; its companions are bulletins of the commune's own.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from loa.newsroom import rules, services
from loa.newsroom.models import Bulletin, State
from loa.newsroom.rules import SPOKEN_LANGUAGE, BulletinRefused, Draft
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

if TYPE_CHECKING:
    from loa.newsroom.models import Version
    from loa.places.models import Place


def companion_begin(*, actor: Actor, source_id: UUID, place: "Place") -> Bulletin:
    """A draft of the commune that goes with a bulletin from above, which the caller has seen to be
    in the commune's library. Raises NotAllowed, BulletinRefused."""
    ensure(actor, Action.BULLETIN_WRITE, place.path)
    source = Bulletin.objects.select_related("approved_version").get(pk=source_id)
    version = source.approved_version
    if source.state != State.APPROVED or version is None or source.place_id == place.pk:
        raise BulletinRefused("Chỉ thêm lời cho tin nguồn của cấp trên đã duyệt và còn hiệu lực.")
    mine = Bulletin.objects.filter(goes_with=source, place=place)
    begun = mine.filter(state__in=sorted(rules.EDITABLE)).first()
    if begun is not None:
        return begun
    draft = Draft(
        title=f"Lời dẫn: {version.title}"[: rules.TITLE_MAX],
        body="[lời dẫn của xã, hoặc lời dịch]",
        category=version.category,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
    )
    made = services.bulletin_write(
        actor=actor, place_id=place.pk, place_path=place.path, draft=draft
    )
    Bulletin.objects.filter(pk=made.pk).update(goes_with=source)
    made.refresh_from_db()
    return made


def source_of(bulletin_id: UUID) -> UUID | None:
    """What a companion goes with; None for any other bulletin."""
    rows = Bulletin.objects.filter(pk=bulletin_id, goes_with__state=State.APPROVED)
    return rows.values_list("goes_with", flat=True).first()


def companions_at(source_id: UUID, path: str) -> "list[Version]":
    """A commune's approved words for a bulletin from above, in the order they were written."""
    rows = Bulletin.objects.filter(
        goes_with=source_id, place__path=path, state=State.APPROVED
    ).select_related("approved_version__production__opus")
    return [row.approved_version for row in rows.order_by("created_at") if row.approved_version]


def comes_before(version: "Version") -> bool:
    """An introduction is said before the bulletin, its words in another language after it."""
    return version.language == SPOKEN_LANGUAGE
