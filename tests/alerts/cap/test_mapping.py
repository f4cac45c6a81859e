"""From a message to a draft: what it may become, how loud, where."""

import pytest

from loa.alerts.cap import mapping, reading
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.hazards import BY_ID, HAZARDS
from tests.alerts.cap.office import ALERT, CENTRES, NOW, RING, but

REFERENCES = "</scope><references>a@x.vn,KT-0,2026-11-25T06:00:00+07:00</references>"
POLYGON = f"<polygon>{RING}</polygon>"


def draft(data: bytes) -> OrderDraft | None:
    return mapping.draft_of(reading.read(data, NOW).alert, CENTRES, NOW)


@pytest.mark.parametrize(
    ("status", "msg_type", "kind"),
    [
        ("Actual", "Alert", "alert"),
        ("Actual", "Update", "update"),
        ("Actual", "Cancel", "cancel"),
        ("Actual", "Ack", None),
        ("Actual", "Error", None),
        ("Exercise", "Alert", "drill"),
        ("Exercise", "Update", None),
        ("Exercise", "Cancel", "drill-cancel"),
        ("System", "Alert", None),
        ("Test", "Alert", None),
        ("Test", "Cancel", None),
        ("Draft", "Alert", None),
    ],
)
def test_only_what_is_actual_becomes_a_real_order(
    status: str, msg_type: str, kind: str | None
) -> None:
    document = but("Actual", status).decode()
    document = but(">Alert<", f">{msg_type}<", document).decode()
    made = draft(but("</scope>", REFERENCES, document))
    assert (made.kind if made else None) == kind


def test_what_is_not_public_is_not_aired() -> None:
    document = but("Public", "Private").decode()
    assert draft(but("</scope>", "</scope><addresses>x</addresses>", document)) is None


def test_the_draft_holds_what_was_said() -> None:
    made = draft(ALERT.encode())
    assert made is not None
    assert (made.level, made.hazard, made.title) == (4, "flood", "Lũ lên nhanh")
    assert made.text == "Nước lên.\nLên chỗ cao ngay."
    assert made.targets == ("vn/01/00004", "vn/01/00008")


@pytest.mark.parametrize(
    ("urgency", "severity", "certainty", "level"),
    [
        ("Immediate", "Extreme", "Observed", 5),
        ("Expected", "Severe", "Likely", 4),
        ("Immediate", "Unknown", "Unknown", 3),
        ("Future", "Extreme", "Possible", 3),
        ("Past", "Minor", "Unlikely", 1),
    ],
)
def test_level(urgency: str, severity: str, certainty: str, level: int) -> None:
    document = ALERT.replace("Immediate", urgency).replace("Severe", severity)
    made = draft(document.replace("Likely", certainty).encode())
    assert made is not None
    assert made.level == level


@pytest.mark.parametrize(
    ("event", "hazard"),
    [
        ("Bão số 3", "storm"),
        ("Báo cáo định kỳ", None),
        ("Lũ quét và sạt lở đất", "flash-flood"),
        ("Hồ chứa xả lũ", "dam"),
        ("FLOOD WARNING", "flood"),
        ("Floodlight", None),
    ],
)
def test_hazard_by_the_event(event: str, hazard: str | None) -> None:
    made = draft(but("Cảnh báo lũ", event))
    assert made is not None
    assert made.hazard == hazard


@pytest.mark.parametrize("hazard", [one.id for one in HAZARDS])
def test_our_own_events_come_back_as_the_same_hazard(hazard: str) -> None:
    made = draft(but("Cảnh báo lũ", BY_ID[hazard].event))
    assert made is not None
    assert made.hazard == hazard


def _geocode(name: str, value: str) -> str:
    return f"<geocode><valueName>{name}</valueName><value>{value}</value></geocode>"


@pytest.mark.parametrize(
    ("shape", "targets"),
    [
        (_geocode("vn.commune", "20194"), ("vn/48/20194",)),
        (_geocode("vn.province", "01"), ("vn/01",)),
        (_geocode("vn.path", "vn/01/00004/h02"), ("vn/01/00004/h02",)),
        (_geocode("vn.commune", "99999"), ()),
        ("<circle>21.0386,105.8380 0.5</circle>", ("vn/01/00004",)),
        ("<circle>21.0386,105.8380 5</circle>", ("vn/01/00004", "vn/01/00008")),
        (_geocode("SAME", "006109"), ()),
    ],
)
def test_places(shape: str, targets: tuple[str, ...]) -> None:
    made = draft(but(POLYGON, shape))
    assert made is not None
    assert made.targets == targets


def test_a_code_that_is_not_ours_is_named_and_never_widened() -> None:
    made = draft(but(POLYGON, POLYGON + _geocode("vn.commune", "99999")))
    assert made is not None
    assert made.targets == ()
    assert made.areas[0][1].unknown == ("99999",)


def test_a_shape_without_a_centre_names_the_nearest_commune_as_such() -> None:
    made = draft(but(POLYGON, "<circle>16.08,108.23 0.1</circle>"))
    assert made is not None
    assert made.areas[0][1].nearest == made.targets == ("vn/48/20194",)


def test_a_shape_in_the_sea_names_no_commune() -> None:
    made = draft(but(POLYGON, "<circle>12.0,113.0 1</circle>"))
    assert made is not None
    assert made.targets == ()


def test_vietnamese_words_come_first() -> None:
    info = ALERT[ALERT.index("<info>") : ALERT.index("</alert>")]
    english = info.replace("vi-VN", "en-US").replace("Lũ lên nhanh", "Rising water")
    made = draft(but("<info>", english + "<info>"))
    assert made is not None
    assert made.title == "Lũ lên nhanh"
