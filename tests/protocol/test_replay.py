"""State and events: what replaces what, what ends what, and who is heard."""

from datetime import timedelta
from itertools import permutations

import pytest
from tools.protocol.world import COMMUNE, PROVINCE, World

from loa_protocol import Channel, Envelope, Reason
from loa_protocol.order_book import Status
from loa_protocol.payloads import (
    Cancel,
    ClockReset,
    DrillMute,
    Issuer,
    Update,
)
from loa_protocol.replay import forgettable, forgettable_orders
from loa_protocol.trust import version_for
from tests.protocol.device import Device
from tests.protocol.refusing import refusing

W = World()
MINUTE = timedelta(minutes=1)
VILLAGE = Issuer(path=COMMUNE, person="v1")


def village_alert(level: int = 3) -> Envelope:
    return W.signed(W.alert_doc(level, issuer=VILLAGE), "v1", "v2", chain=W.village)


def village_cancel(alert: Envelope) -> Envelope:
    fields = W.common(issuer=VILLAGE, target=(COMMUNE,))
    doc = Cancel(alert=alert.id, reason="nhầm", **fields)
    return W.signed(doc, "v1", "v2", chain=W.village)


def village_update(alert: Envelope, revision: int = 1) -> Envelope:
    doc = Update(alert=alert.id, revision=revision, **W.sounding(3, issuer=VILLAGE))
    return W.signed(doc, "v1", "v2", chain=W.village)


def test_an_event_is_taken_once(device: Device) -> None:
    alert = W.alert()
    assert device.take(alert).start == alert.id
    with refusing(Reason.SEEN):
        device.take(alert)


def test_what_was_refused_is_not_remembered(device: Device) -> None:
    alert = W.alert()
    device.now = W.now - timedelta(minutes=1)
    with refusing(Reason.NOT_YET):
        device.take(alert)
    device.now = W.now
    assert device.take(alert).start == alert.id


def test_order_five_before_order_four_and_both_play(device: Device) -> None:
    four, five = W.alert(plays=1), W.alert(plays=1)
    device.take(five)
    device.take(four)
    heard = {device.hear().order.key for _ in range(2)}  # type: ignore[union-attr]
    assert heard == {four.id, five.id}
    assert device.hear().order is None


def test_a_cancel_before_its_alert_and_it_never_plays(device: Device) -> None:
    alert = W.alert()
    device.take(W.cancel(alert.id))
    changes = device.take(alert)
    assert changes.start is None
    assert device.order(alert).status is Status.CANCELLED
    assert device.hear().order is None
    with refusing(Reason.SEEN):
        device.take(alert)


def test_alert_updates_and_cancel_end_the_same_in_every_order() -> None:
    alert = W.alert()
    parts = [alert, W.update(alert.id, 1), W.update(alert.id, 2), W.cancel(alert.id)]
    for arrival in permutations(parts):
        device = Device(W, W.now)
        for envelope in arrival:
            assert device.offer(envelope) in {None, Reason.CANCELLED, Reason.OLD_REVISION}
        assert device.order(alert).status is Status.CANCELLED
        assert device.hear().order is None
        assert not any(order.live(device.now) for order in device.state.orders.values())


def test_alert_and_updates_end_with_the_highest_revision_in_every_order() -> None:
    alert = W.alert()
    updates = [W.update(alert.id, revision) for revision in (1, 2, 3)]
    for arrival in permutations([alert, *updates]):
        device = Device(W, W.now)
        for envelope in arrival:
            assert device.offer(envelope) in {None, Reason.OLD_REVISION}
        heard = device.hear().order
        assert heard is not None
        assert heard.current == updates[2].id
        assert len(device.started) == len(set(device.started))
        live = [order for order in device.state.orders.values() if order.live(device.now)]
        assert len(live) == 1


def test_a_village_cannot_cancel_or_update_the_province() -> None:
    alert = W.alert(3)
    for meddling in (village_cancel(alert), village_update(alert, 9)):
        device = Device(W, W.now)
        device.take(alert)
        with refusing(Reason.NOT_ANCESTOR):
            device.take(meddling)
        first = Device(W, W.now)
        first.take(meddling)
        first.take(alert)
        heard = first.hear().order
        assert heard is not None
        assert heard.current == alert.id


def test_the_province_cancels_the_village(device: Device) -> None:
    alert = village_alert()
    device.take(alert)
    assert device.take(W.cancel(alert.id)).stopped == (alert.id,)


def test_a_cancel_needs_the_alerts_class(device: Device) -> None:
    alert = W.alert(5, issuer=Issuer(path=PROVINCE, person="p1"))
    weak = (
        *W.registrars,
        W.person("w1", PROVINCE, ceiling=4),
        W.person("w2", PROVINCE, ceiling=5),
    )
    issuer = Issuer(path=PROVINCE, person="w1")
    doc = Cancel(alert=alert.id, reason="x", **W.common(issuer=issuer, target=(COMMUNE,)))
    cancel = W.signed(doc, "w1", "w2", chain=weak)
    device.take(alert)
    with refusing(Reason.ABOVE_CEILING):
        device.take(cancel)
    first = Device(W, W.now)
    first.take(cancel)
    first.take(alert)
    assert first.hear().order is not None


