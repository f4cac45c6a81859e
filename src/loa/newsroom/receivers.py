"""Named lists of communes that an office keeps, to be chosen as the receivers of a bulletin.

A bulletin keeps the communes themselves: what was approved does not change when a list does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.text import nfc
from loa.newsroom import events
from loa.newsroom.models import ReceiverList
from loa.newsroom.rules import BulletinRefused, inside_office
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import communes_inside

if TYPE_CHECKING:
    from loa.places.models import Place

LISTS_MAX = 50
NAME_MAX = DOCUMENT_MAX = 120


@dataclass(frozen=True, slots=True)
class Receivers:
    """A list as it can be used by one office: its communes that stand today inside that place."""

    id: UUID
    office: str
    name: str
    document: str
    document_date: date
    paths: tuple[str, ...]


def lists_for(office: str) -> list[Receivers]:
    """The lists of the office and of those above it on this node, by name, each cut to the office's
    own place; none that has no commune there. Two queries."""
    above = ["/".join(office.split("/")[: n + 1]) for n in range(office.count("/") + 1)]
    rows = list(ReceiverList.objects.filter(place__path__in=above).select_related("place"))
    if not rows:
        return []
    stand = set(communes_inside([office]).values_list("path", flat=True))
    found = [
        Receivers(
            row.pk,
            row.place.path,
            row.name,
            row.document,
            row.document_date,
            tuple(path for path in row.paths if path in stand),
        )
        for row in rows
    ]
    return sorted((one for one in found if one.paths), key=lambda one: (one.name, str(one.id)))


def list_put(
    *, actor: Actor, office: "Place", name: str, document: str, day: date, paths: Iterable[str]
) -> ReceiverList:
    """Add communes to the office's list of that name, or begin it. Another document than the list
    had makes it anew: what only the former document named is no longer in it.

    Raises NotAllowed, BulletinRefused.
    """
    ensure(actor, Action.BULLETIN_WRITE, office.path)
    name, document = " ".join(nfc(name).split()), " ".join(nfc(document).split())
    if not name or len(name) > NAME_MAX or not document or len(document) > DOCUMENT_MAX:
        raise BulletinRefused("Tên danh sách và văn bản phải có từ 1 đến 120 chữ.")
    named = list(dict.fromkeys(paths))
    if not named or not all(inside_office(path, office.path) for path in named):
        raise BulletinRefused("Danh sách phải gồm các xã trong địa bàn của đơn vị.")
    now = clock.now()
    with transaction.atomic():
        known = ReceiverList.objects.select_for_update().filter(place=office, name=name).first()
        if known is None and ReceiverList.objects.filter(place=office).count() >= LISTS_MAX:
            raise BulletinRefused("Đã có %(most)s danh sách. Bỏ bớt một danh sách.", most=LISTS_MAX)
        if known is not None and (known.document, known.document_date) == (document, day):
            named = list(dict.fromkeys([*known.paths, *named]))
        values = {"document": document, "document_date": day, "paths": named, "changed_at": now}
        made, _ = ReceiverList.objects.update_or_create(place=office, name=name, defaults=values)
        journal.record(
            actor=str(actor),
            kind=events.RECEIVER_LIST_CHANGED,
            place=office.path,
            subject=f"list:{made.pk}",
            payload={"name": name, "document": document, "communes": len(named)},
        )
    return made


def list_drop(*, actor: Actor, list_id: UUID) -> str:
    """Drop a list; its name. Bulletins that used it keep their communes. Raises NotAllowed,
    ReceiverList.DoesNotExist."""
    with transaction.atomic():
        known = ReceiverList.objects.select_related("place").get(pk=list_id)
        ensure(actor, Action.BULLETIN_WRITE, known.place.path)
        known.delete()
        journal.record(
            actor=str(actor),
            kind=events.RECEIVER_LIST_DROPPED,
            place=known.place.path,
            subject=f"list:{list_id}",
            payload={"name": known.name},
        )
    return known.name
