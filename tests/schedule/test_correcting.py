"""A correction takes the place of what it corrects, in every library and programme to come."""

import pytest

from loa.newsroom import correcting, services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import BulletinRefused, Draft
from loa.newsroom.selectors import newest_version
from loa.schedule import handlers
from loa.schedule.models import LibraryEntry, Slot
from tests.country import Country
from tests.factories.programmes import province_bulletin
from tests.newsroom.test_bulletins import sounded


def follow() -> None:
    while handlers.follow():
        pass


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
