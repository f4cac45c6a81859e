"""A correction takes the place of what it corrects, in every library and programme to come."""

from datetime import timedelta

import pytest

from loa.lib import clock
from loa.newsroom import correcting, services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import BulletinRefused, Draft
from loa.newsroom.selectors import newest_version
from loa.people.authority import NodeIdentity
from loa.schedule import plans, rearranging, selectors
from loa.schedule.airing import Airing, wish_set
from loa.schedule.handlers import station_ref
from loa.schedule.models import LibraryEntry, Slot
from loa_protocol.clock import ManualClock
from tests.country import Country
from tests.factories.bulletins import approved, content_of, give_sound
from tests.factories.programmes import add, follow, payload_of, province_bulletin
from tests.newsroom.test_bulletins import sounded


def correct(country: Country, old: Bulletin) -> Bulletin:
    editor, approver = country.actor("editor"), country.actor("editor_approver")
    made = correcting.correction_begin(actor=editor, bulletin_id=old.pk)
    version = newest_version(made.pk)
    draft = Draft(
        title="Đính chính: họp lúc 8 giờ",
        body=version.body,
        class_name=version.class_name,
        targets=tuple(version.targets),
    )
    services.bulletin_edit(actor=editor, bulletin_id=made.pk, edition=1, draft=draft)
    services.bulletin_submit(actor=editor, bulletin_id=made.pk, edition=2)
    sounded(made)
    return services.bulletin_approve(actor=approver, bulletin_id=made.pk, edition=2)


def test_a_correction_stands_where_the_old_one_stood(country: Country) -> None:
    old = province_bulletin(country, "priority")
    follow()
    places = set(Slot.objects.values_list("station", "session_at"))
    new = correct(country, old)
    follow()
    live = Slot.objects.filter(removed_at=None)
    assert {slot.bulletin_id for slot in live} == {new.pk}
    assert set(live.values_list("station", "session_at")) == places
    old.refresh_from_db()
    assert old.state == "withdrawn"
    assert set(
        LibraryEntry.objects.filter(withdrawn_at=None).values_list("bulletin", flat=True)
    ) == {new.pk}


def test_only_what_is_approved_is_corrected_and_once_at_a_time(country: Country) -> None:
    old = province_bulletin(country, "normal")
    editor = country.actor("editor")
    first = correcting.correction_begin(actor=editor, bulletin_id=old.pk)
    assert correcting.correction_begin(actor=editor, bulletin_id=old.pk).pk == first.pk
    with pytest.raises(BulletinRefused):
        correcting.correction_begin(actor=editor, bulletin_id=first.pk)


def sounded_at_noon(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> tuple[Bulletin, Slot]:
    """A commune's bulletin that has begun to sound in the noon session, in a signed plan."""
    old = approved(country.one, "Bão vào lúc 17 giờ")
    slot = add(country, content=content_of(old))
    plans.plan_issue(station=station_ref(country.one.station), node=node)
    slot.refresh_from_db()
    assert slot.placed_at is not None
    manual_clock.jump(slot.placed_at + timedelta(minutes=5))
    return old, slot


def corrected(country: Country, old: Bulletin, airing: Airing | None = None) -> Bulletin:
    """The commune's correction, approved; with what its officer said about its hour."""
    officer = country.one.actor("officer")
    made = correcting.correction_begin(actor=officer, bulletin_id=old.pk)
    draft = Draft(title="Đính chính: bão vào lúc 15 giờ", body="Nội dung đúng.")
    services.bulletin_edit(actor=officer, bulletin_id=made.pk, edition=1, draft=draft)
    if airing is not None:
        station = station_ref(country.one.station)
        wish_set(actor=officer, bulletin_id=made.pk, station=station, airing=airing)
    services.bulletin_submit(actor=officer, bulletin_id=made.pk, edition=2)
    give_sound(made)
    return services.bulletin_approve(
        actor=country.one.actor("approver"), bulletin_id=made.pk, edition=2
    )


def test_a_correction_of_what_has_sounded_goes_into_the_open_session(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    old, slot = sounded_at_noon(country, node, manual_clock)
    new = corrected(country, old)
    follow()
    again = Slot.objects.get(bulletin=new, removed_at=None)
    assert again.session_at == slot.session_at


def test_where_the_officer_says_later_a_correction_waits(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    old, _ = sounded_at_noon(country, node, manual_clock)
    new = corrected(country, old, Airing(how="later"))
    follow()
    assert not Slot.objects.filter(bulletin=new).exists()


def test_what_was_aired_stays_on_its_day_when_it_is_withdrawn(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    old, slot = sounded_at_noon(country, node, manual_clock)
    services.bulletin_withdraw(
        actor=country.one.actor("approver"), bulletin_id=old.pk, edition=1, reason="Sai giờ"
    )
    follow()
    station = station_ref(country.one.station)
    day = selectors.day_of(station, selectors.today(), clock.now())
    placed = [item for one in day.programmes for item in one.placed]
    assert [(item.wish.key, item.at) for item in placed] == [(slot.pk, slot.placed_at)]
    plan = plans.plan_issue(station=station, node=node)
    assert plan is not None
    assert payload_of(plan).items == ()


def test_what_was_withdrawn_while_it_sounded_holds_only_the_time_it_had(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    old, slot = sounded_at_noon(country, node, manual_clock)
    assert slot.placed_at is not None
    manual_clock.jump(slot.placed_at + timedelta(seconds=20))
    services.bulletin_withdraw(
        actor=country.one.actor("approver"), bulletin_id=old.pk, edition=1, reason="Sai giờ"
    )
    follow()
    day = selectors.day_of(station_ref(country.one.station), selectors.today(), clock.now())
    (placed,) = [item for one in day.programmes for item in one.placed]
    assert placed.wish.seconds == 20


def test_a_withdrawn_item_is_not_copied_to_another_day(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    old, _ = sounded_at_noon(country, node, manual_clock)
    add(country, "Tin còn hiệu lực")
    services.bulletin_withdraw(
        actor=country.one.actor("approver"), bulletin_id=old.pk, edition=1, reason="Sai giờ"
    )
    follow()
    today = selectors.today()
    tomorrow = today + timedelta(days=1)
    copied = rearranging.day_copy(
        actor=country.one.actor("officer"),
        station=station_ref(country.one.station),
        source=today,
        target=tomorrow,
    )
    assert copied == 1
    last = Slot.objects.order_by("session_at").last()
    assert last is not None
    assert last.title == "Tin còn hiệu lực"
