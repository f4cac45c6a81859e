"""The newest facts of some places, wherever in the journal they stand."""

import pytest
from django.db.models import Q

from loa.journal import selectors
from loa.journal.models import Fact
from loa.journal.services import record

pytestmark = pytest.mark.django_db

HERE, SISTER, FAR = "vn/25/08911", "vn/25/08914", "vn/01/00004"


def write(*places: str) -> list[int]:
    for number, place in enumerate(places):
        kind = "bulletin.written" if number % 2 else "bulletin.approved"
        record(actor="cli:test", place=place, kind=kind, subject=f"bulletin:{number}", payload={})
    return list(Fact.objects.order_by("-seq").values_list("seq", flat=True))


def newest(paths: tuple[str, ...], count: int, before: int, **narrowed: str) -> list[int]:
    return [fact.seq for fact in selectors.newest(paths, Q(**narrowed), count, before)]


@pytest.mark.parametrize("near", [2, 5_000])
def test_they_come_newest_first_from_far_back_and_each_once(
    near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "NEAR", near)
    own, far, sister, hamlet, above, other, *rest = reversed(
        write(HERE, FAR, SISTER, f"{HERE}/h01", "vn/25", "vn/250", *[FAR] * 6)
    )
    end = rest[-1] + 1
    assert newest((HERE,), 9, end) == [hamlet, own]
    assert newest(("vn/25",), 9, end) == [above, hamlet, sister, own]
    assert newest(("vn/25", HERE), 9, end) == [above, hamlet, sister, own]
    assert newest(("vn/25", "vn/250"), 2, end) == [other, above]
    assert newest(("vn",), 3, end) == rest[:2:-1]
    assert newest(("vn/25",), 9, hamlet) == [sister, own]
    assert newest((HERE, FAR), 9, sister) == [far, own]
    assert newest(("vn/25",), 9, end, subject="bulletin:2") == [sister]
    assert newest((), 9, end) == []
