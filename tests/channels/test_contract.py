"""Every channel against the shared contract, and the registry."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from loa.channels import registry
from loa.channels.contract import Channel, Job
from loa.channels.demo.channel import Demo, DemoConfig
from loa.channels.speaker.channel import Speaker, SpeakerConfig
from loa.lib import clock
from loa.lib.ids import new_id
from loa.people.authority import NodeIdentity
from loa.schedule import plans, services
from loa.schedule.handlers import slot_content, station_ref
from loa.schedule.models import Slot
from loa.schedule.selectors import next_session, planned_version
from tests.channels.contract import ChannelContract
from tests.country import Country
from tests.newsroom.test_bulletins import approve, submitted


def a_job(**more: Any) -> Job:
    now = clock.now()
    given: dict[str, Any] = {
        "key": new_id(),
        "outlet_id": new_id(),
        "bulletin_id": new_id(),
        "title": "Cắt nước",
        "text": "Sáng mai tạm ngừng cấp nước.",
        "at": now,
        "expires": now + timedelta(hours=1),
    }
    return Job(**(given | more))


class TestDemo(ChannelContract):
    @pytest.fixture
    def channel(self, tmp_path: Path) -> Demo:
        return Demo(DemoConfig(folder=tmp_path))

    @pytest.fixture
    def job(self) -> Job:
        return a_job()

    def times_seen(self, channel: Channel[Any], job: Job) -> int:
        return len(list(channel.config.folder.glob(f"{job.key}*")))

    def break_for_good(self, channel: Channel[Any], job: Job) -> tuple[Channel[Any], Job]:
        return Demo(DemoConfig(folder=channel.config.folder / "gone")), job


class TestSpeaker(ChannelContract):
    @pytest.fixture
    def channel(self, db: None) -> Speaker:
        return Speaker(SpeakerConfig())

    @pytest.fixture
    def job(self, country: Country, node: NodeIdentity) -> Job:
        """A bulletin that stands in the station's signed plan."""
        self.node = node
        self.country = country
        bulletin = approve(country.one.actor("approver"), submitted(country.one))
        version = bulletin.approved_version
        assert version is not None
        self.station = station_ref(country.one.station)
        session = next_session(self.station)
        assert session is not None
        at = clock.now() + timedelta(minutes=5)
        services.slot_add(
            actor=country.one.actor("officer"),
            station=self.station,
            content=slot_content(version),
            seconds=5,
            session=session,
            at=at,
        )
        plans.plan_issue(station=self.station, node=node)
        return a_job(bulletin_id=bulletin.pk, outlet_id=country.one.outlets[0].pk, at=at)

    def times_seen(self, channel: Channel[Any], job: Job) -> int:
        held = planned_version(self.country.one.station.pk, job.bulletin_id, job.at)
        return 0 if held is None else 1

    def break_for_good(self, channel: Channel[Any], job: Job) -> tuple[Channel[Any], Job]:
        return channel, replace(job, outlet_id=new_id())

    def withdraw(self, channel: Channel[Any], job: Job) -> None:
        slot = Slot.objects.get(bulletin_id=job.bulletin_id)
        services.slot_remove(
            actor=self.country.one.actor("officer"), station=self.station, slot_id=slot.pk
        )
        plans.plan_issue(station=self.station, node=self.node)


def test_the_installed_channels_load() -> None:
    assert registry.channels() == {"speaker": Speaker}


def test_a_kind_stands_once() -> None:
    path = "loa.channels.demo.channel.Demo"
    with pytest.raises(ImproperlyConfigured, match="demo"):
        registry.load([path, path])
    with pytest.raises(ImproperlyConfigured, match="not a channel"):
        registry.load(["loa.channels.contract.Job"])
