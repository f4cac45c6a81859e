"""Acting on what the other side told: entry by entry, after it was kept.

What waits, what is not understood and what was refused stays in the mailbox with its reason.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import DataError, IntegrityError, OperationalError, transaction
from pydantic import ValidationError

from loa.federation import bounds, events, fetching, outgoing, registry
from loa.federation.contract import Arrived, Body, Exchange, NotTaken, Peer, Waits
from loa.federation.incoming import first_error
from loa.federation.models import Incoming, Link, Taken
from loa.federation.refusals import Fault
from loa.journal import services as journal
from loa.lib import clock
from loa.places.selectors import present
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa_protocol.paths import inside_any

log = structlog.get_logger()

APPLY_BATCH = 200
TOGETHER_S, BETWEEN_S = 0.05, 0.01
"""How long one transaction goes on acting on entries, and how long whoever else wants to write is
left alone after it: the next page, an order that is signed."""
COMING_FOR = timedelta(seconds=3)
"""A line that gave no page for so long is not catching up any more."""


def apply_next() -> bool:
    """Act on the next kept entries of every link; returns whether something was acted on.

    Orders and papers go first, the rest follows in the same round, so that one that waits holds up
    nothing. An unknown critical entry stops its own link, and nothing behind it is acted on. What
    goes wrong with one link is logged, and the others are served.
    """
    done = False
    waiting = Incoming.objects.filter(state=Taken.QUEUED).values("link").distinct()
    for link in Link.objects.filter(pk__in=list(waiting.values_list("link", flat=True))):
        if link.stopped:
            continue
        try:
            done = _apply_link(link) or done
        except OperationalError:
            raise
        except Exception:
            log.exception("link's entries not acted on", peer=link.peer)
    return done


def _apply_link(link: Link) -> bool:
    queued = Incoming.objects.filter(link=link, state=Taken.QUEUED).order_by("seq")
    rows = list(queued.filter(kind__in=registry.FIRST)[:APPLY_BATCH])
    if not _is_catching_up(link):
        rows += queued.exclude(kind__in=registry.FIRST)[:APPLY_BATCH]
    peer = outgoing.peer_of(link)
    for run in _runs(rows, link):
        if not _apply_run(link, peer, run):
            break
    looked_at = Incoming.objects.filter(pk__in=[row.pk for row in rows])
    return looked_at.filter(state=Taken.APPLIED).exists()


def _is_catching_up(link: Link) -> bool:
    """Whether pages that lack here are coming right now. Then they go before what bulletins and the
    like ask for: an order among them may be the last, and is acted on as soon as it is here. A
    mailbox that takes no more pages is emptied."""
    if link.full or link.in_seq >= link.in_size or link.seen_at is None:
        return False
    return clock.now() - link.seen_at < COMING_FOR


def retry_waiting() -> bool:
    """What waited for something is looked at once more; returns whether anything waited."""
    waiting = Incoming.objects.filter(state=Taken.WAITING)
    if not waiting.exists():
        return False
    known = aside.known(Queue.LINK_IMPORT)
    now = clock.now()
    resting = [int(row) for row, one in known.items() if one.next_at > now]
    return bool(waiting.exclude(pk__in=resting).update(state=Taken.QUEUED))


def release_processed() -> None:
    """Entries that were set aside and were acted on since, refused, or let go of."""
    rows = list(aside.known(Queue.LINK_IMPORT))
    if rows:
        open_rows = Incoming.objects.filter(
            pk__in=rows, state__in=(Taken.WAITING, Taken.QUEUED)
        ).values_list("pk", flat=True)
        quarantine.release(Queue.LINK_IMPORT, set(rows) - {str(pk) for pk in open_rows})


def retry_unknown() -> int:
    """After an upgrade: what was not understood is looked at once more, and stopped links go on."""
    known = [key[0] for key in registry.BY_KEY]
    number = Incoming.objects.filter(state=Taken.UNKNOWN, kind__in=known).update(state=Taken.QUEUED)
    Link.objects.filter(stopped=True).update(
        stopped=False, error="", error_detail="", error_at=None
    )
    return number


def bodies_forget(*, before: datetime) -> int:
    """Let go of what entries said that were acted on and taken before; how many. Number, hash and
    kind stay, so that the list still shows what came."""
    old = Incoming.objects.filter(state=Taken.APPLIED, taken_at__lt=before).exclude(body="")
    return old.update(body="")


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring entries of one kind that may be acted on together."""

    exchange: Exchange | None
    rows: tuple[Incoming, ...]


