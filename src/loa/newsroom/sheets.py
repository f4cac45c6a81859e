"""Working copies: what is typed and not yet saved, kept for whoever typed it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.lib import clock
from loa.newsroom.models import WorkingCopy
from loa.newsroom.rules import BulletinRefused
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

BYTES_MAX = 300_000
KEPT_DAYS = 30
KEPT_MOST = 50
"""Copies of one person; the oldest beyond them go."""
Fields = Mapping[str, list[str]]


def copy_keep(*, actor: Actor, path: str, sheet: str, edition: int, fields: Fields) -> datetime:
    """Keep the form as it stands; returns when. No fact: it is the writer's own scratch paper.

    Raises NotAllowed, or BulletinRefused where it is larger than any form.
    """
    ensure(actor, Action.BULLETIN_WRITE, path)
    kept = {name: list(values) for name, values in fields.items()}
    if len(json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")) > BYTES_MAX:
        raise BulletinRefused("Nội dung quá dài nên chưa tự lưu được. Chia thành nhiều tin ngắn.")
    now = clock.now()
    _own(actor).filter(saved_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    values = {"edition": edition, "fields": kept, "saved_at": now}
    if actor.account_id and not _own(actor).filter(sheet=sheet).update(**values):
        old = list(_own(actor).order_by("-saved_at").values_list("pk", flat=True)[KEPT_MOST - 1 :])
        WorkingCopy.objects.filter(pk__in=old).delete()
        WorkingCopy.objects.create(account_id=actor.account_id, sheet=sheet, **values)
    return now


def copy_drop(*, actor: Actor, sheet: str) -> None:
    """Throw the sheet away: it was saved, or nobody wants it."""
    _own(actor).filter(sheet=sheet).delete()


def copy_get(actor: Actor, sheet: str) -> WorkingCopy | None:
    """The asker's own sheet; nobody reads another's."""
    return _own(actor).filter(sheet=sheet).first()


def new_copies(actor: Actor, path: str, most: int) -> list[WorkingCopy]:
    """The asker's own sheets of bulletins of the office that were never saved, newest first."""
    named = Q(sheet=f"new:{path}") | Q(sheet__startswith=f"new:{path}:")
    return list(_own(actor).filter(named).order_by("-saved_at", "pk")[:most])


def sheet_of(bulletin_id: UUID | None, path: str, page: UUID | None = None) -> str:
    """The name of a page's sheet: of a bulletin, or of one blank page by the id it was given. Two
    new bulletins never share a sheet."""
    if bulletin_id:
        return str(bulletin_id)
    return f"new:{path}:{page}" if page else f"new:{path}"


def _own(actor: Actor) -> QuerySet[WorkingCopy]:
    if actor.account_id is None:
        return WorkingCopy.objects.none()
    return WorkingCopy.objects.filter(account_id=actor.account_id)
