"""Every act on an order in any order, from pages that were opened at any time: two people, two
tabs, another node, silences that run out, orders that expire.

A device judges what was issued by the protocol's own rules. Whatever is pressed: nothing that
sounds there is ended by a press whose page did not show it sounding with these words.
"""

import os
import time
from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loa.alerts import selectors
from loa.alerts.models import Order, State
from loa.alerts.orders import acts, drafting, receiving, rights
from loa.alerts.orders.acts import Acted
from loa.alerts.orders.drafting import Draft
from loa.alerts.rules import OrderRefused
from loa.lib import clock
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope, Signature
from loa_protocol.kinds import Kind
from loa_protocol.order_book import Status
from loa_protocol.refusals import Refused
from loa_protocol.replay import decide, expire
from loa_protocol.replay_state import ReplayState, apply
from tests.alerts.office import WISH, Office, Officer

SEED = int(os.environ.get("LOA_ACTS_SEED", "1"))
EXAMPLES = int(os.environ.get("LOA_ACTS_EXAMPLES", "10"))
"""`make soak` asks for more."""
STEPS = 22


@dataclass(frozen=True)
class Page:
    """What somebody had before their eyes: the order as it stood, and for a second person the
    proposal that the page asks to sign."""

    who: Officer
    work: str
    shown: Acted
    proposal: str = ""


class Device:
    """One loudspeaker in the commune, which hears everything at once."""

    def __init__(self) -> None:
        self.state = ReplayState()
        self.heard: set[str] = set()

    def listen(self) -> None:
        for order in Order.objects.filter(state=State.ISSUED).order_by("issued_at", "pk"):
            if order.pk not in self.heard:
                self.heard.add(order.pk)
                self._take(Envelope.parse(bytes(order.envelope or b"")))

    def _take(self, envelope: Envelope) -> None:
        now = clock.now()
        try:
            changes = decide(self.state, rights.judged(envelope), now)
        except Refused:
            return
        self.state = apply(self.state, changes)

    def sounding(self) -> dict[str, str]:
        """The alerts that sound, each with the order whose words they are."""
        now = clock.now()
        self.state = apply(self.state, expire(self.state, now))
        return {
            order.alert: order.current
            for order in self.state.orders.values()
            if order.live(now) and not self.state.mutes.silent(order.alert, now)
        }

    def cancelled(self, alert: str) -> bool:
        known = self.state.orders.get(alert)
        return known is not None and known.status is Status.CANCELLED


