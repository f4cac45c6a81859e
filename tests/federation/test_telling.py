"""What this node tells: to whom, in which words, and what never leaves."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from loa.delivery.models import Play, Receipt
from loa.federation import applying, outgoing, summaries
from loa.federation.models import Link, Outgoing, OutgoingMedia
from loa.lib import clock
from loa.newsroom import services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import Draft
from loa.people.models import Account
from loa.people.rules import RoleName
from loa.people.selectors import actor_of
from tests.country import Country, account, place
from tests.federation.peers import FakePeer, identity, linked, revoke, sent, summary
from tests.federation.test_taking import take
from tests.newsroom.test_bulletins import sounded


@pytest.fixture
def country_office(country: Country) -> tuple[Any, Any]:
    """The ministry's editor and approver."""
    editor = account("Đặng Hải Nam", RoleName.MINISTRY_EDITOR, country.nation)
    approver = account("Lê Bích Ngọc", RoleName.PROVINCE_APPROVER, country.nation)
    return actor_of(editor), actor_of(approver)


def approved(country: Country, office: tuple[Any, Any], **draft: Any) -> Bulletin:
    editor, approver = office
    made = services.bulletin_write(
        actor=editor,
        place_id=country.nation.pk,
        place_path="vn",
        draft=Draft(title="Phòng bão", body="Chằng chống nhà cửa.", **draft),
    )
    services.bulletin_submit(actor=editor, bulletin_id=made.pk, edition=1)
    sounded(made)
    return services.bulletin_approve(actor=approver, bulletin_id=made.pk, edition=1)


def export() -> list[tuple[str, str, dict[str, Any]]]:
    """(place of the link, kind, body) of all bulletins told."""
    while outgoing.export_next():
        pass
    rows = Outgoing.objects.filter(kind__startswith="bulletin.").order_by("id")
    return [(r.link.path, r.kind, json.loads(r.text)["body"]) for r in rows]


def test_each_province_hears_what_is_for_it_and_nothing_of_the_others(
    below: FakePeer, country: Country, country_office: tuple[Any, Any], keys: Path
) -> None:
    place("province", "24", "Tỉnh Bắc Ninh", "vn/24", country.nation)
    linked(identity(keys, "vn/24"), below=True)
    linked(identity(keys, "vn/01"), below=True)
    approved(country, country_office, targets=("vn/25/08911", "vn/24"))
    told = {path: body["targets"] for path, _, body in export()}
    assert told == {"vn/25": ["vn/25/08911"], "vn/24": ["vn/24"]}


def test_no_name_of_a_person_leaves(
    below: FakePeer, country: Country, country_office: tuple[Any, Any]
) -> None:
    made = approved(country, country_office, targets=("vn",))
    export()
    text = " ".join(Outgoing.objects.values_list("text", flat=True))
    assert str(made.pk) in text
    for who in ("Hải Nam", "Bích Ngọc", str(country_office[0].account_id), "person:"):
        assert who not in text


def test_only_the_files_that_were_told_may_be_fetched(
    below: FakePeer, country: Country, country_office: tuple[Any, Any]
) -> None:
    approved(country, country_office, targets=("vn",))
    ((_, _, body),) = export()
    files = {body["sound"]["opus"], body["sound"]["mp3"]}
    assert set(OutgoingMedia.objects.values_list("sha256", flat=True)) == files
    link = Link.objects.get()
    assert all(outgoing.may_fetch(link, sha256) for sha256 in files)
    assert not outgoing.may_fetch(link, "0" * 64)


def test_a_withdrawal_is_told_to_whom_the_bulletin_was(
    below: FakePeer, country: Country, country_office: tuple[Any, Any], keys: Path
) -> None:
    linked(identity(keys, "vn/24"), below=True)
    made = approved(country, country_office, targets=("vn/25",))
    services.bulletin_withdraw(
        actor=country_office[0], bulletin_id=made.pk, edition=1, reason="Sai ngày"
    )
    assert [(path, kind) for path, kind, _ in export()] == [("vn/25", "bulletin.withdrawn")]