def test_cancelled_and_expired_are_final(device: Device) -> None:
    alert = W.alert(life_s=600)
    device.take(alert)
    device.take(W.cancel(alert.id))
    with refusing(Reason.CANCELLED):
        device.take(W.update(alert.id, 5))
    with refusing(Reason.CANCELLED):
        device.take(W.cancel(alert.id))
    other = W.alert(life_s=600)
    device.take(other)
    device.now += timedelta(seconds=600)
    assert device.hear().order is None
    assert device.order(other).status is Status.EXPIRED
    with refusing(Reason.EXPIRED):
        device.take(W.update(other.id, 5))


def test_what_is_long_over_may_be_forgotten(device: Device) -> None:
    alert = W.alert(life_s=600)
    device.take(alert)
    for days, forgotten in ((1, ()), (30, ()), (31, (alert.id,))):
        device.now = W.now + timedelta(days=days)
        device.hear()
        assert forgettable(device.state, device.now) == forgotten
        assert forgettable_orders(device.state, device.now) == forgotten


def test_an_old_revision_is_refused(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.take(W.update(alert.id, 2))
    for revision in (1, 2):
        with refusing(Reason.OLD_REVISION):
            device.take(W.update(alert.id, revision))


def test_an_update_plays_by_itself_while_its_alert_is_away(device: Device) -> None:
    update = W.update("ab" * 32, plays=2)
    assert device.take(update).start == update.id
    assert device.hear().order is not None


def test_an_issuer_may_keep_32_waiting(device: Device) -> None:
    for number in range(32):
        device.take(W.cancel(f"{number:064x}"))
    for envelope in (W.cancel("f" * 64), W.update("f" * 64)):
        with refusing(Reason.STORE_FULL):
            device.take(envelope)
    device.take(village_cancel(W.alert()))


def test_the_floor_keeps_old_orders_out(device: Device) -> None:
    old = W.alert()
    device.now = W.now + 10 * MINUTE
    later = World(now=device.now)
    device.take(later.open(floor=device.now - MINUTE), Channel.OPEN)
    with refusing(Reason.BELOW_FLOOR):
        device.take(old)


def test_the_floor_stays_below_now_and_below_what_is_listed(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.now = W.now + 10 * MINUTE
    later = World(now=device.now)
    with refusing(Reason.FLOOR_AHEAD):
        device.take(later.open(alert.id, floor=W.now + MINUTE), Channel.OPEN)
    with refusing(Reason.FLOOR_AHEAD):
        device.take(later.open(floor=device.now + timedelta(seconds=1)), Channel.OPEN)
    device.take(later.open(alert.id, floor=W.now), Channel.OPEN)


def test_absence_from_open_stops_nothing(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.take(W.open(), Channel.OPEN)
    assert device.hear().order is not None


def test_state_grows(device: Device) -> None:
    first = W.plan(1000)
    device.take(first, Channel.PLAN)
    assert device.take(first, Channel.PLAN).empty
    with refusing(Reason.OLD_VERSION):
        device.take(W.plan(1000), Channel.PLAN)
    with refusing(Reason.OLD_VERSION):
        device.take(W.plan(999), Channel.PLAN)
    device.take(W.plan(), Channel.PLAN)


def test_a_restored_node_overtakes_what_it_has_forgotten() -> None:
    assert version_for(W.now) > version_for(W.now - MINUTE)
    assert version_for(W.now, previous=version_for(W.now)) == version_for(W.now) + 1


def test_the_roots_clock_caps_versions_and_keeps_the_seen(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.take(W.plan(), Channel.PLAN)
    issuer = Issuer(path="vn", root="loa-test-root")
    back = W.now - timedelta(days=30)
    doc = ClockReset(floor=back, serial=1, **W.common(issuer=issuer, target=("vn",)))
    clock = W.signed(doc, "h1", "h2")
    assert device.take(clock).time_reset == back
    with refusing(Reason.SEEN):
        device.take(alert)
    device.take(W.plan(version_for(back) + 1), Channel.PLAN)
    again = ClockReset(floor=W.now, serial=1, **W.common(issuer=issuer, target=("vn",)))
    with refusing(Reason.OLD_VERSION):
        device.take(W.signed(again, "h1", "h2"))


def test_higher_class_first_equals_by_turns_the_wider_issuer_first(device: Device) -> None:
    low, village, province = W.alert(2, plays=2), village_alert(3), W.alert(3)
    for envelope in (low, village, province):
        device.take(envelope)
    heard = [device.hear().order.key for _ in range(8)]  # type: ignore[union-attr]
    assert heard == [province.id, village.id] * 3 + [low.id] * 2


@pytest.mark.parametrize("drill_first", [True, False])
def test_an_alert_ends_the_drills_that_were_issued_before_it(
    device: Device, drill_first: bool
) -> None:
    drill = W.drill(level=5)
    W.now += MINUTE
    alert = W.alert(1, plays=1)
    W.now -= MINUTE
    device.now += MINUTE
    for envelope in (drill, alert) if drill_first else (alert, drill):
        device.take(envelope)
    assert device.hear().order.key == alert.id  # type: ignore[union-attr]
    assert device.hear().order is None
    assert device.order(drill).status is Status.CANCELLED


def test_a_drill_after_an_alert_waits_below_it(device: Device) -> None:
    alert = W.alert(1, plays=1)
    device.take(alert)
    device.now += MINUTE
    W.now += MINUTE
    drill = W.drill(level=5)
    W.now -= MINUTE
    device.take(drill)
    assert device.hear().order.key == alert.id  # type: ignore[union-attr]
    assert device.hear().order.key == drill.id  # type: ignore[union-attr]


def test_what_has_been_read_is_read_once_more_at_each_turn(device: Device) -> None:
    alert, lower = W.alert(4, plays=2, every_s=600), W.alert(2, plays=0)
    device.take(alert)
    device.take(lower)

    def heard() -> str:
        return device.hear().order.key  # type: ignore[union-attr]

    assert [heard() for _ in range(4)] == [alert.id, alert.id, lower.id, lower.id]
    speak_at = device.order(alert).speak_at
    device.now = speak_at + timedelta(seconds=599)
    assert heard() == lower.id
    device.now = speak_at + timedelta(seconds=605)
    assert [heard(), heard()] == [alert.id, lower.id], "once at each turn"
    device.now = speak_at + timedelta(seconds=1199)
    assert heard() == lower.id
    device.now = speak_at + timedelta(seconds=1800)
    assert [heard(), heard()] == [alert.id, lower.id], "a turn that was missed is not made up for"


def test_a_reading_shortly_before_a_turn_was_that_turns(device: Device) -> None:
    alert = W.alert(4, plays=1, every_s=600)
    device.take(alert)
    device.now = device.order(alert).speak_at + timedelta(seconds=500)
    assert device.hear().order.key == alert.id  # type: ignore[union-attr]
    device.now += timedelta(seconds=150)
    assert device.hear().order is None


def test_a_mute_silences_also_what_is_lower(device: Device) -> None:
    alert, lower = W.alert(4), W.alert(2)
    device.take(alert)
    device.take(lower)
    device.take(W.mute(alert.id, seconds=300))
    heard = device.hear()
    assert heard.order is None
    assert heard.silence
    device.now += 5 * MINUTE
    assert device.hear().order.key == alert.id  # type: ignore[union-attr]


def test_an_alert_is_silent_for_ten_minutes_in_all_whoever_asks(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.take(W.mute(alert.id, seconds=400))
    device.now += timedelta(seconds=400)
    device.take(World(now=device.now).mute(alert.id, seconds=600, by="p2"))
    device.take(World(now=device.now).update(alert.id))
    device.now += timedelta(seconds=199)
    assert device.hear().silence
    device.now += timedelta(seconds=1)
    assert not device.hear().silence
    with refusing(Reason.MUTE_SPENT):
        device.take(World(now=device.now).mute(alert.id, by="p2"))


def test_a_person_mutes_for_twenty_minutes_in_six_hours(device: Device) -> None:
    alerts = [W.alert(life_s=86400) for _ in range(4)]
    for alert in alerts:
        device.take(alert)
    for alert in alerts[:2]:
        device.take(World(now=device.now).mute(alert.id, seconds=600))
        device.now += 10 * MINUTE
    with refusing(Reason.MUTE_SPENT):
        device.take(World(now=device.now).mute(alerts[2].id))
    device.take(World(now=device.now).mute(alerts[2].id, by="p2"))
    device.now += timedelta(hours=6)
    device.take(World(now=device.now).mute(alerts[3].id))


def test_resume_gives_back_what_is_unused(device: Device) -> None:
    alert = W.alert()
    device.take(alert)
    device.take(W.mute(alert.id, seconds=600))
    device.now += MINUTE
    device.take(World(now=device.now).resume(alert.id, by="p2"))
    assert not device.hear().silence
    device.take(World(now=device.now).mute(alert.id, seconds=600))
    device.now += 9 * MINUTE - timedelta(seconds=1)
    assert device.hear().silence
    device.now += timedelta(seconds=1)
    assert not device.hear().silence


def test_a_mute_names_only_open_orders_of_its_own_sort(device: Device) -> None:
    drill = W.drill()
    device.take(drill)
    with refusing(Reason.UNKNOWN_ORDER):
        device.take(W.mute("0" * 64))
    with refusing(Reason.UNKNOWN_ORDER):
        device.take(W.mute(drill.id))
    issuer = Issuer(path=PROVINCE, person="d1")
    fields = W.common(issuer=issuer, target=(COMMUNE,))
    doc = DrillMute(orders=(drill.id,), seconds=60, **fields)
    device.take(W.signed(doc, "d1", chain=W.drillers))
    assert device.hear().silence