def _runs(rows: Sequence[Incoming], link: Link) -> Iterable[_Run]:
    direction = outgoing.direction_from(link)
    run: list[Incoming] = []
    standing: Exchange | None = None
    for row in rows:
        exchange = registry.exchange_of(row.kind, direction)
        if exchange is not None and row.schema > exchange.version:
            exchange = None
        if run and (exchange is not standing or exchange is None):
            yield _Run(standing, tuple(run))
            run = []
        standing = exchange
        run.append(row)
    if run:
        yield _Run(standing, tuple(run))


def _apply_run(link: Link, peer: Peer, run: _Run) -> bool:
    """Act on one run; False where the link stops here."""
    if run.exchange is None:
        return all(_unknown(link, row) for row in run.rows)
    arrived: list[tuple[Incoming, Arrived]] = []
    for row in run.rows:
        try:
            arrived.append((row, _arrived(link, peer, run.exchange, row)))
        except Waits as missing:
            _set(row, Taken.WAITING, "waits", str(missing))
        except NotTaken as refused:
            _refuse(link, row, refused)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("entry not read", peer=link.peer, seq=row.seq, kind=row.kind)
            _broken(link, row, error)
    if not arrived:
        return True
    if run.exchange.handle_many is not None:
        _apply_many(link, run.exchange, arrived)
        return True
    _apply_each(link, run.exchange, arrived)
    return True


def _apply_many(
    link: Link, exchange: Exchange, arrived: Sequence[tuple[Incoming, Arrived]]
) -> None:
    """All of a run in one transaction; one by one where something is wrong with one of them."""
    assert exchange.handle_many is not None  # noqa: S101  the caller has looked
    rows = Incoming.objects.filter(pk__in=[row.pk for row, _ in arrived])
    try:
        with transaction.atomic():
            exchange.handle_many([one for _, one in arrived])
            rows.update(state=Taken.APPLIED, reason="", detail="")
    except OperationalError:
        raise
    except Exception as error:
        log.exception("entries not acted on", kind=exchange.kind, number=len(arrived))
        if len(arrived) > 1:
            for pair in arrived:
                _apply_many(link, exchange, [pair])
            return
        _broken(link, arrived[0][0], error)


def _apply_each(
    link: Link, exchange: Exchange, arrived: Sequence[tuple[Incoming, Arrived]]
) -> None:
    """Each by itself, many in one transaction: a durable commit costs as much as several entries.

    What the database finds wrong at the commit alone undoes all of them: then one at a time.
    """
    left, together = list(arrived), True
    while left:
        some = left if together else left[:1]
        try:
            with transaction.atomic():
                number = _apply_some(link, exchange, some)
        except OperationalError:
            raise
        except Exception as error:
            if len(some) > 1:
                log.exception("entries not acted on", kind=exchange.kind, number=len(some))
                together = False
                continue
            _broken(link, some[0][0], error)
            number = 1
        left = left[number:]
        if left:
            time.sleep(BETWEEN_S)


def _apply_some(link: Link, exchange: Exchange, arrived: Sequence[tuple[Incoming, Arrived]]) -> int:
    """Inside one transaction, until it has lasted for TOGETHER_S: whoever else writes, and what is
    urgent, waits for its end. Each entry has a savepoint, so that one that cannot be dealt with
    undoes nothing of the others. Returns how many were looked at."""
    until_s = clock.current().monotonic() + TOGETHER_S
    done: list[int] = []
    looked_at = 0
    for row, one in arrived:
        looked_at += 1
        if _is_done(link, exchange, row, one):
            done.append(row.pk)
        if clock.current().monotonic() >= until_s:
            break
    Incoming.objects.filter(pk__in=done).update(state=Taken.APPLIED, reason="", detail="")
    return looked_at