class Acts(RuleBasedStateMachine):
    """Two people and their pages. The numbers count over all walks."""

    office: ClassVar[Office]
    time: ClassVar[ManualClock]
    pressed: ClassVar[int] = 0
    refused: ClassVar[int] = 0
    ended: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.device = Device()
        self.pages: list[Page] = []
        self.alerts: list[str] = []
        self.proposals: list[str] = []
        self._issue(drill=False, hours=1)

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _issue(self, *, drill: bool, hours: float) -> None:
        self.time.advance(1)
        self.alerts.append(self.office.alert(drill=drill, hours=hours, plays=0).pk)
        self.device.listen()

    def _alerts(self) -> list[Order]:
        """In the order in which they were issued: ids differ from run to run."""
        return [Order.objects.get(pk=one) for one in self.alerts]

    def _an_order(self, data: st.DataObject) -> Order:
        return Order.objects.get(pk=data.draw(st.sampled_from(self.alerts)))

    # What happens elsewhere

    @rule(drill=st.booleans(), hours=st.sampled_from([0.25, 1]))
    @precondition(lambda self: len(self.alerts) < 3)
    def an_order_is_issued(self, drill: bool, hours: float) -> None:
        self._issue(drill=drill, hours=hours)

    @rule(seconds=st.sampled_from([1, 60, 400, 601, 601, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.time.advance(seconds)

    @rule(data=st.data(), work=st.sampled_from(["update", "resume", "resume", "cancel"]))
    def another_node_acts(self, data: st.DataObject, work: str) -> None:
        """Its people saw its own pages; here only the signed order arrives."""
        self.time.advance(1)
        order = self._an_order(data)
        try:
            draft = self._draft(self.office.author, work, order)
            first = Signature(self.office.author.key.kid, self.office.author.sign(draft))
            second = Signature(self.office.approver.key.kid, self.office.approver.sign(draft))
            sigs = (first,) if work == "resume" else (first, second)
            envelope = rights.with_papers(Envelope(draft.kind, draft.payload, sigs))
            receiving.order_receive(actor="link:other", data=envelope.to_bytes())
        except (Refused, OrderRefused):
            return
        self.device.listen()

    # Pages are opened

    @rule(data=st.data(), author=st.booleans(), work=st.sampled_from(["resume", "cancel"]))
    def an_orders_page_is_opened(self, data: st.DataObject, author: bool, work: str) -> None:
        who = self.office.author if author else self.office.approver
        self.pages.append(Page(who, work, acts.acted(self._an_order(data), clock.now())))

    @rule(data=st.data(), author=st.booleans())
    @precondition(lambda self: self.proposals)
    def a_proposals_page_is_opened(self, data: st.DataObject, author: bool) -> None:
        one = Order.objects.get(pk=data.draw(st.sampled_from(self.proposals)))
        alert = selectors.order_get(one.alert)
        assert alert is not None
        who = self.office.author if author else self.office.approver
        self.pages.append(Page(who, "sign", acts.acted(alert, clock.now()), one.pk))

    @rule(
        data=st.data(), work=st.sampled_from(["cancel", "cancel", "update"]), silent=st.booleans()
    )
    def proposed_and_opened(self, data: st.DataObject, work: str, silent: bool) -> None:
        """The author signs what ends or corrects an order, perhaps after a stop; the second person
        opens it."""
        order = self._an_order(data)
        if silent:
            self._pressed(Page(self.office.author, "mute", acts.acted(order, clock.now())))
        shown = acts.acted(order, clock.now())
        try:
            draft = self._draft(self.office.author, work, order)
            made = self.office.author.propose(draft, seen=shown.edition)
        except OrderRefused:
            return
        self.proposals.append(made.pk)
        self.pages.append(Page(self.office.approver, "sign", shown, made.pk))

    # Buttons are pressed, on pages of any age

    @rule(data=st.data(), author=st.booleans())
    def stopped(self, data: st.DataObject, author: bool) -> None:
        who = self.office.author if author else self.office.approver
        self._pressed(Page(who, "mute", acts.acted(self._an_order(data), clock.now())))

    @rule()
    @precondition(lambda self: self.pages)
    def pressed_on_the_newest_page(self) -> None:
        self._pressed(self.pages[-1])

    @rule(data=st.data())
    @precondition(lambda self: self.pages)
    def pressed_in_another_tab(self, data: st.DataObject) -> None:
        self._pressed(data.draw(st.sampled_from(self.pages)))

    @rule(data=st.data())
    @precondition(lambda self: len(self.pages) > 1)
    def pressed_on_the_page_before(self, data: st.DataObject) -> None:
        self._pressed(self.pages[-2])

    @rule(data=st.data())
    @precondition(lambda self: len(self.pages) > 2)
    def ended_on_fresh_pages(self, data: st.DataObject) -> None:
        """Whoever looks at it as it is may always end it."""
        order = self._an_order(data)
        if acts.acted(order, clock.now()).over:
            return
        self._cancel_opened(order)
        self._pressed(self.pages[-1])
        assert acts.acted(Order.objects.get(pk=order.pk), clock.now()).over

    def _cancel_opened(self, order: Order) -> None:
        shown = acts.acted(order, clock.now())
        draft = self._draft(self.office.author, "cancel", order)
        made = self.office.author.propose(draft, seen=shown.edition)
        self.proposals.append(made.pk)
        self.pages.append(Page(self.office.approver, "sign", shown, made.pk))

    def _pressed(self, page: Page) -> None:
        self.time.advance(1)
        before = self.device.sounding()
        try:
            self._press(page)
        except (OrderRefused, NotAllowed):
            type(self).refused += 1
            return
        type(self).pressed += 1
        self.device.listen()
        for alert, words in before.items():
            if self.device.cancelled(alert):
                type(self).ended += 1
                shown = page.shown
                assert shown.order.pk == alert, "the page was about another order"
                assert shown.wording.pk == words, "the page showed other words"
                assert not shown.silence.whole, "the page said that it was silent"
                assert not shown.over, "the page said that it was over"

    def _press(self, page: Page) -> None:
        seen = page.shown.edition
        if page.work == "sign":
            order = Order.objects.get(pk=page.proposal)
            page.who.approve(order, seen=seen)
        else:
            draft = self._draft(page.who, page.work, page.shown.order)
            made = page.who.propose(draft, seen=seen)
            if made.state == State.PROPOSED:
                self.proposals.append(made.pk)

    def _draft(self, who: Officer, work: str, order: Order) -> Draft:
        known = self.office.known(order)
        now = clock.now()
        if work == "mute":
            kind = Kind.DRILL_MUTE if known.drill else Kind.MUTE
            return drafting.mute_draft(known, self._speaker(who, kind), now)
        if work == "resume":
            return drafting.resume_draft(known, self._speaker(who, Kind.RESUME), now)
        if work == "cancel":
            kind = Kind.DRILL_CANCEL if known.drill else Kind.CANCEL
            return drafting.cancel_draft(known, self._speaker(who, kind), "Hết", now)
        speaker = self._speaker(who, Kind.UPDATE)
        return drafting.sounding_draft(WISH, speaker, now, update_of=known)

    def _speaker(self, who: Officer, kind: Kind) -> drafting.Speaker:
        return self.office.speaker(who, kind, WISH.targets)

    @invariant()
    def the_page_says_what_the_device_does(self) -> None:
        """What an officer reads of words and silence is what is heard in the commune."""
        if not hasattr(self, "device"):
            return
        self.device.listen()
        sounding = self.device.sounding()
        for order in self._alerts():
            found = acts.acted(order, clock.now())
            heard = not found.over and not found.silence.whole
            assert (order.pk in sounding) == heard, (order.kind, found.silence, found.over)
            assert not heard or sounding[order.pk] == found.wording.pk

    @invariant()
    def no_cancel_waits_that_a_correction_overtook(self) -> None:
        if not hasattr(self, "device"):
            return
        for cancel in Order.objects.filter(state=State.PROPOSED, kind__endswith="cancel"):
            later = Order.objects.filter(
                alert=cancel.alert,
                kind__in=["update", "resume", "cancel", "drill-cancel"],
                state=State.ISSUED,
                issued_at__gt=cancel.proposed_at,
            )
            assert not later.exists()


@pytest.mark.usefixtures("node")
def test_nothing_that_sounds_is_ended_by_a_page_that_did_not_show_it(
    office: Office, manual_clock: ManualClock
) -> None:
    """Some hundred presses in CI, 8 s on a quiet machine; `make soak` walks thousands."""
    Acts.office, Acts.time = office, manual_clock
    Acts.pressed = Acts.refused = Acts.ended = 0
    began_s = time.monotonic()
    run_state_machine_as_test(
        seed(SEED)(Acts),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            report_multiple_bugs=False,
        ),
    )
    took_s = time.monotonic() - began_s
    presses = f"{Acts.pressed} presses taken, {Acts.refused} refused, {Acts.ended} ends"
    print(f"acts: {EXAMPLES} walks, {presses}, {took_s:.1f} s")
    assert Acts.pressed
    assert Acts.ended, "walks in which nothing is ended show nothing"
