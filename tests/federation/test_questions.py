"""Single rows are asked of a province live: with its permission, noted on both sides, once."""

from uuid import UUID, uuid4

import pytest
from django.test import Client

from loa.federation import questions
from loa.federation.contract import Direction, Peer
from loa.federation.models import Aired, Link, Question
from loa.federation.refusals import LinkRefused
from loa.journal.models import Fact
from loa.lib import clock
from loa.newsroom.models import Bulletin
from loa.outlets import wall
from loa.outlets.models import AreaCount, Health
from loa.people.selectors import actor_of
from tests.console.conftest import SignIn, sign_in
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import Country
from tests.federation.test_tasks import arrive, leaving
from tests.tasks.desk import ministry

__all__ = ["sign_in"]


def link(below: bool, answers: bool = False) -> Link:
    peer, path = ("n-25", "vn/25") if below else ("n-centre", "vn")
    return Link.objects.create(
        peer=peer, path=path, below=below, kid="k" * 22, linked_at=clock.now(), answers=answers
    )


def peer_of(row: Link) -> Peer:
    return Peer(row.pk, row.peer, row.path, below=row.below)


@pytest.fixture
def heard(country: Country) -> Bulletin:
    bulletin = approved(country.one)
    for outlet in country.one.outlets:
        played(bulletin, outlet)
    return bulletin


def asked(country: Country, bulletin: UUID) -> Question:
    return questions.ask(
        actor=actor_of(ministry(country)),
        bulletin=bulletin,
        office="vn",
        commune=country.one.place.path,
    )


@pytest.mark.parametrize("answers", [True, False])
def test_the_province_answers_only_where_it_permits(
    country: Country, heard: Bulletin, answers: bool
) -> None:
    down, up = link(below=True), link(below=False, answers=answers)
    question = asked(country, heard.pk)
    (ask,) = leaving("question.asked", Direction.DOWN, "federation.question_asked", peer_of(down))
    question.delete()  # both nodes share the tests' database: below it is not known yet
    for _ in range(2):
        arrive("question.asked", Direction.DOWN, ask, peer_of(up))
    fact = Fact.objects.get(kind="federation.question_answered")
    assert fact.place == country.one.place.path
    (told,) = leaving("question.told", Direction.UP, "federation.question_answered", peer_of(up))
    Question.objects.update(link=down, answered_at=None, refused=False)
    arrive("question.told", Direction.UP, told, peer_of(down))
    row = Question.objects.get()
    assert row.refused is not answers
    rows = row.rows or []
    assert [one["result"] for one in rows] == (["played", "played"] if answers else [])


def test_an_answer_to_nothing_and_a_stranger_s_answer_change_nothing(
    country: Country, heard: Bulletin
) -> None:
    down = link(below=True)
    question = asked(country, heard.pk)
    for who, which in ((down.pk, uuid4()), (uuid4(), question.pk)):
        questions.answered(link_id=who, question_id=which, refused=False, rows=[], more=0)
    question.refresh_from_db()
    assert question.answered_at is None


def test_a_commune_of_no_linked_province_cannot_be_asked(country: Country, heard: Bulletin) -> None:
    with pytest.raises(LinkRefused):
        asked(country, heard.pk)


def test_the_question_has_a_page_that_waits_and_then_shows(
    country: Country, heard: Bulletin, sign_in: SignIn
) -> None:
    Bulletin.objects.update(place=country.nation)
    down = link(below=True)
    Aired.objects.create(
        link=down,
        bulletin=heard.pk,
        commune=country.one.place.path,
        outlets=2,
        failed=0,
        grades={"B": 2},
        seconds=40,
        rows=2,
        as_of=clock.now(),
    )
    client: Client = sign_in(ministry(country))
    form = {"commune": country.one.place.path}
    assert client.post(f"/tin/{heard.pk}/hoi-tinh", {"commune": "vn/24"}).status_code == 404
    there = client.post(f"/tin/{heard.pk}/hoi-tinh", form)["Location"]
    assert "Đang hỏi tỉnh" in text_of(client.get(there))
    question = Question.objects.get()
    rows: list[dict[str, object]] = [
        {"code": "CL01", "name": "Cụm loa 1", "result": "played", "grade": "B"}
        | {"at": "2026-11-23T05:00:00Z", "level": -1602, "volume": 80}
    ]
    questions.answered(link_id=down.pk, question_id=question.pk, refused=False, rows=rows, more=3)
    shown = text_of(client.get(there))
    assert "-16,0 LUFS" in shown
    assert "Còn 3 kết quả nữa" in shown


def test_the_wall_above_has_what_the_nodes_below_say(country: Country) -> None:
    Health.objects.create(outlet=country.one.outlets[0], seen_at=clock.now(), online=False)
    wall.count(clock.now())
    own = wall.own_since(None)
    assert {row.path: row.outlets for row in own} == {
        country.one.place.path: 2,
        country.two.place.path: 2,
    }
    told = wall.Told(
        path="vn/24/06001",
        outlets=5,
        silent=2,
        trouble=0,
        never=1,
        people_unreached=300,
        hamlets_unreached=1,
        hamlets_unknown=0,
    )
    wall.take(origin="n-24", told=[told], now=clock.now())
    wall.count(clock.now())
    nation = AreaCount.objects.get(pk="vn")
    assert (nation.outlets, nation.people_unreached) == (9, 300)
    assert AreaCount.objects.get(pk="vn/24").silent == 2
    assert {row.path for row in wall.own_since(None)} == {row.path for row in own}
