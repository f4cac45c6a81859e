"""What a stranger's file may do: be understood, or be refused by name."""

from pathlib import Path

import pytest

from loa.alerts.cap import parsing, reading, signing
from loa.alerts.cap.refusals import SENTENCES, CapRefused, Reason
from tests.alerts.cap.office import ALERT, AREA, INFO, NOW, RING, but, certificate

BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&c;</alert>"""
FETCH = """<!DOCTYPE a SYSTEM "http://203.0.113.9/a.dtd">
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>"""
EXPIRES = "<expires>2026-11-25T20:00:00+07:00</expires>"

DS = 'xmlns="http://www.w3.org/2000/09/xmldsig#"'
SIGNED = '<SignedInfo><Reference URI=""/></SignedInfo>'

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
    "effective after expires": (
        but("<effective>2026-11-25T08", "<effective>2026-11-25T21"),
        Reason.TIME_ORDER,
    ),
    "expires before sent": (
        but("<expires>2026-11-25T20:00:00", "<expires>2026-11-25T07:50:00"),
        Reason.TIME_ORDER,
    ),
    "key without certificate": (
        but(
            "</alert>",
            f"<Signature {DS}>{SIGNED}<KeyInfo><KeyValue/></KeyInfo></Signature></alert>",
        ),
        Reason.NO_CERTIFICATE,
    ),
    "signature without key": (
        but("</alert>", f"<Signature {DS}>{SIGNED}</Signature></alert>"),
        Reason.NO_CERTIFICATE,
    ),
    "empty expires": (but(EXPIRES, "<expires/>"), Reason.MISSING_EXPIRES),
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<onset>2026-11-25T09", "<onset>2026-11-25T07"),
        ("<onset>2026-11-25T09", "<onset>2026-11-03T09"),
        ("<effective>2026-11-25T08", "<effective>2026-11-25T06"),
        ("<effective>2026-11-25T08", "<effective>2026-11-25T10"),
        ("<onset>2026-11-25T09", "<onset>2026-11-26T09"),
        ("<expires>2026-11-25T20:00:00", "<expires>2026-11-28T07:55:00"),
        ("<expires>2026-11-25T20:00:00", "<expires>2026-12-02T20:00:00"),
        ("<effective>2026-11-25T08:00:00+07:00</effective>", "<effective/>"),
    ],
)
def test_a_message_may_speak_of_the_past_and_of_long_after(old: str, new: str) -> None:
    """CAP 1.2 sets no order of these times: an earthquake has happened when it is told."""
    assert reading.read(but(old, new), NOW).alert.infos[0].expires is not None


STYLE = "<?xml-stylesheet href='x.xsl' type='text/xsl'?>"


@pytest.mark.parametrize("sign", [False, True])
def test_lines_before_and_after_the_message_are_no_part_of_it(sign: bool) -> None:
    key, made = certificate()
    plain = ALERT.encode() if not sign else signing.sign(ALERT.encode(), key, made)
    data = plain.replace(b"?>", b"?>" + STYLE.encode() + b"<!-- x -->", 1) + STYLE.encode()
    message = reading.read(data, NOW)
    assert message.alert.infos[0].areas[0].polygons == [RING]
    assert (message.signer is not None) is sign


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<area>", "<parameter><valueName>Resources</valueName><value/></parameter><area>"),
        ("<area>", "<parameter><valueName>Resources</valueName></parameter><area>"),
        ("<area>", "<parameter><valueName/><value></value></parameter><area>"),
        ("<area>", "<web/><contact> </contact><area>"),
        ("<urgency>", "<responseType/><urgency>"),
        ("<urgency>", "<responseType></responseType><urgency>"),
        ("</scope>", "</scope><restriction/><code/><note/><references/><incidents/>"),
        ("</polygon>", "</polygon><polygon/><circle/><geocode><valueName>SAME</valueName>"
         "<value/></geocode>"),
        ("<instruction>Lên chỗ cao ngay.</instruction>", "<instruction/>"),
    ],
)  # fmt: skip
def test_an_empty_element_that_may_lack_is_as_if_it_lacked(old: str, new: str) -> None:
    assert reading.read(but(old, new), NOW).alert.infos[0].headline == "Lũ lên nhanh"


@pytest.mark.parametrize(
    "ring",
    [
        "21.0000000000000001,105.80000000000001 21.1,105.8 21.1,105.9"
        " 21.0000000000000001,105.80000000000001",
        "21, 105.8 21.1 ,105.8 21.1,+105.9 21, 105.8",
        "2.1e1,105.8 21.1,105.8 21.1,105.9 2.1e1,105.8",
        "21.,105.8 21.1,105.8\n\t21.1,105.9 21.,105.8",
    ],
)
def test_coordinates_as_programs_print_them(ring: str) -> None:
    assert reading.read(but(RING, ring), NOW).alert.infos[0].areas[0].polygons


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
