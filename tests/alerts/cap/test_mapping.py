"""From a message to a draft: what it may become, how loud, where."""

from datetime import timedelta

import pytest

from loa.alerts.cap import mapping, reading
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.cap.remarks import SAID, Remark
from loa.alerts.hazards import BY_ID, HAZARDS
from tests.alerts.cap.office import ALERT, CENTRES, NOW, RING, but


def _code(value: str) -> str:
    return f"<eventCode><valueName>code</valueName><value>{value}</value></eventCode>"


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


MILD = (
    ALERT[ALERT.index("<info>") : ALERT.index("</alert>")]
    .replace("Severe", "Minor")
    .replace("Lũ lên nhanh", "Lũ đã rút")
    .replace(POLYGON, _geocode("vn.province", "48"))
)


def drafts(data: bytes) -> list[OrderDraft]:
    return mapping.drafts_of(reading.read(data, NOW).alert, CENTRES, NOW)


def test_every_part_in_one_language_counts_and_the_severest_makes_the_draft() -> None:
    found = drafts(but("<info>", MILD + "<info>"))
    assert [(one.title, one.level) for one in found] == [("Lũ lên nhanh", 4), ("Lũ đã rút", 2)]
    assert [one.targets for one in found] == [("vn/01/00004", "vn/01/00008"), ("vn/48",)]
    assert draft(but("<info>", MILD + "<info>")) == found[0]


def test_a_part_that_is_over_does_not_count() -> None:
    over = MILD.replace("Minor", "Extreme").replace("T20:00:00", "T07:58:00")
    over = over.replace("T08:00:00", "T07:56:00")
    assert [one.title for one in drafts(but("<info>", over + "<info>"))] == ["Lũ lên nhanh"]


def test_parts_in_another_language_are_translations() -> None:
    english = MILD.replace("vi-VN", "en-US").replace("Minor", "Extreme")
    assert [one.title for one in drafts(but("<info>", english + "<info>"))] == ["Lũ lên nhanh"]


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("Lũ lên nhanh", "Diễn tập: lũ lên nhanh", Remark.DRILL_WORDS),
        ("Nước lên.", "Đây là bản tin DIỄN TẬP.", Remark.DRILL_WORDS),
        ("T20:00:00", "T08:30:00", Remark.ENDS_FIRST),
        ("<expires>2026-11-25T20", "<expires>2026-11-30T20", Remark.LONG_LIFE),
        ("<urgency>", "<responseType>AllClear</responseType><urgency>", Remark.ALL_CLEAR),
        ("<effective>", _code("Động đất") + "<effective>", Remark.EVENT_DISAGREES),
        ("<effective>", _code("TSW") + "<effective>", Remark.EVENT_DISAGREES),
        (RING, "21,105 22,106 22,105 21,106 21,105", Remark.RING_CROSSES),
        ("Nước lên.", "Nước lên.", None),
        ("<effective>", _code("FLW") + "<effective>", None),
        ("<effective>", _code("Flooding") + "<effective>", None),
        ("<effective>", _code("KT-77") + "<effective>", None),
    ],
)
def test_what_the_signers_must_look_at_is_remarked(
    old: str, new: str, remark: Remark | None
) -> None:
    made = draft(but(old, new))
    assert made is not None
    assert made.remarks == (() if remark is None else (remark,))


def test_a_long_life_is_offered_as_72_hours() -> None:
    made = draft(but("<expires>2026-11-25T20", "<expires>2026-12-25T20"))
    assert made is not None
    assert made.expires == NOW + timedelta(hours=72)
    assert made.ends is not None
    assert made.ends - NOW > timedelta(days=29)


def _ring(r: float) -> str:
    lat, lon = 21.038, 105.83
    corners = [(lat - r, lon - r), (lat + r, lon - r), (lat + r, lon + r), (lat - r, lon + r)]
    return " ".join(f"{a:.4f},{b:.4f}" for a, b in corners)


@pytest.mark.parametrize(
    "ring",
    [
        f"{_ring(0.1)} {_ring(0.09)} 20.9380,105.7300",
        f"{_ring(0.1)} {_ring(0.1)} 20.9380,105.7300",
        f"{_ring(0.1)} 20.9380,105.7300 "
        + " ".join(reversed(_ring(0.1).split())) + " 20.9380,105.7300",
        "21.0,105.80 21.1,105.85 21.0,105.85 21.1,105.80 21.0,105.80",
    ],
)  # fmt: skip
def test_a_ring_drawn_twice_or_across_itself_holds_all_that_it_goes_around(ring: str) -> None:
    made = draft(but(RING, ring))
    assert made is not None
    assert made.targets == ("vn/01/00004", "vn/01/00008")
    assert made.remarks == (Remark.RING_CROSSES,)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Nước: 3,5 m&lt;br /&gt;Nơi: Đông Sơn", "Nước: 3,5 m\nNơi: Đông Sơn"),
        ("&lt;p class='x'&gt;Một&lt;/p&gt;&lt;p&gt;Hai&lt;/p&gt;", "Một\n\nHai"),
        ("&amp;nbsp;Cập nhật&amp;nbsp;6 giờ", "Cập nhật 6 giờ"),
        ("Sông &amp;lt;b&amp;gt;Hồng&amp;lt;/b&amp;gt;", "Sông Hồng"),
        ("Mưa &lt; 50 mm, gió &gt; cấp 6", "Mưa < 50 mm, gió > cấp 6"),
        ("Mưa a&lt;b và c&gt;d", "Mưa a<b và c>d"),
        ("&lt;![CDATA[x]]&gt;".replace("&lt;", "<").replace("&gt;", ">"), "x"),
        ("&lt;style&gt;p {color: red}&lt;/style&gt;Lũ", "Lũ"),
    ],
)
def test_marks_of_web_pages_are_not_read(written: str, said: str) -> None:
    made = draft(but("Nước lên.", written))
    assert made is not None
    assert made.text == f"{said}\nLên chỗ cao ngay."


def test_every_remark_has_its_sentence() -> None:
    assert set(SAID) == set(Remark)
