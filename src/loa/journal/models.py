"""The facts, and how far each reader has read."""

from typing import ClassVar

from django.db import models

from loa.journal.rules import Entry


class Fact(models.Model):
    """One change of state. Rows are only ever added, by `services.record`."""

    seq = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    place = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    payload = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "seq"], name="fact_kind_seq"),
            # PostgreSQL finds the beginning of a text by an index of letters alone.
            models.Index(
                fields=["place", "seq"],
                name="fact_place_seq",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(fields=["subject", "seq"], name="fact_subject_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    def entry(self) -> Entry:
        return Entry(
            seq=self.seq,
            id=self.id,
            at=self.at,
            actor=self.actor,
            place=self.place,
            kind=self.kind,
            payload=self.payload,
            previous=self.previous,
            hash=self.hash,
        )


class Reader(models.Model):
    """A reader's cursor: the last fact it has fully dealt with."""

    name = models.CharField(max_length=60, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} @ {self.seq}"