def _is_done(link: Link, exchange: Exchange, row: Incoming, one: Arrived) -> bool:
    """Whether the entry was acted on; if not, what became of it is written down."""
    assert exchange.handle is not None  # noqa: S101  the register's test sees to it
    try:
        with transaction.atomic():
            exchange.handle(one)
    except Waits as missing:
        _set(row, Taken.WAITING, "waits", str(missing))
    except NotTaken as refused:
        _refuse(link, row, refused)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("entry not acted on", peer=link.peer, seq=row.seq, kind=row.kind)
        _broken(link, row, error)
    else:
        return True
    return False


def _broken(link: Link, row: Incoming, error: Exception) -> None:
    """One entry that cannot be dealt with must not hold up an order behind it: what the database
    does not take is refused by name, what this program stumbles over waits."""
    if isinstance(error, DataError | IntegrityError):
        _refuse(link, row, NotTaken(Fault.BAD_BODY, type(error).__name__))
    else:
        _set(row, Taken.WAITING, Fault.BROKEN.value, "")
        quarantine.set_aside(Queue.LINK_IMPORT, str(row.pk), error, name=f"{link.peer} {row.kind}")


def _unknown(link: Link, row: Incoming) -> bool:
    if row.reason != "crit":
        _set(row, Taken.UNKNOWN, "unknown", "")
        return True
    with transaction.atomic():
        Link.objects.filter(pk=link.pk).update(
            stopped=True,
            error=Fault.UNKNOWN_CRITICAL.value,
            error_detail=f"{row.kind} v{row.schema}",
            error_at=clock.now(),
        )
        journal.record(
            actor="node",
            kind=events.LINK_STOPPED,
            place=link.path,
            subject=f"link:{link.pk}",
            payload={"peer": link.peer, "kind": row.kind, "schema": row.schema},
        )
    return False


def _arrived(link: Link, peer: Peer, exchange: Exchange, row: Incoming) -> Arrived:
    """The entry as its handler gets it: inside the sender's place, in form, with its files here."""
    if not peer.covers(row.place):
        if inside_any(row.place, present([link.path])):
            raise Waits("giấy ủy quyền theo địa giới mới")
        raise NotTaken(Fault.OUTSIDE_SENDER, row.place)
    body = _body(exchange.schema, row)
    missing = fetching.ask(link.pk, exchange.files(body))
    if missing:
        raise Waits(f"{missing} tệp")
    return Arrived(
        peer=peer,
        fact=row.fact,
        at=row.at,
        place=row.place,
        body=body,
        again=row.seq <= link.had,
    )


def _body(schema: type[Body], row: Incoming) -> Body:
    try:
        return schema.model_validate(json.loads(row.body), by_alias=True, by_name=False)
    except ValidationError as error:
        raise NotTaken(Fault.BAD_BODY, first_error(error)) from error


def _set(row: Incoming, state: Taken, reason: str, detail: str) -> None:
    Incoming.objects.filter(pk=row.pk).update(state=state, reason=reason, detail=detail[:200])


def _refuse(link: Link, row: Incoming, refused: NotTaken) -> None:
    with transaction.atomic():
        _set(row, Taken.REFUSED, refused.reason.value, refused.detail)
        if bounds.is_noted(link):
            journal.record(
                actor="node",
                kind=events.FACT_REFUSED,
                place=link.path,
                subject=f"link:{link.pk}",
                payload={
                    "peer": link.peer,
                    "kind": row.kind,
                    "number": row.seq,
                    "reason": refused.reason.value,
                },
            )
    log.warning("entry refused", peer=link.peer, seq=row.seq, reason=refused.reason.value)
