"""Every channel against the shared contract, and the registry."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from loa.channels import registry
from loa.channels.checks import broken_channels
from loa.channels.contract import (
    AnyMessage,
    Content,
    Message,
    OpenAccount,
    Rendition,
    Target,
)
from loa.channels.demo.channel import Demo, DemoProfile, DemoSecrets, DemoSettings
from loa.channels.speaker.channel import Speaker, SpeakerProfile, SpeakerSecrets, SpeakerSettings
from loa.lib import clock
from loa.lib.ids import new_id
from loa.newsroom.renditions import Form
from loa.people.authority import NodeIdentity
from loa.schedule import plans, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Slot
from loa.schedule.selectors import next_session, planned_version
from tests.channels.contract import Case, ChannelContract
from tests.country import Country
from tests.factories import bulletins


def a_message(profile: Any, **more: Any) -> AnyMessage:
    """A message of an approved bulletin to one outlet."""
    now = clock.now()
    rendition = Rendition(
        form=Form.MESSAGE,
        sha256="a" * 64,
        title="Cắt nước",
        text="Sáng mai tạm ngừng cấp nước.",
        issuer="UBND xã Tam Đảo",
        place="Xã Tam Đảo",
        url="https://loa.example/tin/1/",
    )
    given: dict[str, Any] = {
        "key": new_id(),
        "target": Target(id=new_id(), name="Bảng tin", place="vn/25/08911", profile=profile),
        "rendition": rendition,
        "content": Content(title=rendition.title, text=rendition.text),
        "expires_at": now + timedelta(hours=1),
        "bulletin_id": new_id(),
    }
    return Message(**(given | more))


def an_account(settings: Any, secrets: Any) -> OpenAccount[Any, Any]:
    return OpenAccount(
        id=new_id(), name="Thử", place="vn/25/08911", settings=settings, secrets=secrets
    )


class TestDemoPush(ChannelContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        account = an_account(DemoSettings(folder=tmp_path), DemoSecrets())
        return Case(Demo(), account, a_message(DemoProfile()))

    def times_seen(self, case: Case) -> int:
        return len(list(case.account.settings.folder.glob(f"{case.message.key}*")))

    def broken(self, case: Case) -> Case:
        folder = case.account.settings.folder / "gone"
        return replace(case, account=an_account(DemoSettings(folder=folder), DemoSecrets()))


class TestDemoState(TestDemoPush):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        account = an_account(DemoSettings(folder=tmp_path, mode="state"), DemoSecrets())
        return Case(Demo(), account, a_message(DemoProfile()))

    def times_seen(self, case: Case) -> int:
        states = case.account.settings.folder.glob("*.state.json")
        return sum(one.read_text().count(str(case.message.key)) for one in states)


class TestSpeaker(ChannelContract):
    @pytest.fixture
    def case(self, country: Country, node: NodeIdentity) -> Case:
        """A bulletin that stands in the station's signed plan."""
        self.node, self.country = node, country
        version = bulletins.approved(country.one, "Cắt nước")
        self.station = station_ref(country.one.station)
        session = next_session(self.station)
        assert session is not None
        at = clock.now() + timedelta(minutes=5)
        services.slot_add(
            actor=country.one.actor("officer"),
            station=self.station,
            content=bulletins.content_of(version),
            seconds=5,
            session=session,
            at=at,
        )
        plans.plan_issue(station=self.station, node=node)
        target = Target(
            id=country.one.outlets[0].pk,
            name="Cụm loa 1",
            place="vn/25/08911",
            profile=SpeakerProfile(),
            station_id=country.one.station.pk,
        )
        message = a_message(SpeakerProfile(), target=target, bulletin_id=version.pk, begins_at=at)
        return Case(Speaker(), an_account(SpeakerSettings(), SpeakerSecrets()), message)

    def times_seen(self, case: Case) -> int:
        assert case.message.begins_at is not None
        assert case.message.bulletin_id is not None
        held = planned_version(
            self.country.one.station.pk, case.message.bulletin_id, case.message.begins_at
        )
        return 0 if held is None else 1

    def broken(self, case: Case) -> Case:
        lost = replace(case.message, target=replace(case.message.target, station_id=None))
        return replace(case, message=lost)

    def take_away(self, case: Case) -> None:
        slot = Slot.objects.get(bulletin_id=case.message.bulletin_id)
        services.slot_remove(
            actor=self.country.one.actor("officer"), station=self.station, slot_id=slot.pk
        )
        plans.plan_issue(station=self.station, node=self.node)


def test_the_installed_channels_load() -> None:
    found = registry.registry()
    assert found.broken == ()
    assert "speaker" in found.channels


def test_a_kind_stands_once() -> None:
    path = "loa.channels.demo.channel.Demo"
    with pytest.raises(ImproperlyConfigured, match="demo"):
        registry.load([path, path])


def test_a_channel_with_errors_is_named_and_disables_only_itself(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = ModuleType("half_a_channel")
    half.Half = type("Half", (Demo,), {"kind": "half", "forms": ()})  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "half_a_channel", half)
    settings.LOA_CHANNELS = [
        "loa.channels.gone.channel.Gone",
        "loa.channels.contract.Message",
        "loa.channels.demo.channel.Demo",
        "half_a_channel.Nothing",
    ]
    found = registry.registry()
    assert set(found.channels) == {"demo"}
    assert [one.path for one in found.broken] == [
        "loa.channels.gone.channel.Gone",
        "loa.channels.contract.Message",
        "half_a_channel.Nothing",
    ]
    told = broken_channels()
    assert [one.id for one in told] == ["loa.channels.W001"] * 3
    assert "gone" in told[0].msg
