"""What a stranger's file may do: be understood, or be refused by name."""

from pathlib import Path

import pytest

from loa.alerts.cap import parsing, reading
from loa.alerts.cap.refusals import SENTENCES, CapRefused, Reason
from tests.alerts.cap.office import ALERT, AREA, INFO, NOW, RING, but

BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&c;</alert>"""
FETCH = """<!DOCTYPE a SYSTEM "http://203.0.113.9/a.dtd">
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>"""
EXPIRES = "<expires>2026-11-25T20:00:00+07:00</expires>"

BAD: dict[str, tuple[bytes, Reason]] = {
    "empty": (b"", Reason.MALFORMED),
    "not xml": (b"hello", Reason.MALFORMED),
    "cut short": (ALERT.encode()[:-20], Reason.MALFORMED),
    "not utf-8": (but("KT-1", "KT-1").replace(b"KT-1", b"\xff\xfe"), Reason.MALFORMED),
    "entity bomb": (BOMB.encode(), Reason.DTD),
    "dtd of another host": (FETCH.encode(), Reason.DTD),
    "nested deep": (b"<a>" * 5000 + b"</a>" * 5000, Reason.TOO_DEEP),
    "too many": (b"<a>" + b"<b/>" * 30_000 + b"</a>", Reason.TOO_MANY_ELEMENTS),
    "too large": (but("</alert>", " " * parsing.MAX_BYTES + "</alert>"), Reason.TOO_LARGE),
    "instruction": (but("<scope>", "<?do it?><scope>"), Reason.INSTRUCTION),
    "cap 1.1": (but("cap:1.2", "cap:1.1"), Reason.WRONG_NAMESPACE),
    "no namespace": (b"<alert/>", Reason.WRONG_NAMESPACE),
    "other root": (
        b'<info xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>',
        Reason.NOT_ALERT,
    ),
    "no identifier": (but("<identifier>KT-1</identifier>", ""), Reason.MISSING),
    "identifier with blank": (but("KT-1", "KT 1"), Reason.BAD_VALUE),
    "unknown element": (but("<scope>", "<shout>x</shout><scope>"), Reason.UNEXPECTED),
    "foreign element": (but("<scope>", '<x xmlns="urn:x">1</x><scope>'), Reason.UNEXPECTED),
    "status": (but("Actual", "Real"), Reason.BAD_CODE),
    "msgType": (but(">Alert<", ">Shout<"), Reason.BAD_CODE),
    "severity": (but("Severe", "Terrible"), Reason.BAD_CODE),
    "category": (but(">Met<", ">Weather<"), Reason.BAD_CODE),
    "no urgency": (but("<urgency>Immediate</urgency>", ""), Reason.MISSING),
    "no info": (but(INFO, ""), Reason.MISSING_INFO),
    "no area": (but(AREA, ""), Reason.MISSING_AREA),
    "no expires": (but(EXPIRES, ""), Reason.MISSING_EXPIRES),
    "time without zone": (but("07:55:00+07:00", "07:55:00"), Reason.BAD_TIME),
    "time with letter": (but("07:55:00+07:00", "00:55:00Z"), Reason.BAD_TIME),
    "no such day": (but("2026-11-25T07:55", "2026-11-31T07:55"), Reason.BAD_TIME),
    "sent tomorrow": (but("2026-11-25T07:55", "2026-11-26T07:55"), Reason.IN_FUTURE),
    "effective before sent": (
        but("<effective>2026-11-25T08", "<effective>2026-11-25T06"),
        Reason.TIME_ORDER,
    ),
    "onset before effective": (
        but("<onset>2026-11-25T09", "<onset>2026-11-24T09"),
        Reason.TIME_ORDER,
    ),
    "expires before onset": (but("T20:00:00", "T08:30:00"), Reason.TIME_ORDER),
    "72 hours and a second": (
        but("<expires>2026-11-25T20:00:00", "<expires>2026-11-28T07:55:01"),
        Reason.LIFE_TOO_LONG,
    ),
    "expired": (but("2026-11-25", "2026-11-24"), Reason.EXPIRED),
    "ring open": (but(RING, RING.rpartition(" ")[0]), Reason.BAD_AREA),
    "ring of two": (but(RING, "21,105 21,106 21,105"), Reason.BAD_AREA),
    "latitude 91": (but("21.1,105.9", "91.0,105.9"), Reason.BAD_AREA),
    "longitude 181": (but("21.1,105.9", "21.1,181"), Reason.BAD_AREA),
    "not a number": (but("21.1,105.9", "nan,inf"), Reason.BAD_AREA),
    "radius below zero": (
        but(f"<polygon>{RING}</polygon>", "<circle>21,105.8 -1</circle>"),
        Reason.BAD_AREA,
    ),
    "radius beyond the earth": (
        but(f"<polygon>{RING}</polygon>", "<circle>21,105.8 20001</circle>"),
        Reason.BAD_AREA,
    ),
    "year one": (but("<sent>2026", "<sent>0001"), Reason.BAD_TIME),
    "too many points": (but(RING, "21.0,105.8 " * 5001), Reason.TOO_MANY_SHAPES),
    "too many areas": (but(AREA, AREA * 251), Reason.TOO_MANY_SHAPES),
    "update of nothing": (but(">Alert<", ">Update<"), Reason.MISSING_REFERENCES),
    "cancel of nothing": (but(">Alert<", ">Cancel<"), Reason.MISSING_REFERENCES),
    "reference of two parts": (
        but("</scope>", "</scope><references>a,b</references>"),
        Reason.BAD_REFERENCE,
    ),
    "private without addresses": (but("Public", "Private"), Reason.MISSING),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name(name: str) -> None:
    data, reason = BAD[name]
    with pytest.raises(CapRefused) as refused:
        reading.read(data, NOW)
    assert refused.value.reason is reason
    assert refused.value.sentence


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_a_hundred_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    big = tmp_path / "big.xml"
    with big.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(CapRefused) as refused:
        parsing.read_file(big)
    assert refused.value.reason is Reason.TOO_LARGE


def test_a_good_message_is_understood() -> None:
    alert = reading.read(ALERT.encode(), NOW).alert
    assert (alert.identifier, alert.sender) == ("KT-1", "khituong@example.vn")
    assert alert.infos[0].headline == "Lũ lên nhanh"
    assert alert.infos[0].areas[0].polygons == [RING]


def test_the_refusal_names_the_element() -> None:
    with pytest.raises(CapRefused) as refused:
        reading.read(but("21.1,105.9", "91.0,105.9"), NOW)
    assert refused.value.where == "info[0].area[0].polygon[0]"


def test_exactly_72_hours_are_allowed() -> None:
    data = but("<expires>2026-11-25T20:00:00", "<expires>2026-11-28T07:55:00")
    assert reading.read(data, NOW).alert.infos[0].expires is not None


def test_a_comment_cannot_part_a_text() -> None:
    alert = reading.read(but("Lũ lên nhanh", "Lũ <!-- x -->lên nhanh"), NOW).alert
    assert alert.infos[0].headline == "Lũ lên nhanh"


def test_references_are_read() -> None:
    told = "a@x.vn,KT-0,2026-11-25T06:00:00+07:00 b@x.vn,KT-9,2026-11-25T05:00:00+07:00"
    document = but(">Alert<", ">Update<").decode()
    data = but("</scope>", f"</scope><references>{told}</references>", document)
    found = reading.read(data, NOW).alert.references
    assert [(one.sender, one.identifier) for one in found] == [
        ("a@x.vn", "KT-0"),
        ("b@x.vn", "KT-9"),
    ]
