"""What is remembered of a pole: its pictures and notes, in one query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Value

from loa.outlets.models import Note, Photo
from loa.people.selectors import names_of

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Memory:
    """A picture (`sha256`) or a note (`text`), by whom and when."""

    sha256: str
    text: str
    by: str
    at: datetime


def of_outlet(outlet_id: UUID) -> list[Memory]:
    """Pictures and notes of an outlet, newest first. Two queries: the rows, and who wrote them."""
    nothing = Value("", output_field=CharField())
    photos = Photo.objects.filter(outlet_id=outlet_id).annotate(words=nothing)
    notes = Note.objects.filter(outlet_id=outlet_id).annotate(picture=nothing)
    rows = (
        photos.values_list("sha256", "words", "taken_by", "taken_at")
        .union(notes.values_list("picture", "text", "by", "at"), all=True)
        .order_by("-taken_at")[:SHOWN]
    )
    found = [Memory(*row) for row in rows]
    names = names_of({one.by for one in found})
    return [Memory(one.sha256, one.text, names.get(one.by, ""), one.at) for one in found]
