"""A full disk must not silence a storm: the reserve is given up, and the order goes out."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from loa.alerts import services
from loa.journal.models import Fact
from loa.lib import reserve
from tests.alerts.office import Office


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "RESERVE_BYTES", 1 << 20)


@pytest.mark.usefixtures("small")
def test_the_reserve_holds_real_room_and_gives_it_up(tmp_path: Path) -> None:
    assert reserve.ensure(tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_blocks * 512 >= 1 << 20, "a hole would hold nothing"
    assert reserve.ensure(tmp_path)
    assert reserve.release(tmp_path)
    assert not reserve.release(tmp_path)


@pytest.mark.usefixtures("small")
def test_an_order_is_issued_on_a_full_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = settings.ENV.data
    assert reserve.ensure(folder)
    proposed = office.author.propose(office.draft())
    real = services.put_in_force

    def full_until_released(*args: Any) -> Any:
        if any(folder.glob("reserve.disk")):
            raise OperationalError("database or disk is full")
        return real(*args)

    monkeypatch.setattr(services, "put_in_force", full_until_released)
    assert office.approver.approve(proposed).state == "issued"
    assert not any(folder.glob("reserve.disk"))
    assert Fact.objects.filter(kind="alerts.reserve_used").count() == 1


def test_without_a_reserve_a_full_disk_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> Any:
        raise OperationalError("database or disk is full")

    proposed = office.author.propose(office.draft())
    monkeypatch.setattr(services, "put_in_force", full)
    with pytest.raises(OperationalError):
        office.approver.approve(proposed)
