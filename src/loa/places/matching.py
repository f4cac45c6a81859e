"""How a search for a place is asked of the database."""

from django.db.models import Case, IntegerField, Q, Value, When

from loa.places.models import Level
from loa.places.names import KINDS, Asked


def holds(wanted: Asked) -> Q:
    """The filter for places of the kind that hold every word, in one of the ways to write it."""
    held = Q(folded__startswith=f"{wanted.kind} ") if wanted.kind else Q()
    for ways in wanted.spellings():
        word = Q()
        for way in ways:
            numbered = bool(wanted.kind) and way.isdecimal() and len(way) < 3
            word |= Q(folded__contains=f" {way} " if numbered else way)
        held &= word
    return held


def nearness(wanted: Asked) -> Case:
    """0 for the name itself, 1 for names that begin with it, 2 for others."""
    kinds, name = "|".join(KINDS), wanted.pattern()
    return Case(
        When(folded__regex=rf"^(({kinds}) )?{name} [0-9a-z]+$", then=Value(0)),
        When(folded__regex=rf"^(({kinds}) )?{name}( |$)", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def width() -> Case:
    """Wider levels first."""
    return Case(
        When(level=Level.PROVINCE, then=Value(0)),
        When(level=Level.COMMUNE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
