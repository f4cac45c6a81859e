"""A bulletin's way: written, submitted, approved by somebody else, returned, withdrawn."""

from dataclasses import replace

import pytest

from loa.journal import selectors as journal
from loa.media import services as media
from loa.media.models import Production
from loa.newsroom import events, selectors, services
from loa.newsroom.differences import difference
from loa.newsroom.models import Bulletin, Version
from loa.newsroom.rules import BulletinRefused, Draft, EditConflict
from loa.people.models import Role
from loa.people.rules import Actor
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from tests.country import Commune, Country

DRAFT = Draft(title="Lịch tiêm chủng", body="Trạm Y tế xã tổ chức tiêm lúc 7h30.")


def written(commune: Commune, draft: Draft = DRAFT) -> Bulletin:
    return services.bulletin_write(
        actor=commune.actor("officer"),
        place_id=commune.place.pk,
        place_path=commune.place.path,
        draft=draft,
    )


def sounded(bulletin: Bulletin) -> None:
    """As if the worker had made the sound."""
    version = selectors.newest_version(bulletin.pk)
    assert version.production is not None
    media.file_note(sha256="a" * 64, mime="audio/ogg", size_bytes=1000, ms=5000)
    media.production_finish(
        version.production.pk,
        opus_sha256="a" * 64,
        mp3_sha256="a" * 64,
        ms=5000,
        level_lufs=-16.0,
        peak_dbtp=-1.6,
    )


def submitted(commune: Commune) -> Bulletin:
    bulletin = written(commune)
    services.bulletin_submit(actor=commune.actor("officer"), bulletin_id=bulletin.pk, edition=1)
    sounded(bulletin)
    return bulletin


def approve(actor: Actor, bulletin: Bulletin, edition: int = 1) -> Bulletin:
    return services.bulletin_approve(actor=actor, bulletin_id=bulletin.pk, edition=edition)


def test_what_is_written_is_spoken_in_words(country: Country) -> None:
    version = selectors.newest_version(written(country.one).pk)
    assert "bảy giờ ba mươi" in version.spoken
    assert "7h30" not in version.spoken


def test_an_edited_spoken_text_is_kept_as_it_is(country: Country) -> None:
    bulletin = written(country.one, Draft(title="Tin", body="TDP số 5", spoken="Tổ dân phố năm."))
    assert selectors.newest_version(bulletin.pk).spoken == "Tổ dân phố năm."


def test_a_place_s_dictionary_is_heard(country: Country) -> None:
    services.dictionary_set(
        actor=country.one.actor("officer"),
        place_id=country.one.place.pk,
        place_path=country.one.place.path,
        written="KBTX",
        spoken="khu bảo tồn",
    )
    draft = Draft(title="Họp", body="Mời KBTX họp.")
    assert "khu bảo tồn" in selectors.newest_version(written(country.one, draft).pk).spoken
    assert "khu bảo tồn" not in selectors.newest_version(written(country.two, draft).pk).spoken


def test_from_draft_to_approved(country: Country) -> None:
    bulletin = approve(country.one.actor("approver"), submitted(country.one))
    assert bulletin.state == "approved"
    assert bulletin.approved_version == selectors.newest_version(bulletin.pk)
    kinds = [fact.kind for fact in journal.facts_of(f"bulletin:{bulletin.pk}")]
    assert kinds == [
        events.BULLETIN_WRITTEN,
        events.BULLETIN_SUBMITTED,
        events.BULLETIN_APPROVED,
    ]


def test_nothing_is_approved_before_it_can_be_heard(country: Country) -> None:
    bulletin = written(country.one)
    services.bulletin_submit(actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=1)
    with pytest.raises(BulletinRefused, match="Âm thanh"):
        approve(country.one.actor("approver"), bulletin)
    assert Bulletin.objects.get(pk=bulletin.pk).state == "submitted"


def test_the_author_does_not_approve_unless_the_office_decided_so(country: Country) -> None:
    Role.objects.create(
        account=country.one.officer,
        name="commune_approver",
        place=country.one.place,
        since="2025-07-01",
    )
    bulletin = submitted(country.one)
    with pytest.raises(BulletinRefused, match="không tự duyệt"):
        approve(country.one.actor("officer"), bulletin)
    services.office_rule_set(
        actor=country.actor("administrator"),
        place_id=country.one.place.pk,
        place_path=country.one.place.path,
        author_may_approve=True,
    )
    assert approve(country.one.actor("officer"), bulletin).state == "approved"


