"""What is forgotten when, and what never is."""

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from loa.config import upkeep
from loa.delivery.models import Play, Receipt
from loa.journal.models import Fact
from loa.lib import clock
from loa.media import services as media
from loa.media.models import File, Production
from loa.media.store import MediaStore
from loa.newsroom import services as newsroom
from loa.newsroom.models import Version, WorkingCopy
from loa.newsroom.rules import Draft
from loa.people.authority import NodeIdentity
from loa.schedule import plans, selectors
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan, PlanMedia
from loa_protocol.clock import ManualClock
from tests.console.desk import approved, played
from tests.country import Country
from tests.factories.bulletins import airable_content
from tests.factories.programmes import add
from tests.newsroom.test_bulletins import written

DAY_S = 86_400
Keep = Callable[[bytes], str]


@pytest.fixture
def store(node: NodeIdentity) -> MediaStore:
    return MediaStore(settings.ENV.media)


@pytest.fixture
def keep(store: MediaStore, tmp_path: Path) -> Keep:
    """Put a file into the store as of now."""

    def kept(said: bytes) -> str:
        source = tmp_path / "source"
        source.write_bytes(said)
        sha256 = store.put(source).sha256
        media.file_note(sha256=sha256, mime="audio/ogg", size_bytes=len(said), ms=60_000)
        at = clock.now().timestamp()
        os.utime(store.path_of(sha256), (at, at))
        return sha256

    return kept


def test_a_file_that_nothing_names_goes_after_its_time(
    store: MediaStore, keep: Keep, manual_clock: ManualClock
) -> None:
    lost = keep(b"nobody's")
    upkeep.forget(clock.now())
    assert store.has(lost)
    manual_clock.advance(91 * DAY_S)
    fresh = keep(b"of today")
    assert upkeep.forget(clock.now()).files == 1
    assert (store.has(lost), store.has(fresh)) == (False, True)
    assert not File.objects.filter(pk=lost).exists()


def test_a_file_that_was_put_again_stays(
    store: MediaStore, keep: Keep, manual_clock: ManualClock
) -> None:
    sha256 = keep(b"again")
    manual_clock.advance(91 * DAY_S)
    assert keep(b"again") == sha256
    assert upkeep.forget(clock.now()).files == 0
    assert store.has(sha256)


def test_a_plan_that_is_over_gives_up_its_bytes_and_its_files_but_not_its_number(
    country: Country, node: NodeIdentity, store: MediaStore, keep: Keep, manual_clock: ManualClock
) -> None:
    sound = keep(b"sound of a slot")
    add(country, content=airable_content(country.one, sha256=sound))
    station = station_ref(country.one.station)
    plan = plans.plan_issue(station=station, node=node)
    assert plan is not None
    manual_clock.advance(43 * DAY_S)
    assert upkeep.forget(clock.now()).plans == 0
    manual_clock.advance(2 * DAY_S)
    assert upkeep.forget(clock.now()).plans == 1
    kept = Plan.objects.get(pk=plan.pk)
    assert (bytes(kept.envelope), kept.version, kept.sha256) == (b"", plan.version, plan.sha256)
    assert PlanMedia.objects.count() == 0
    assert selectors.newest_plan(station.id) is None
    assert plans.journal_marks() == []
    assert upkeep.forget(clock.now()).plans == 0
    again = plans.plan_issue(station=station, node=node)
    assert again is not None
    assert again.version > plan.version
    assert store.has(sound), "the slot still names it"


def test_the_sound_of_an_abandoned_wording_goes_and_an_aired_one_stays(
    country: Country, node: NodeIdentity, keep: Keep, manual_clock: ManualClock
) -> None:
    aired = approved(country.one)
    officer = country.one.actor("officer")
    draft = written(country.one, Draft(title="Bản một", body="Nội dung của bản một."))
    first = newsroom.voice_ask(actor=officer, bulletin_id=draft.pk)
    media.production_finish(
        first,
        opus_sha256=keep(b"first"),
        mp3_sha256=keep(b"first mp3"),
        ms=1,
        level_lufs=-16,
        peak_dbtp=-2,
    )
    newsroom.bulletin_edit(
        actor=officer,
        bulletin_id=draft.pk,
        edition=1,
        draft=Draft(title="Bản hai", body="Khác hẳn."),
    )
    manual_clock.advance(91 * DAY_S)
    done = upkeep.forget(clock.now())
    assert (done.sounds, done.productions, done.files) == (1, 1, 2)
    assert not Production.objects.filter(pk=first).exists()
    assert Version.objects.filter(bulletin=draft).count() == 2
    aired.refresh_from_db()
    assert aired.approved_version is not None
    assert aired.approved_version.production is not None


def test_plays_and_receipts_are_kept_five_years_and_the_journal_for_ever(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    play = played(approved(country.one), country.one.outlets[0])
    facts = Fact.objects.count()
    manual_clock.advance(int(upkeep.PLAYS_KEPT / timedelta(seconds=1)) - DAY_S)
    upkeep.forget(clock.now())
    assert Play.objects.filter(pk=play.pk).exists()
    manual_clock.advance(2 * DAY_S)
    assert upkeep.forget(clock.now()).plays == 1
    assert (Play.objects.count(), Receipt.objects.count()) == (0, 0)
    assert Fact.objects.count() == facts


def test_what_an_unsaved_sheet_names_stays(
    country: Country, node: NodeIdentity, store: MediaStore, keep: Keep, manual_clock: ManualClock
) -> None:
    sha256 = keep(b"a recording not saved yet")
    manual_clock.advance(91 * DAY_S)
    WorkingCopy.objects.create(
        account=country.one.officer,
        sheet="new:vn/25/08911",
        fields={"recording": sha256, "title": hashlib.sha256(b"x").hexdigest()},
        saved_at=clock.now(),
    )
    upkeep.forget(clock.now())
    assert store.has(sha256)
    manual_clock.advance(91 * DAY_S)
    upkeep.forget(clock.now())
    assert not store.has(sha256)