def test_a_new_link_gets_what_still_holds_and_no_history(
    below: FakePeer, country: Country, country_office: tuple[Any, Any], keys: Path
) -> None:
    soon = clock.now() + timedelta(hours=1)
    ended = approved(country, country_office, targets=("vn",), valid_until=soon)
    standing = approved(country, country_office, targets=("vn",))
    ended.approved_version.__class__.objects.filter(bulletin=ended).update(valid_until=clock.now())
    assert [body["bulletin"] for _, _, body in export()] == [str(standing.pk)]


def test_what_came_from_above_or_belongs_to_the_province_is_not_told_up(
    above: FakePeer, country: Country
) -> None:
    from loa.media.services import file_note
    from tests.factories.programmes import province_bulletin

    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    above.add("bulletin.sent", sent(b"x"))
    take(above)
    applying.apply_next()
    province_bulletin(country, "normal")
    assert export() == []


# How it sounded


def heard(bulletin: UUID, country: Country, number: int) -> None:
    outlet, now = country.one.outlets[number], clock.now()
    receipt = Receipt.objects.create(
        sha256=f"{number:064x}", outlet=outlet, kid="k", envelope=b"", received_at=now
    )
    Play.objects.create(
        outlet=outlet,
        station=country.one.station,
        receipt=receipt,
        item=f"{number:032x}",
        bulletin_id=bulletin,
        result="played",
        grade="B",
        started_at=now,
        at=now,
        played_ms=21_500,
        level_lufs=-16,
        volume_pct=80,
    )


def told_summaries() -> list[dict[str, Any]]:
    rows = Outgoing.objects.filter(kind="play.summary").order_by("seq")
    return [json.loads(row.text)["body"] for row in rows]


def test_a_summary_is_told_when_it_changes_and_only_then(above: FakePeer, country: Country) -> None:
    from loa.media.services import file_note

    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    body = sent(b"x")
    above.add("bulletin.sent", body)
    take(above)
    applying.apply_next()
    link, bulletin = Link.objects.get(), UUID(body["bulletin"])
    assert summaries.tell(link) == 0
    heard(bulletin, country, 0)
    assert (summaries.tell(link), summaries.tell(link)) == (1, 0)
    heard(bulletin, country, 1)
    link.refresh_from_db()
    assert summaries.tell(link) == 1
    first, second = told_summaries()
    assert (first["outlets"], second["outlets"]) == (1, 2)
    assert second == {
        "bulletin": str(bulletin),
        "commune": "vn/25/08911",
        "outlets": 2,
        "failed": 0,
        "grades": {"B": 2},
        "seconds": 43,
        "rows": 2,
        "first_at": second["first_at"],
        "last_at": second["last_at"],
    }


def test_the_bulletin_s_page_at_the_centre_names_who_aired_it(
    below: FakePeer, country: Country, country_office: tuple[Any, Any], client: Client
) -> None:
    made = approved(country, country_office, targets=("vn",))
    below.add("play.summary", summary("vn/25/08911", str(made.pk), outlets=3))
    take(below)
    applying.apply_next()
    client.force_login(Account.objects.get(pk=country_office[0].account_id))
    page = client.get(f"/tin/{made.pk}/").content.decode()
    assert "1 xã, phường đã phát." in page
    assert "3 cụm loa có chứng nhận loại B." in page
    assert "Xã Tam Đảo" in page


@pytest.mark.parametrize("batch", [500, 1])
def test_what_goes_first_is_told_before_what_happened_earlier(
    below: FakePeer,
    country: Country,
    country_office: tuple[Any, Any],
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(outgoing, "BATCH", batch)
    while outgoing.export_next():
        pass
    before = set(Outgoing.objects.values_list("pk", flat=True))
    approved(country, country_office)
    revoke(keys, below.node.key.public.kid)
    while outgoing.export_next():
        pass
    told = Outgoing.objects.exclude(pk__in=before).order_by("seq")
    assert list(told.values_list("kind", flat=True)) == ["trust.paper", "bulletin.sent"]
