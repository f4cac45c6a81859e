"""Correcting what was approved: a new bulletin that takes the old one's place everywhere.

What was approved never changes. The correction is written, heard and approved like any other; on
its approval the programme puts it where the old one still stands to be aired, and takes the old one
back.
"""

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from loa.lib import db
from loa.newsroom import rules, selectors, services
from loa.newsroom.models import Bulletin, State
from loa.newsroom.rules import BulletinRefused
from loa.people.rules import NODE, Action, Actor
from loa.people.selectors import ensure

CORRECTED = "Đã có bản đính chính."


def correction_begin(*, actor: Actor, bulletin_id: UUID) -> Bulletin:
    """A draft with the words of an approved bulletin, to be changed. Raises NotAllowed,
    BulletinRefused. One that is being written already is returned again."""
    old = Bulletin.objects.select_related("place").get(pk=bulletin_id)
    ensure(actor, Action.BULLETIN_WRITE, old.place.path)
    version = old.approved_version
    if old.state != State.APPROVED or version is None:
        raise BulletinRefused("Chỉ đính chính được tin đã duyệt và chưa thu hồi.")
    # Read anew: the words will not be the same.
    draft = replace(selectors.draft_of(version), spoken="")
    with transaction.atomic():
        db.lock(f"correction:{bulletin_id}")
        begun = Bulletin.objects.filter(corrects=old, state__in=sorted(rules.EDITABLE)).first()
        if begun is not None:
            return begun
        made = services.bulletin_write(
            actor=actor, place_id=old.place_id, place_path=old.place.path, draft=draft
        )
        Bulletin.objects.filter(pk=made.pk).update(corrects=old)
    made.refresh_from_db()
    return made


def corrected_by(bulletin_id: UUID) -> UUID | None:
    """What this bulletin corrects and what still stands; None where there is nothing."""
    return (
        Bulletin.objects.filter(pk=bulletin_id, corrects__state=State.APPROVED)
        .values_list("corrects", flat=True)
        .first()
    )


def take_back(*, bulletin_id: UUID) -> None:
    """The corrected bulletin leaves, once its correction stands in its place."""
    old = Bulletin.objects.get(pk=bulletin_id)
    if old.state == State.APPROVED:
        services.bulletin_withdraw(
            actor=NODE, bulletin_id=old.pk, edition=old.edition, reason=CORRECTED
        )
