"""Reading the journal: its head, its soundness, a thing's own way."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from loa.journal.models import Fact, Reader
from loa.journal.rules import GENESIS, Break, find_break
from loa.lib.db import under, under_any

NEAR = 5_000
"""So many facts a province makes in a day or two."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last fact: its number and hash. (0, zeros) for an empty journal."""

    seq: int
    hash: str


def head() -> Head:
    last = Fact.objects.order_by("-seq").only("seq", "hash").first()
    return Head(last.seq, last.hash) if last else Head(0, GENESIS)


def verify(*known: Head) -> Break | None:
    """Walk the whole chain; then see that every `known` head (signed elsewhere) still stands.

    Names the first altered, removed or reordered row, or the first row of a cut tail.
    """
    facts = Fact.objects.order_by("seq").iterator(chunk_size=2000)
    broken = find_break(fact.entry() for fact in facts)
    if broken:
        return broken
    for mark in sorted(known, key=lambda head: head.seq):
        if mark.seq == 0:
            continue
        fact = Fact.objects.filter(seq=mark.seq).only("seq", "hash").first()
        if fact is None:
            return Break(head().seq + 1, "cut", f"đã từng có dòng {mark.seq}")
        if fact.hash != mark.hash:
            return Break(mark.seq, "altered", "khác với mã băm đã ký trong một lịch phát")
    return None


def facts_of(subject: str) -> QuerySet[Fact]:
    """The way of one thing, oldest first."""
    return Fact.objects.filter(subject=subject).order_by("seq")


def facts_in(paths: tuple[str, ...]) -> QuerySet[Fact]:
    """Facts of the places at or below `paths`, newest first."""
    inside = Q(pk__in=[])
    for path in paths:
        inside |= under("place", path)
    return Fact.objects.filter(inside).order_by("-seq")


def newest(paths: tuple[str, ...], narrowed: Q, count: int, before: int) -> list[Fact]:
    """The newest `count` facts of the places at or below `paths` that `narrowed` holds for, under
    the number `before`.

    A province's are looked for among the last NEAR of the whole journal first, where it nearly
    always finds them; a commune's place by place in the index, since they may be anywhere.
    """
    if any(path.count("/") < 2 for path in paths):
        near = facts_in(paths).filter(narrowed, seq__lt=before, seq__gte=before - NEAR)
        found = list(near[:count])
        if len(found) == count or before <= NEAR:
            return found
    # A sum is in no index: else the whole journal is gone through backwards, fact by fact.
    older = Fact.objects.annotate(number=F("seq") + 0).filter(narrowed, number__lt=before)
    numbers = under_any(older.values("number"), "place", paths).order_by("-number")[:count]
    return list(Fact.objects.filter(seq__in=numbers).order_by("-seq"))


def reader_lag(name: str) -> int:
    """How many facts the reader has still to read."""
    reader = Reader.objects.filter(name=name).first()
    return head().seq - (reader.seq if reader else 0)


def facts_named(keys: Iterable[str]) -> dict[str, Fact]:
    """Facts by their number or their id, as text; what names none is left out."""
    wanted = set(keys)
    numbers = {int(key) for key in wanted if key.isdigit()}
    ids = {key for key in wanted if not key.isdigit()}
    rows = Fact.objects.filter(Q(pk__in=numbers) | Q(id__in=ids))
    found: dict[str, Fact] = {}
    for fact in rows:
        found[str(fact.seq)] = found[str(fact.id)] = fact
    return found
