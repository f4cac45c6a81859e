"""Every record through every edition, as XML and as JSON, and what neither lets in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.exchange import rendering
from loa.exchange.profile import Names, Profile
from loa.exchange.profiles import PROFILES
from loa.exchange.records import RECORDS, Acknowledgement, Bulletin, Media, Message, Record
from loa.exchange.refusals import ExchangeRefused, Fault
from tests.exchange.strategies import messages

WRITINGS = ((rendering.to_json, rendering.from_json), (rendering.to_xml, rendering.from_xml))
each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@each_profile
def test_a_profile_names_only_what_there_is_and_each_thing_once(profile: Profile) -> None:
    assert profile.faults() == []


def test_a_profile_that_contradicts_itself_is_told() -> None:
    wrong = {**PROFILES[0].names, "station": Names(element="BanTin", fields={"nothing": "x"})}
    faults = Profile(name="x", namespace="urn:x", title="x", official=False, names=wrong).faults()
    assert "station.nothing: no such field" in faults
    assert "BanTin: an element twice" in faults


@each_profile
@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.NAME)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(
    profile: Profile, record: type[Record], data: st.DataObject
) -> None:
    message = data.draw(messages(record))
    for write, read in WRITINGS:
        again = read(write(message, profile), profile)
        left_out = profile.of(record).omit
        for one, other in zip(again.records, message.records, strict=True):
            assert one.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)
        assert again.model_dump(exclude={"records"}) == message.model_dump(exclude={"records"})


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode()))
def test_no_bytes_crash_the_readers(data: bytes) -> None:
    for _, read in WRITINGS:
        with pytest.raises(ExchangeRefused):
            read(data, PROFILES[0])


def bulletin(**more: Any) -> Message:
    said: dict[str, Any] = {
        "id": "b-1", "source_system": "vn", "issuer": "Cục", "title": "Tin", "category": "a1",
        "level": "normal", "language": "vi", "areas": ("08911",),
    }  # fmt: skip
    now = datetime(2026, 11, 25, tzinfo=UTC)
    return Message(
        id="m-1", sender="a", receiver="b", sent_at=now, records=(Bulletin(**said | more),)
    )


def faults_of(data: bytes) -> Fault:
    read = rendering.from_xml if rendering.is_xml(data) else rendering.from_json
    with pytest.raises(ExchangeRefused) as refusal:
        read(data, PROFILES[0])
    return refusal.value.fault


JSON, XML = (write(bulletin(), PROFILES[0]).decode() for write, _ in WRITINGS)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (JSON.replace("loa-de-xuat-1", "khac-2"), Fault.UNKNOWN_PROFILE),
        (XML.replace("urn:loa:trao-doi:de-xuat-1", "urn:khac"), Fault.UNKNOWN_PROFILE),
        (JSON.replace("BanTin", "MonKhac"), Fault.UNKNOWN_RECORD),
        (XML.replace("BanTin", "MonKhac"), Fault.UNKNOWN_RECORD),
        (JSON.replace("tieuDe", "tieuDe2"), Fault.UNKNOWN_FIELD),
        (XML.replace("tieuDe", "tieuDe2"), Fault.UNKNOWN_FIELD),
        (JSON.replace('"thuong"', '"rat_gap"'), Fault.BAD_FIELD),
        (JSON.replace('"thuong"', '"normal"'), Fault.UNKNOWN_CODE),
        (XML.replace(">thuong<", ">normal<"), Fault.UNKNOWN_CODE),
        (JSON.replace('"08911"', '"8911"'), Fault.BAD_FIELD),
        (XML.replace(">08911<", "> 08911<"), Fault.BAD_FIELD),
        (JSON.replace('"tieuDe"', '"tieuDe":"a","tieuDe"'), Fault.MALFORMED),
        (XML.replace("<tieuDe>", "<tieuDe>a</tieuDe><tieuDe>"), Fault.MALFORMED),
        (JSON.replace('["08911"]', "[[]]"), Fault.MALFORMED),
        (XML.replace("<tieuDe>", "<tieuDe><b/>"), Fault.MALFORMED),
        (XML.replace("<tieuDe>", "chen<tieuDe>"), Fault.MALFORMED),
        (XML.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>'), Fault.MALFORMED),
        ("[" * 50, Fault.TOO_LARGE),
        ("<a>" * 50, Fault.TOO_LARGE),
        ("{}", Fault.MALFORMED),
        ("NaN", Fault.MALFORMED),
    ],
)
def test_what_is_not_known_is_refused_by_name(data: str, fault: Fault) -> None:
    assert faults_of(data.encode()) == fault


def test_a_message_over_its_limit_is_not_parsed() -> None:
    assert faults_of(b" " * (rendering.MAX_BYTES + 1) + b"{}") == Fault.TOO_LARGE
    assert faults_of(b"<" + b"a" * rendering.MAX_BYTES + b"/>") == Fault.TOO_LARGE


def test_a_bulletin_in_words() -> None:
    """What the other side's engineer will see."""
    media = Media(url="https://x.vn/a.mp3", sha256="0" * 64, kind="audio", bytes=9, seconds=3)
    body = json.loads(rendering.to_json(bulletin(media=(media,)), PROFILES[0]))
    (row,) = body["GoiTin"]["noiDung"]["BanTin"]
    assert row["mucDo"] == "thuong"
    assert row["maDiaBan"] == ["08911"]
    assert row["tepTin"][0]["loai"] == "am_thanh"
    assert "tomTat" not in row


def test_an_acknowledgement_says_yes_and_no() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    for accepted in (True, False):
        message = Message(
            id="m",
            sender="a",
            receiver="b",
            sent_at=at,
            records=(Acknowledgement(message="m-1", accepted=accepted, at=at),),
        )
        for write, read in WRITINGS:
            assert read(write(message, PROFILES[0]), PROFILES[0]) == message
