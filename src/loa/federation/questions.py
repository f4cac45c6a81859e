"""Asking a province live for single rows: with its permission, and with a line in both journals."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loa.federation import events
from loa.federation.models import Link, LinkState, Question
from loa.federation.refusals import Fault, LinkRefused
from loa.journal import services as journal
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa_protocol.paths import inside

KEPT = timedelta(days=90)


def ask(*, actor: Actor, bulletin: UUID, office: str, commune: str) -> Question:
    """Ask the province of a commune how one of our bulletins sounded there.

    Raises NotAllowed, LinkRefused where no province of that commune is linked.
    """
    ensure(actor, Action.BULLETIN_VIEW, office)
    links = Link.objects.filter(below=True, state=LinkState.LINKED)
    link = next((one for one in links if inside(commune, one.path)), None)
    if link is None:
        raise LinkRefused(Fault.NOT_LINKED, commune)
    with transaction.atomic():
        question = Question.objects.create(
            link=link,
            bulletin=bulletin,
            commune=commune,
            asked_by=str(actor),
            asked_at=clock.now(),
        )
        journal.record(
            actor=str(actor),
            kind=events.QUESTION_ASKED,
            place=commune,
            subject=f"question:{question.pk}",
            payload={"bulletin": str(bulletin)},
        )
    return question


def question_get(actor: Actor, question_id: UUID, office: str) -> Question | None:
    """None for an unknown one. Raises NotAllowed."""
    ensure(actor, Action.BULLETIN_VIEW, office)
    return Question.objects.filter(pk=question_id).first()


def answering_set(*, actor: Actor, place: str, link: Link, answers: bool) -> None:
    """Permit the node above to ask for single rows, or no more. Raises NotAllowed."""
    ensure(actor, Action.ACCOUNT_MANAGE, place)
    with transaction.atomic():
        changed = Link.objects.filter(pk=link.pk, answers=not answers).update(answers=answers)
        if changed:
            journal.record(
                actor=str(actor),
                kind=events.ANSWERING_SET,
                place=place,
                payload={"peer": link.peer, "answers": answers},
            )


def came(*, actor: str, link_id: UUID, question_id: UUID, bulletin: UUID, commune: str) -> None:
    """A question from above: noted, and answered by the fact of it."""
    with transaction.atomic():
        link = Link.objects.get(pk=link_id)
        _row, made = Question.objects.get_or_create(
            pk=question_id,
            defaults={
                "link": link,
                "bulletin": bulletin,
                "commune": commune,
                "asked_by": actor,
                "asked_at": clock.now(),
                "answered_at": clock.now(),
                "refused": not link.answers,
            },
        )
        if made:
            journal.record(
                actor=actor,
                kind=events.QUESTION_ANSWERED,
                place=commune,
                subject=f"question:{question_id}",
                payload={"bulletin": str(bulletin), "refused": not link.answers},
            )


def answered(
    *, link_id: UUID, question_id: UUID, refused: bool, rows: list[dict[str, object]], more: int
) -> None:
    """The province's answer, to the question that was put to it; a second one changes nothing."""
    Question.objects.filter(pk=question_id, link_id=link_id, answered_at=None).update(
        answered_at=clock.now(), refused=refused, rows=rows, more=more
    )


def forget(now: datetime) -> int:
    """Drop questions with their answers after KEPT; the journals keep that they were asked."""
    gone, _of = Question.objects.filter(asked_at__lt=now - KEPT).delete()
    return gone
