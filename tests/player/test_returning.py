"""After the line came back: orders at once, the plan soon, or much later while an order needs the
node to itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from loa_player.errands import Errands, Wanted
from loa_player.identity import load_identity
from loa_protocol import Channel

from .rig import Rig
from .test_programme import give, plan


class Home(Errands):
    """What would be asked of the node, and when next."""

    def plan_due_s(self) -> float:
        return self._node._errands["plan"].due_s

    def asks(self) -> bool:
        asked: list[str | None] = []
        self._api.plan = asked.append  # type: ignore[method-assign,assignment]
        self._ask_plan()
        return bool(asked)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def home(rig: Rig, tmp_path: Path) -> Home:
    return Home(
        identity=load_identity(tmp_path, None),
        gate=rig.gate,
        store=rig.store,
        clock=rig.clock,
        media=rig.media,
        wanted=Wanted(dict, dict, frozenset, frozenset),
        doorbell=lambda: None,
        on_media=lambda: None,
    )


def test_a_device_without_a_plan_asks_at_once(home: Home) -> None:
    home.line_changed()
    assert home.plan_due_s() == 0.0


def test_a_plan_is_asked_for_within_seconds_of_the_line_s_return(rig: Rig, home: Home) -> None:
    plan(rig, (600, give(rig, 2.0), 2))
    home._node._errands["plan"].due_s = float("inf")
    home.line_changed()
    home.plan_hinted("0" * 64, remembered=True)
    assert home.plan_due_s() - rig.clock.monotonic() <= 15.0
    assert home.asks()


def test_a_plan_signed_while_the_line_returns_is_asked_for_at_once(rig: Rig, home: Home) -> None:
    plan(rig, (600, give(rig, 2.0), 2))
    home._node._errands["plan"].due_s = float("inf")
    home.line_changed()
    home.plan_hinted("0" * 64, remembered=False)
    assert home.plan_due_s() == 0.0


def test_while_an_order_is_in_force_the_plan_gives_way(rig: Rig, home: Home) -> None:
    plan(rig, (600, give(rig, 2.0), 2))
    assert rig.take(rig.authority.alert(rig.now), Channel.AREA) is None
    home.line_changed()
    home._calm_s = rig.clock.monotonic() + 300.0
    assert not home.asks()
    assert 290.0 <= home._plan_interval() <= 300.0
    rig.manual.advance(301.0)
    assert home.asks()


class Hands:
    """A clock whose monotonic side is turned by hand, either way."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.at_s = 0.0

    def monotonic(self) -> float:
        return self.at_s

    def now(self) -> datetime:
        return self._rig.clock.now()


def test_the_plans_of_a_province_that_returns_in_an_alert_are_spread_over_ten_minutes(
    rig: Rig, home: Home
) -> None:
    """One device, returning two thousand times, is two thousand devices returning once."""
    plan(rig, (600, give(rig, 2.0), 2))
    assert rig.take(rig.authority.alert(rig.now), Channel.AREA) is None
    hands = Hands(rig)
    home._clock = hands  # type: ignore[assignment]
    home._node._monotonic_s = hands.monotonic
    asked_s = []
    for _ in range(2000):
        hands.at_s = 0.0
        home._node._errands["plan"].due_s = float("inf")
        home.line_changed()
        while True:
            hands.at_s = home.plan_due_s()
            if home.asks():
                break
            plans = home._node._errands["plan"]
            plans.due_s = float("inf")  # as the line does when it runs one
            home._node._succeeded(plans)
        asked_s.append(hands.at_s)
    by_half_minute = Counter(int(second // 30) for second in asked_s)
    assert max(asked_s) <= 600.0 * 1.2 + 15.0
    assert max(by_half_minute.values()) <= 200, "a twentieth of all is 100"
    assert len([one for one in asked_s if one < 300.0]) <= 1200
