"""What a loudspeaker says of an order whose own sound is not there: pinned in its plan."""

import pytest

from loa.alerts.models import Clip
from loa.alerts.orders import clips, sound
from loa.alerts.rules import OrderRefused
from loa.media.services import file_note
from loa.people.authority import NodeIdentity
from loa.schedule.handlers import station_ref
from loa.schedule.plans import plan_issue
from loa.schedule.selectors import is_issued
from loa_player.alerts import DRILL_CLIP, DRILL_END_CLIP, URGENT_CLIP, place_clip
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan, Speech, parse_payload
from tests.country import Country

COMMUNE = "vn/25/08911"


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A voice that says what it was asked, at no cost."""
    said: list[str] = []

    def say(text: str) -> Speech:
        said.append(text)
        sha256 = f"{len(said):064x}"
        file_note(sha256=sha256, mime="audio/ogg", size_bytes=8000, ms=1500)
        return Speech(sha256=sha256, bytes=8000, ms=1500)

    monkeypatch.setattr(sound, "speech_of_text", say)
    return said


def all_made() -> int:
    made = 0
    while clips.make_next([COMMUNE]):
        made += 1
    return made


def test_each_clip_is_made_once(country: Country, voice: list[str]) -> None:
    number = all_made()
    assert number == len(clips.wanted([COMMUNE])) == len(voice)
    assert clips.make_next([COMMUNE]) is None
    assert "Tại Xã Tam Đảo." in voice
    assert "Tại Thôn Đông, Xã Tam Đảo." in voice
    hamlet = country.one.outlets[0].hamlet
    assert hamlet is not None
    hamlet.name = "Thôn Mới"
    hamlet.save()
    assert all_made() == 1, "a renamed place is said anew"


def test_nodes_and_devices_call_them_by_the_same_names(country: Country) -> None:
    names = clips.wanted([COMMUNE])
    assert {DRILL_CLIP, DRILL_END_CLIP, URGENT_CLIP, "hazard-flood"} <= names.keys()
    assert place_clip(f"{COMMUNE}/h01") in names
    assert place_clip("vn/25") in names


def test_a_plan_pins_them_and_devices_may_fetch_them(
    country: Country, node: NodeIdentity, voice: list[str]
) -> None:
    station = station_ref(country.one.station)
    first = plan_issue(station=station, node=node)
    assert first is not None
    all_made()
    second = plan_issue(station=station, node=node)
    assert second is not None, "new clips are news"
    plan = parse_payload(Kind.PLAN, Envelope.parse(bytes(second.envelope)).payload)
    assert isinstance(plan, Plan)
    assert plan.clips.keys() == clips.wanted([COMMUNE]).keys()
    assert all(is_issued(clip.sha256) for clip in plan.clips.values())
    assert plan_issue(station=station, node=node) is None


def test_without_a_voice_plans_go_on(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_text: str) -> Speech:
        raise OrderRefused("no_voice", "không có giọng")

    monkeypatch.setattr(sound, "speech_of_text", silent)
    assert clips.make_next([COMMUNE]) is False
    assert not Clip.objects.exists()
