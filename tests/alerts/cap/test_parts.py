"""A message of several parts, and what a machine never airs by itself."""

import pytest

from loa.alerts.cap import desk, signing
from loa.alerts.models import Order
from loa_protocol.payloads import CapRule
from tests.alerts import office as offices
from tests.alerts.cap.desk import CERTIFICATE, KEY, SENDER, cap, source, take, template

OTHER = "vn/25/08914"
SPOKEN = "<headline>Lũ lên nhanh</headline>"


def changed(*changes: tuple[str, str]) -> bytes:
    """The weather office's message, signed, with other words."""
    text = cap(sign=False).decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return signing.sign(text.encode(), KEY, CERTIFICATE)


def with_mild_first(area: str = "vn.province</valueName><value>01") -> bytes:
    text = cap(sign=False).decode()
    info = text[text.index("<info>") : text.index("</alert>")]
    mild = info.replace("Severe", "Minor").replace("Lũ lên nhanh", "Lũ đã rút")
    mild = mild.replace("vn.commune</valueName><value>08911", area)
    return changed(("<info>", mild + "<info>"))


def test_the_severe_part_fills_its_template_though_a_mild_one_stands_first(
    office: offices.Office,
) -> None:
    template(office)
    row = take(with_mild_first(), source(office)[0])
    assert (row.title, row.level, row.targets) == ("Lũ lên nhanh", 4, ("vn/25/08911",))
    assert row.order is not None
    assert row.order.title == "Lũ lên nhanh ở Xã Tam Đảo"
    assert [part.title for part in desk.parts_of(row)] == ["Lũ lên nhanh", "Lũ đã rút"]


def test_a_milder_part_about_the_same_place_adds_no_second_order(office: offices.Office) -> None:
    lower = CapRule(senders=(SENDER,), hazards=("flood",), least=1, blanks={})
    words = {"title": "Lũ", "text": "Có lũ ở nơi thấp.", "blanks": {}}
    template(office)
    template(office, cap=lower, **words)
    row = take(with_mild_first("vn.commune</valueName><value>08911"), source(office)[0])
    assert Order.objects.get() == row.order
    assert row.answered == ""


def test_two_parts_about_two_places_fill_two_templates(office: offices.Office) -> None:
    lower = CapRule(senders=(SENDER,), hazards=("flood",), least=1, blanks={})
    words = {"title": "Lũ đã rút", "text": "Lũ đã rút.", "blanks": {}}
    template(office)
    template(office, cap=lower, targets=(OTHER,), **words)
    row = take(with_mild_first(f"vn.path</valueName><value>{OTHER}"), source(office)[0])
    assert {order.title for order in Order.objects.all()} == {
        "Lũ lên nhanh ở Xã Tam Đảo",
        "Lũ đã rút",
    }
    assert row.order is not None
    assert row.order.title == "Lũ lên nhanh ở Xã Tam Đảo"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((SPOKEN, "<headline>Diễn tập: lũ lên nhanh</headline>"), "drill_words"),
        (
            ("<urgency>", "<responseType>AllClear</responseType><urgency>"),
            "all_clear",
        ),
        (
            (
                "<onset>",
                "<eventCode><valueName>SAME</valueName><value>TSW</value></eventCode><onset>",
            ),
            "event_disagrees",
        ),
    ],
)
def test_what_only_persons_may_judge_fills_no_template(
    office: offices.Office, change: tuple[str, str], why: str
) -> None:
    template(office)
    row = take(changed(change), source(office)[0])
    assert row.draft == "alert"
    assert row.order is None
    assert row.answered == why
