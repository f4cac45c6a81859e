"""An order's text on every channel that declares it: recorded first, tried again, taken back."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings

from loa.channels import carrying
from loa.channels.contract import Channel, ChannelConfig, ChannelError, Feature, Job, Receipt
from loa.channels.demo.channel import Demo
from loa.delivery.models import Attempt
from loa.outlets.models import Outlet
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.conftest import office
from tests.country import Country

__all__ = ["office"]


class Moody(Channel[ChannelConfig]):
    """Text only, and it does what the test says."""

    kind: ClassVar[str] = "moody"
    label: ClassVar[str] = "Kênh thử"
    features: ClassVar[frozenset[Feature]] = frozenset({Feature.TEXT})
    Config: ClassVar[type[ChannelConfig]] = ChannelConfig
    mood: ClassVar[list[ChannelError]] = []
    seen: ClassVar[list[tuple[Job, int]]] = []

    def check(self) -> list[str]:
        return []

    def deliver(self, job: Job) -> Receipt:
        self.seen.append((job, Attempt.objects.get(pk=job.key).tries))
        if self.mood:
            raise self.mood.pop()
        return Receipt(state="carried", reference="x")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    Moody.mood, Moody.seen = [], []
    here = "loa.channels"
    monkeypatch.setattr(
        settings,
        "LOA_CHANNELS",
        [f"{here}.speaker.channel.Speaker", f"{here}.demo.channel.Demo", f"{__name__}.Moody"],
    )


def board(country: Country, folder: Path, kind: str = "demo", commune: str = "one") -> Outlet:
    folder.mkdir(exist_ok=True)
    station = getattr(country, commune).station
    return Outlet.objects.create(
        station=station,
        code=f"B{Outlet.objects.count()}",
        name="Bảng tin",
        kind=kind,
        config={"folder": str(folder)} if kind == "demo" else {},
    )


def shown(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in folder.glob("*.json")]


def state() -> list[str]:
    return list(Attempt.objects.order_by("began_at").values_list("state", flat=True))


def test_a_text_channel_shows_the_order_and_loses_it_with_the_order(
    office: offices.Office, country: Country, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    board(country, inside)
    board(country, outside, commune="two")
    assert not carrying.carry()
    order = office.alert()
    assert carrying.carry()
    (text,) = shown(inside)
    assert text["title"] == order.title
    assert shown(outside) == [], "only where the order reaches"
    (attempt,) = Attempt.objects.all()
    assert (attempt.state, attempt.grade, attempt.tries) == ("shown", "C", 1)
    assert not carrying.carry(), "once"
    office.cancel(order)
    assert carrying.carry()
    assert shown(inside) == []
    assert state() == ["withdrawn"]


def test_a_drill_says_so_and_ends_with_its_time(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    folder = tmp_path / "in"
    board(country, folder)
    office.alert(drill=True)
    carrying.carry()
    (text,) = shown(folder)
    assert text["title"].startswith("DIỄN TẬP")
    assert text["text"].startswith("DIỄN TẬP")
    manual_clock.advance(3601)
    carrying.carry()
    assert shown(folder) == []


def test_a_correction_replaces_the_words(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    folder = tmp_path / "in"
    board(country, folder)
    order = office.alert()
    carrying.carry()
    manual_clock.advance(5)
    office.update(order)
    carrying.carry()
    carrying.carry()
    (text,) = shown(folder)
    assert "báo động ba" in text["text"]
    assert state() == ["withdrawn", "shown"]


def test_the_attempt_is_recorded_before_the_send_and_tried_again(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path, "moody")
    order = office.alert()
    Moody.mood = [ChannelError("busy", "Bận.", retry_after_s=30)]
    carrying.carry()
    ((job, tries),) = Moody.seen
    assert tries == 1
    assert job.urgent
    assert state() == ["trying"]
    assert Attempt.objects.get().error == "Bận."
    assert not carrying.carry(), "not before its time"
    manual_clock.advance(31)
    carrying.carry()
    assert [job.key for job, _ in Moody.seen] == [job.key] * 2, "the same key every time"
    assert state() == ["carried"]
    office.cancel(order)
    carrying.carry()
    assert state() == ["withdrawn"], "a channel that cannot take back is left alone"


@pytest.mark.parametrize(
    ("kind", "config"), [("moody", {"more": 1}), ("demo", {"folder": "/gone/away"})]
)
def test_what_no_retry_can_mend_waits_for_a_person(
    office: offices.Office, country: Country, tmp_path: Path, kind: str, config: dict[str, Any]
) -> None:
    outlet = board(country, tmp_path, kind)
    Outlet.objects.filter(pk=outlet.pk).update(config=config)
    office.alert()
    carrying.carry()
    (attempt,) = Attempt.objects.all()
    assert attempt.state == "failed"
    assert attempt.error.endswith(".")


def test_a_channel_that_breaks_breaks_nobody_else(
    office: offices.Office, country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Demo, _job: Job) -> Receipt:
        raise RuntimeError("?")

    monkeypatch.setattr(Demo, "deliver", broken)
    board(country, tmp_path / "in")
    board(country, tmp_path, "moody")
    office.alert()
    carrying.carry()
    assert sorted(state()) == ["carried", "trying"]


def test_a_dying_worker_left_a_row_and_the_order_was_cancelled_meanwhile(
    office: offices.Office, country: Country, tmp_path: Path
) -> None:
    board(country, tmp_path, "moody")
    order = office.alert()
    carrying.carry(lambda _work: None)
    assert state() == ["trying"]
    office.cancel(order)
    carrying.carry()
    assert Moody.seen == []
    assert state() == ["withdrawn"]
