"""Single rows of a province, asked live: who sounded one bulletin in one commune, and how."""

from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.federation import questions, selectors
from loa.federation.refusals import LinkRefused, sentence_of
from loa.newsroom import selectors as newsroom
from loa.people.authority import NoAuthority, node_identity
from loa.places.selectors import names_of
from loa.web.middleware import actor
from loa.web.requests import done, live, refused, signed_in


def _office(request: HttpRequest, bulletin_id: UUID) -> str:
    """The office of a bulletin the asker may see. 404 otherwise."""
    try:
        return str(newsroom.bulletin_get(actor(request), bulletin_id).place.path)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


@signed_in
@require_POST
def ask(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """Put the question; the answer comes to its own page."""
    office = _office(request, bulletin_id)
    commune = request.POST.get("commune", "")
    if commune not in {row.commune for row in selectors.aired(bulletin_id)}:
        raise Http404
    try:
        made = questions.ask(
            actor=actor(request), bulletin=bulletin_id, office=office, commune=commune
        )
    except LinkRefused as why:
        words = ValueError(sentence_of(why.reason.value))
        return refused(request, words, reverse("console:bulletin", args=[bulletin_id]))
    return redirect("console:question", bulletin_id, made.pk)


@signed_in
def page(request: HttpRequest, bulletin_id: UUID, question_id: UUID) -> HttpResponse:
    """The rows, as soon as the province has told them."""
    office = _office(request, bulletin_id)
    found = questions.question_get(actor(request), question_id, office)
    if found is None or found.bulletin != bulletin_id:
        raise Http404
    rows = [
        {
            **row,
            "at": parse_datetime(row["at"]),
            "level": None if row.get("level") is None else row["level"] / 100,
        }
        for row in found.rows or ()
    ]
    context = {
        "question": found,
        "name": names_of([found.commune]).get(found.commune, found.commune),
        "rows": rows,
        "every": "2s" if found.answered_at is None else "60s",
        "bulletin_id": bulletin_id,
    }
    name = "bulletins/parts/question.html"
    return live(request, page="bulletins/question.html", part=name, context=context)


@signed_in
@require_POST
def permit(request: HttpRequest) -> HttpResponse:
    """Whether the node above may ask for single rows."""
    try:
        node = node_identity()
    except NoAuthority as missing:
        raise Http404 from missing
    link = next((one for one in selectors.parents() if one.peer == request.POST.get("peer")), None)
    if link is None:
        raise Http404
    answers = request.POST.get("answers") == "1"
    questions.answering_set(actor=actor(request), place=node.path, link=link, answers=answers)
    words = (
        _("Từ nay trung tâm hỏi được từng kết quả phát; mỗi lần hỏi đều ghi vào nhật ký.")
        if answers
        else _("Từ nay trung tâm không hỏi được từng kết quả phát nữa.")
    )
    return done(request, words, reverse("console:links"))
