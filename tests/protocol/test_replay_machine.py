"""Orders in any order, again and again, at any time: what must hold on every device."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from tools.protocol.world import COMMUNE, NOW, World

from loa_protocol import Envelope, Kind, Reason, parse_payload
from loa_protocol.order_book import voice
from loa_protocol.payloads import Cancel, Issuer, Sounding, Update
from tests.protocol.device import Device

VILLAGE = Issuer(path=COMMUNE, person="v1")


@dataclass(frozen=True)
class Sent:
    """Something that was signed; it may arrive whenever and as often as it likes."""

    envelope: Envelope
    village: bool
    about: str


class Replay(RuleBasedStateMachine):
    """One device, two offices that sign, and a network that does what it wants."""

    alerts = Bundle("alerts")
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.device = Device(World(), NOW)
        self.expires: dict[str, datetime] = {}
        self.accepted: dict[str, Sent] = {}
        self.silent: dict[str, timedelta] = {}

    def _world(self) -> World:
        world = self.device.world
        world.now = self.device.now
        return world

    @rule(
        target=alerts,
        village=st.booleans(),
        level=st.integers(1, 3),
        life=st.sampled_from([60, 600, 7200]),
    )
    def sign_alert(self, village: bool, level: int, life: int) -> Sent:
        world = self._world()
        plays = level % 3
        if village:
            doc = world.alert_doc(level, life, issuer=VILLAGE, plays=plays)
            envelope = world.signed(doc, "v1", "v2", chain=world.village)
        else:
            envelope = world.alert(level, life, plays=plays)
        return Sent(envelope, village, envelope.id)

    @rule(target=alerts, life=st.integers(60, 3600))
    def sign_drill(self, life: int) -> Sent:
        envelope = self._world().drill(level=5, life_s=life)
        return Sent(envelope, False, envelope.id)

    @rule(target=sent, alert=alerts, village=st.booleans(), revision=st.integers(1, 4))
    def sign_update(self, alert: Sent, village: bool, revision: int) -> Sent:
        world = self._world()
        if not village:
            return Sent(world.update(alert.about, revision), False, alert.about)
        doc = Update(alert=alert.about, revision=revision, **world.sounding(3, issuer=VILLAGE))
        return Sent(world.signed(doc, "v1", "v2", chain=world.village), True, alert.about)

    @rule(target=sent, alert=alerts, village=st.booleans())
    def sign_cancel(self, alert: Sent, village: bool) -> Sent:
        world = self._world()
        if not village:
            return Sent(world.cancel(alert.about), False, alert.about)
        fields = world.common(issuer=VILLAGE, target=(COMMUNE,))
        doc = Cancel(alert=alert.about, reason="nhầm", **fields)
        return Sent(world.signed(doc, "v1", "v2", chain=world.village), True, alert.about)

    @rule(
        target=sent,
        alert=alerts,
        seconds=st.sampled_from([1, 300, 600]),
        by=st.sampled_from(["p1", "p2"]),
    )
    def sign_mute(self, alert: Sent, seconds: int, by: str) -> Sent:
        return Sent(self._world().mute(alert.about, seconds=seconds, by=by), False, alert.about)

    @rule(alert=alerts, by=st.sampled_from(["p1", "p2"]))
    def mute_at_once(self, alert: Sent, by: str) -> None:
        self._arrive(Sent(self._world().mute(alert.about, seconds=600, by=by), False, alert.about))

    @rule(target=sent, alert=alerts)
    def sign_resume(self, alert: Sent) -> Sent:
        return Sent(self._world().resume(alert.about), False, alert.about)

    @rule(what=alerts)
    def alert_arrives(self, what: Sent) -> None:
        self._arrive(what)

    @rule(what=sent)
    def change_arrives(self, what: Sent) -> None:
        self._arrive(what)

    def _arrive(self, what: Sent) -> None:
        starts = len(self.device.started)
        refusal = self.device.offer(what.envelope)
        doc = parse_payload(what.envelope.kind, what.envelope.payload)
        if refusal is None:
            assert what.envelope.id not in self.accepted
            assert doc.issued <= self.device.now + timedelta(seconds=5)
            assert self.device.now < doc.expires
            self.accepted[what.envelope.id] = what
        else:
            assert len(self.device.started) == starts
            if what.envelope.id in self.accepted:
                assert refusal in {Reason.SEEN, Reason.EXPIRED}
        if isinstance(doc, Sounding):
            self.expires[what.envelope.id] = doc.expires

    @rule(seconds=st.sampled_from([0, 1, 5, 60, 300, 600, 1500]))
    def wait(self, seconds: int) -> None:
        begin, end = self.device.now, self.device.now + timedelta(seconds=seconds)
        for alert, silence in self.device.state.mutes.alerts.items():
            if silence.until is not None and silence.until > begin:
                quiet = min(silence.until, end) - begin
                self.silent[alert] = self.silent.get(alert, timedelta()) + quiet
        self.device.now = end

    @rule()
    def play(self) -> None:
        before = {o.key: o for o in self.device.state.orders.values()}
        heard = self.device.hear().order
        if heard is None:
            return
        assert self.device.now < self.expires[heard.current]
        assert not self.device.state.mutes.silent(heard.alert, self.device.now)
        assert before[heard.key].plays == 0 or before[heard.key].played < heard.plays
        assert not self._cancelled(heard.alert, heard.path)
        if heard.drill:
            assert not any(
                not o.drill and o.due(self.device.now) for o in self.device.state.orders.values()
            )

    def _cancelled(self, alert: str, path: str) -> bool:
        """Whether a cancel was accepted whose office may cancel what stands at `path`."""
        return any(
            what.about == alert
            and what.envelope.kind is Kind.CANCEL
            and (not what.village or path == COMMUNE)
            and what.about in self.accepted
            and self.accepted[what.about].envelope.kind is Kind.ALERT
            for what in self.accepted.values()
        )

    @invariant()
    def each_id_starts_at_most_once(self) -> None:
        assert len(self.device.started) == len(set(self.device.started))

    @invariant()
    def no_alert_is_silent_for_more_than_ten_minutes(self) -> None:
        assert all(quiet <= timedelta(minutes=10) for quiet in self.silent.values())

    @invariant()
    def an_accepted_alert_is_open_until_somebody_entitled_ends_it(self) -> None:
        for what in self.accepted.values():
            if what.envelope.kind is not Kind.ALERT:
                continue
            order = self.device.state.orders[what.envelope.id]
            if not self._cancelled(what.about, order.path):
                assert order.live(self.device.now) or self.expires[order.current] <= self.device.now

    @invariant()
    def at_most_one_revision_of_an_alert_is_due_once_it_has_come(self) -> None:
        now = self.device.now
        due = [o for o in self.device.state.orders.values() if o.due(now)]
        for what in self.accepted.values():
            if what.envelope.kind is Kind.ALERT:
                assert sum(o.alert == what.about for o in due) <= 1

    @invariant()
    def there_is_silence_or_sound_or_nothing_due(self) -> None:
        state, now = self.device.state, self.device.now
        heard = voice(state.orders.values(), state.mutes, now)
        due = [o for o in state.orders.values() if o.due(now)]
        assert bool(due) == (heard.silence or heard.order is not None)


Replay.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
TestReplay = Replay.TestCase