def test_who_wrote_an_earlier_version_does_not_approve_a_later_one(country: Country) -> None:
    """An approver who also writes: the words of the one before last may stand in the last."""
    Role.objects.create(
        account=country.one.approver,
        name="commune_officer",
        place=country.one.place,
        since="2025-07-01",
    )
    approver, officer = country.one.actor("approver"), country.one.actor("officer")
    bulletin = written(country.one)
    for number, who in enumerate((approver, officer), start=1):
        draft = replace(DRAFT, body=f"Tiêm lúc {number} giờ.")
        services.bulletin_edit(actor=who, bulletin_id=bulletin.pk, edition=number, draft=draft)
    services.bulletin_submit(actor=officer, bulletin_id=bulletin.pk, edition=3)
    sounded(bulletin)
    with pytest.raises(BulletinRefused, match="không tự duyệt"):
        approve(approver, bulletin, 3)


def test_only_who_may_write_has_the_sound_made(country: Country) -> None:
    bulletin = written(country.one)
    for who in (country.one.actor("approver"), country.two.actor("officer")):
        with pytest.raises(NotAllowed):
            services.voice_ask(actor=who, bulletin_id=bulletin.pk)
    assert not Production.objects.exists()


def test_two_approvers_cannot_both_act(country: Country) -> None:
    bulletin = submitted(country.one)
    approve(country.one.actor("approver"), bulletin)
    with pytest.raises(BulletinRefused, match="vừa được duyệt"):
        approve(country.one.actor("approver"), bulletin)
    with pytest.raises(BulletinRefused):
        services.bulletin_return(
            actor=country.one.actor("approver"),
            bulletin_id=bulletin.pk,
            edition=1,
            reason="Thiếu giờ",
        )


def test_a_returned_bulletin_has_a_reason_and_can_be_mended(country: Country) -> None:
    bulletin = submitted(country.one)
    approver = country.one.actor("approver")
    with pytest.raises(BulletinRefused, match="lý do"):
        services.bulletin_return(actor=approver, bulletin_id=bulletin.pk, edition=1, reason=" ")
    services.bulletin_return(
        actor=approver, bulletin_id=bulletin.pk, edition=1, reason="Thiếu địa điểm"
    )
    mended = Draft(title="Lịch tiêm chủng", body="Tiêm lúc 7h30 tại trạm.")
    services.bulletin_edit(
        actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=1, draft=mended
    )
    again = services.bulletin_submit(
        actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=2
    )
    assert again.state == "submitted"
    assert selectors.newest_version(bulletin.pk).number == 2


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(country: Country) -> None:
    bulletin = written(country.one)
    officer = country.one.actor("officer")
    first = Draft(title="Của người thứ nhất", body="Một.")
    services.bulletin_edit(actor=officer, bulletin_id=bulletin.pk, edition=1, draft=first)
    with pytest.raises(EditConflict, match="vừa sửa"):
        services.bulletin_edit(actor=officer, bulletin_id=bulletin.pk, edition=1, draft=DRAFT)
    assert selectors.newest_version(bulletin.pk).title == "Của người thứ nhất"
    assert Version.objects.filter(bulletin=bulletin).count() == 2


def test_an_approver_who_saw_an_older_version_approves_nothing(country: Country) -> None:
    bulletin = submitted(country.one)
    with pytest.raises(EditConflict):
        approve(country.one.actor("approver"), bulletin, edition=2)


def test_a_stranger_finds_nothing_and_may_nothing(country: Country) -> None:
    bulletin = submitted(country.one)
    stranger, strange_approver = country.two.actor("officer"), country.two.actor("approver")
    assert not selectors.bulletins(stranger).exists()
    assert not selectors.waiting_for(strange_approver).exists()
    with pytest.raises(Bulletin.DoesNotExist):
        selectors.bulletin_get(stranger, bulletin.pk)
    with pytest.raises(NotAllowed):
        approve(strange_approver, bulletin)
    with pytest.raises(NotAllowed):
        services.bulletin_edit(actor=stranger, bulletin_id=bulletin.pk, edition=1, draft=DRAFT)
    with pytest.raises(NotAllowed):
        services.voice_ask(actor=stranger, bulletin_id=bulletin.pk)
    with pytest.raises(NotAllowed):
        services.bulletin_withdraw(actor=stranger, bulletin_id=bulletin.pk, edition=1, reason="x")


