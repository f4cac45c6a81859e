"""The drill's walks through the acts on an order: a cancel's page is opened, the order is stopped,
resumed or corrected in another tab, and then the old page is pressed. It must end nothing."""

from dataclasses import dataclass
from functools import partial

from loa.alerts.orders.acts import edition_now
from loa.alerts.rules import OrderRefused
from loa.alerts.selectors import order_get
from loa_lab.drill.evidence import Acts, TourFailed
from loa_lab.drill.orders import Desk
from loa_protocol.order_book import Status
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet

LIMIT_S = 60.0
WALKS: tuple[tuple[str, ...], ...] = (
    ("stop",),
    ("stop", "resume"),
    ("correct",),
    ("stop", "correct", "resume"),
    ("resume", "stop", "resume"),
)


@dataclass(frozen=True)
class Page:
    """A cancel that waits, and the edition of its order that the page showed."""

    proposal: str
    edition: str


def walk_all(desk: Desk, fleet: Fleet, inside: list[SwarmDevice], acts: Acts) -> None:
    """Every walk, each on an order of its own. Raises TourFailed where devices do not follow."""
    for steps in WALKS:
        order = desk.alert(hours=1)
        _heard(fleet, inside, order)
        page = Page(desk.propose_cancel(order), edition_now(order))
        words = order
        for step in steps:
            words = _do(desk, step, order) or words
        acts.presses += 1
        acts.wrong_ends += _pressed(desk, page)
        if steps[-1] == "stop":
            desk.resume(order)
        _heard(fleet, inside, words)
        acts.wrong_ends += sum(_ended(device, order) for device in inside)
        desk.cancel(order)
        if fleet.when("over", partial(_ended, order=order), LIMIT_S, inside) < len(inside):
            raise TourFailed("có cụm loa không im sau khi hủy")
        acts.right_ends += sum(_ended(device, order) for device in inside)
        acts.walks += 1


def _do(desk: Desk, step: str, order: str) -> str | None:
    """One act; the new words' id where it is a correction."""
    if step == "correct":
        return desk.second(desk.propose_update(order))
    desk.mute(order) if step == "stop" else desk.resume(order)
    return None


def _pressed(desk: Desk, page: Page) -> int:
    """Press the old page: 1 if the signature was taken."""
    proposal = order_get(page.proposal)
    if proposal is None:
        raise TourFailed(page.proposal)
    try:
        desk.approver.approve(proposal, page.edition)
    except OrderRefused:
        return 0
    return 1


def _heard(fleet: Fleet, inside: list[SwarmDevice], words: str) -> None:
    """All devices sound these words."""

    heard = fleet.when("heard", lambda d: d.diary.on_air == words, LIMIT_S, inside)
    if heard < len(inside):
        raise TourFailed("có cụm loa không phát lệnh của một lượt dừng, phát tiếp, đính chính")


def _ended(device: SwarmDevice, order: str) -> bool:
    known = device.gate.state().orders.get(order)
    return known is not None and known.status is Status.CANCELLED
