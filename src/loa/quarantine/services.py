"""Writes: a row is set aside, tried again, released, given up."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from pydantic import ValidationError

from loa.journal import services as journal
from loa.lib import clock
from loa.people.authority import NoAuthority, own_path
from loa.quarantine import events, rules
from loa.quarantine.models import Notice, SetAside
from loa.quarantine.rules import Queue

log = structlog.get_logger()

NOT_THE_ROWS_FAULT = (OperationalError, InterfaceError, NoAuthority)
"""A database that is away or locked, a node without its papers: the loop waits, no row is set aside
for it."""


@dataclass(slots=True)
class Outcome:
    """What became of a row: `error` is what it was set aside for."""

    error: Exception | None = None


@contextmanager
def isolated(
    queue: Queue,
    row: str,
    *,
    name: str = "",
    atomic: bool = True,
    releases: bool = True,
) -> Iterator[Outcome]:
    """Process one row: what raises inside sets the row aside and does not leave the block.

    The block is a transaction, undone then; `atomic=False` is for work that must not stand in one,
    such as a request to a network. What is raised for lack of a database or of the node's papers
    is raised on. A row that was set aside and now succeeds is released; a loop over very many rows
    says `releases=False` and releases those that were set aside by itself.
    """
    outcome = Outcome()
    try:
        with transaction.atomic() if atomic else nullcontext():
            yield outcome
    except NOT_THE_ROWS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is the row's: logged and kept
        outcome.error = error
        set_aside(queue, row, error, name=name)
    else:
        if releases:
            release(queue, [row])


def set_aside(queue: Queue, row: str, error: Exception, *, name: str = "") -> None:
    """Write down that a row could not be processed. The first time is a fact of the journal."""
    now, kind = clock.now(), type(error).__name__[:80]
    # A model's refusal repeats what was refused, which may be about persons.
    trace = None if isinstance(error, ValidationError) else error
    detail = rules.describe(error)
    log.error(
        "row set aside", queue=queue.value, row=row, error=kind, detail=detail, exc_info=trace
    )
    with transaction.atomic():
        known = SetAside.objects.select_for_update().filter(queue=queue, row=row[:160]).first()
        if known is not None:
            known.tries += 1
            known.error, known.detail = kind, detail
            known.tried_at, known.next_at = now, now + rules.wait_after(known.tries, queue)
            known.name = name[:200] or known.name
            known.save()
            return
        made = SetAside.objects.create(
            queue=queue,
            row=row[:160],
            name=name[:200],
            error=kind,
            detail=detail,
            since=now,
            tried_at=now,
            next_at=now + rules.wait_after(1, queue),
        )
        _record("node", events.ROW_SET_ASIDE, made)


def release(queue: Queue, rows: Iterable[str]) -> None:
    """These rows were processed, or need no processing any more."""
    with transaction.atomic():
        for one in list(SetAside.objects.filter(queue=queue, row__in=[r[:160] for r in rows])):
            _record("node", events.ROW_RELEASED, one)
            one.delete()


def rest(queue: Queue, row: str) -> None:
    """The row is being tried again: it is not due meanwhile."""
    known = SetAside.objects.filter(queue=queue, row=row[:160]).first()
    if known is not None:
        known.next_at = clock.now() + rules.wait_after(known.tries + 1, queue)
        known.save(update_fields=["next_at"])


def try_again(*, actor: str, set_aside_id: UUID) -> SetAside | None:
    """Have the row tried at once; None where it is not set aside any more. The caller has checked
    that the actor governs the node."""
    with transaction.atomic():
        one = SetAside.objects.filter(pk=set_aside_id).first()
        if one is not None:
            SetAside.objects.filter(pk=one.pk).update(next_at=clock.now())
            _record(actor, events.ROW_TRIED_AGAIN, one)
    return one


def give_up(*, actor: str, set_aside_id: UUID) -> SetAside | None:
    """Take the row off the list; None where it is not there. What reads its queue by a cursor does
    not come back to it. The caller has checked that the actor governs the node."""
    with transaction.atomic():
        one = SetAside.objects.filter(pk=set_aside_id).first()
        if one is not None:
            _record(actor, events.ROW_GIVEN_UP, one)
            SetAside.objects.filter(pk=one.pk).delete()
    return one


def _record(actor: str, kind: str, one: SetAside) -> None:
    journal.record(
        actor=actor,
        kind=kind,
        place=own_path() or "",
        subject=f"set-aside:{one.pk}",
        payload={"queue": one.queue, "row": one.row, "error": one.error},
    )


def forget(*, before: datetime) -> int:
    """Take rows off that nothing has tried since `before`: what they were about is over."""
    Notice.objects.filter(made_at__lt=before).delete()
    old = SetAside.objects.filter(tried_at__lt=before, next_at__lt=before)
    return int(old.delete()[0])