def test_a_province_does_not_write_for_a_commune(country: Country) -> None:
    with pytest.raises(NotAllowed):
        services.bulletin_write(
            actor=country.actor("editor"),
            place_id=country.one.place.pk,
            place_path=country.one.place.path,
            draft=DRAFT,
        )


@pytest.mark.parametrize(
    "draft",
    [
        Draft(title="", body="Nội dung"),
        Draft(title="   ", body="Nội dung"),
        Draft(title="x" * 201, body="Nội dung"),
        Draft(title="Tin", body=""),
        Draft(title="Tin", body="x" * 20_001),
        Draft(title="Tin", body="\x00\x01\x02"),
        Draft(title="Tin", body="\ud800"),
        Draft(title="Tin", body="Nội dung", targets=("vn/25/08914",)),
        Draft(title="Tin", body="Nội dung", targets=("vn/25/08911/../08914",)),
        Draft(title="Tin", body="Nội dung", targets=("vn",)),
    ],
)
def test_bad_input_is_a_sentence_and_leaves_nothing(country: Country, draft: Draft) -> None:
    head = journal.head()
    with pytest.raises(BulletinRefused, match=r"\w+ \w+"):
        written(country.one, draft)
    assert not Bulletin.objects.exists()
    assert journal.head() == head


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (
            Draft(title="Chi trả", body="Hộ số 99999 nhận 999999999 đồng. " * 340),
            "đọc thành lời",
        ),
        (
            Draft(title="Tin", body="Họp.", targets=("vn/25/08911/h01", "vn/25/08911/h77")),
            "h77",
        ),
        (
            Draft(
                title="Tin",
                body="Họp.",
                targets=tuple(f"vn/25/08911/h{number:03}" for number in range(501)),
            ),
            "500",
        ),
    ],
)
def test_what_could_not_be_signed_or_sent_is_refused_when_it_is_written(
    country: Country, draft: Draft, sentence: str
) -> None:
    with pytest.raises(BulletinRefused) as refused:
        written(country.one, draft)
    assert sentence in str(refused.value)
    assert not Bulletin.objects.exists()


def test_decomposed_text_is_stored_composed(country: Country) -> None:
    bulletin = written(country.one, Draft(title="Tha\u0302n Đo\u0302ng", body="No\u0302\u0323i"))
    version = selectors.newest_version(bulletin.pk)
    assert (version.title, version.body) == ("Thân Đông", "Nội")


def test_the_same_words_are_voiced_once(country: Country) -> None:
    for _ in range(2):
        bulletin = written(country.one)
        services.voice_ask(actor=country.one.actor("officer"), bulletin_id=bulletin.pk)
    assert Production.objects.count() == 1


def test_a_difference_reads_in_order() -> None:
    pieces = difference("Tiêm lúc 7 giờ sáng", "Tiêm lúc 8 giờ sáng mai")
    assert [(piece.change, piece.text.strip()) for piece in pieces] == [
        ("same", "Tiêm lúc"),
        ("removed", "7"),
        ("added", "8"),
        ("same", "giờ sáng"),
        ("added", "mai"),
    ]


def test_a_sound_that_a_dead_worker_left_is_made_by_another(
    country: Country, manual_clock: ManualClock
) -> None:
    bulletin = written(country.one)
    production = services.voice_ask(actor=country.one.actor("officer"), bulletin_id=bulletin.pk)
    assert media.production_claim(production)
    assert not media.production_claim(production)
    manual_clock.advance(200)
    media.production_progress(production, 50)
    manual_clock.advance(200)
    assert media.productions_stuck(300) == []
    manual_clock.advance(200)
    assert media.productions_stuck(300) == [production]
    for _ in range(media.TRIES_MAX - 1):
        assert media.production_claim(production)
        manual_clock.advance(400)
        media.productions_stuck(300)
    assert not media.production_claim(production)
    failed = Production.objects.get(pk=production)
    assert failed.state == "failed"
    assert failed.message.endswith(".")
