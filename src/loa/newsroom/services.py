"""Writes: a bulletin's way from draft to approved, returned or withdrawn."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery

from loa.journal import services as journal
from loa.lib import clock, db
from loa.lib.ids import new_id
from loa.media import selectors as files
from loa.media import services as media
from loa.newsroom import events, rules, selectors
from loa.newsroom.models import (
    Bulletin,
    Decision,
    DictionaryEntry,
    OfficeRule,
    Picture,
    State,
    Version,
    WorkingCopy,
)
from loa.newsroom.renditions import renditions_make
from loa.newsroom.rules import BulletinRefused, Draft, EditConflict
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places import selectors as places
from loa.speech.normalise import spoken as make_spoken

DICTIONARY_MAX = 2000


def bulletin_write(
    *,
    actor: Actor,
    place_id: UUID,
    place_path: str,
    draft: Draft,
    bulletin_id: UUID | None = None,
) -> Bulletin:
    """A new bulletin with its first version. Raises NotAllowed, BulletinRefused.

    `bulletin_id` was given out with the blank page: the page sent twice is written once, and the
    second answer is the first one's bulletin. An id that somebody else used is refused.
    """
    ensure(actor, Action.BULLETIN_WRITE, place_path)
    draft = _prepared(draft, place_path)
    now = clock.now()
    with transaction.atomic():
        written = _written_before(bulletin_id) if bulletin_id else None
        if written is not None:
            return _own_again(actor, written, place_path, draft)
        bulletin = Bulletin.objects.create(
            id=bulletin_id or new_id(),
            place_id=place_id,
            author_id=actor.account_id,
            created_at=now,
            changed_at=now,
        )
        _add_version(bulletin, 1, draft, actor)
        _record(actor, events.BULLETIN_WRITTEN, bulletin, place_path)
    return bulletin


def _written_before(bulletin_id: UUID) -> Bulletin | None:
    db.lock(f"bulletin:{bulletin_id}")
    return Bulletin.objects.filter(pk=bulletin_id).select_related("place").first()


def _own_again(actor: Actor, written: Bulletin, place_path: str, draft: Draft) -> Bulletin:
    """The same page a second time: the same words are written already, others are not lost."""
    own = written.author_id == actor.account_id and written.place.path == place_path
    if not own or not says_same(written.pk, written.edition, draft):
        raise BulletinRefused("Trang này đã cũ. Mở trang soạn mới rồi dán lại nội dung.")
    return written


def bulletin_edit(*, actor: Actor, bulletin_id: UUID, edition: int, draft: Draft) -> Bulletin:
    """Replace what the bulletin says; `edition` is the one the officer had on the screen.

    Raises EditConflict where somebody else was faster: nothing is overwritten.
    """
    bulletin = Bulletin.objects.select_related("place").get(pk=bulletin_id)
    path = bulletin.place.path
    ensure(actor, Action.BULLETIN_WRITE, path)
    draft = _prepared(draft, path)
    if bulletin.state not in rules.EDITABLE:
        raise BulletinRefused("Tin đã gửi duyệt thì không sửa được nữa. Xin người duyệt trả lại.")
    with transaction.atomic():
        _claim_edition(bulletin_id, edition)
        bulletin.refresh_from_db()
        _add_version(bulletin, edition + 1, draft, actor)
        _record(actor, events.BULLETIN_CHANGED, bulletin, path)
    return bulletin


def _prepared(draft: Draft, path: str) -> Draft:
    draft = rules.clean(draft, office_path=path, limit=settings.LOA_TEXT_LIMIT)
    _check_places(draft.targets)
    if draft.spoken or draft.recording_sha256:
        return draft
    words = selectors.dictionary_for(path) | dict(draft.own_words)
    text = make_spoken(rules.spoken_source(draft.title, draft.body), dictionary=words).text
    rules.check_spoken(text, settings.LOA_TEXT_LIMIT)
    return replace(draft, spoken=text)


def _check_places(targets: Sequence[str]) -> None:
    """Raise BulletinRefused for a receiver that does not exist: no plan and no node knows it. One
    that was merged or renamed stands for its successors."""
    missing = places.unknown(targets)
    if missing:
        raise BulletinRefused(
            "Không có nơi nhận mã %(places)s. Tải lại trang rồi chọn lại nơi nhận.",
            places=", ".join(missing[:3]),
        )


def drafts_forget(*, before: datetime) -> int:
    """Let go of the sound of versions written before that were never approved and are not the
    newest, and what was typed before that and never saved; what versions said stays. Returns how
    many sounds."""
    newest = Version.objects.filter(bulletin=OuterRef("bulletin")).order_by("-number")
    old = (
        Version.objects.filter(written_at__lt=before, production__isnull=False)
        .exclude(
            pk__in=Bulletin.objects.filter(approved_version__isnull=False).values(
                "approved_version"
            )
        )
        .exclude(pk=Subquery(newest.values("pk")[:1]))
    )
    WorkingCopy.objects.filter(saved_at__lt=before).delete()
    ids = list(old.values_list("pk", flat=True))
    return Version.objects.filter(pk__in=ids).update(production=None)


def says_same(bulletin_id: UUID, edition: int, draft: Draft) -> bool:
    """Whether the draft only repeats the newest version, seen as it stands: nothing to save."""
    bulletin = Bulletin.objects.select_related("place").get(pk=bulletin_id)
    if bulletin.edition != edition:
        return False
    version = selectors.versions_with_pictures(bulletin_id)[0]
    wanted = _prepared(draft, bulletin.place.path)
    kept = selectors.draft_of(version)
    return kept == replace(wanted, voice=wanted.voice or version.voice)


def _claim_edition(bulletin_id: UUID, edition: int) -> None:
    standing = Bulletin.objects.filter(
        pk=bulletin_id, edition=edition, state__in=sorted(rules.EDITABLE)
    )
    if not standing.update(edition=edition + 1, changed_at=clock.now()):
        raise EditConflict(
            "Có người vừa sửa tin này trước. Nội dung của anh chị vẫn còn bên dưới, chưa ghi đè."
        )


def _check_files(draft: Draft) -> None:
    """Raise BulletinRefused for a file that is not kept any more, or is of another kind."""
    recording = [draft.recording_sha256] if draft.recording_sha256 else []
    pictures = [picture.sha256 for picture in draft.pictures]
    kinds = files.kept_kinds([*recording, *pictures]) if recording or pictures else {}
    if any(kinds.get(sha256) != "audio" for sha256 in recording):
        raise BulletinRefused(
            "Bản ghi âm được gửi trước đây không còn trên máy chủ, hoặc không phải bản ghi âm. Bấm"
            " “Bỏ bản ghi” rồi gửi lại."
        )
    if any(kinds.get(sha256) != "image" for sha256 in pictures):
        raise BulletinRefused(
            "Có ảnh trên trang không còn trên máy chủ, hoặc không phải ảnh. Bỏ ảnh ấy rồi gửi lại."
        )


def _add_version(bulletin: Bulletin, number: int, draft: Draft, actor: Actor) -> Version:
    _check_files(draft)
    version = Version.objects.create(
        bulletin=bulletin,
        number=number,
        title=draft.title,
        body=draft.body,
        spoken=draft.spoken,
        category=draft.category,
        class_name=draft.class_name,
        language=draft.language,
        issuer=draft.issuer,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        voice=draft.voice or settings.LOA_VOICE,
        recording_id=draft.recording_sha256,
        recording_words=draft.recording_words,
        targets=list(draft.targets),
        frame=dict(draft.frame),
        own_words=dict(draft.own_words),
        author_id=actor.account_id,
        written_at=clock.now(),
    )
    Picture.objects.bulk_create(
        Picture(version=version, file_id=picture.sha256, alt=picture.alt, position=position)
        for position, picture in enumerate(draft.pictures)
    )
    folded = rules.search_text(draft.title, draft.body)
    Bulletin.objects.filter(pk=bulletin.pk).update(folded=folded)
    return version


def voice_ask(*, actor: Actor, bulletin_id: UUID) -> UUID:
    """Have the newest version's sound made, once; returns the production's id.

    A version whose spoken text, voice and recording were produced before gets that sound again.
    """
    bulletin = Bulletin.objects.select_related("place").get(pk=bulletin_id)
    ensure(actor, Action.BULLETIN_WRITE, bulletin.place.path)
    with transaction.atomic():
        version = bulletin.versions.select_for_update(of=("self",)).order_by("-number").first()
        if version is None:
            raise BulletinRefused("Tin chưa có nội dung.")
        made = version.production
        if made is not None and made.state != "failed":
            return made.pk
        production = media.production_ask(
            spoken="" if version.recording_id else version.spoken,
            voice=version.voice,
            recording_sha256=version.recording_id,
        )
        Version.objects.filter(pk=version.pk).update(production_id=production)
    return production


def bulletin_submit(*, actor: Actor, bulletin_id: UUID, edition: int) -> Bulletin:
    """Send it for approval. Its sound is made meanwhile if nobody asked for it before."""
    version = selectors.newest_version(bulletin_id)
    rules.check_blanks(version.title, version.body)
    rules.check_recording(version.title, version.body, version.recording_words)
    bulletin = _move(actor, Action.BULLETIN_WRITE, bulletin_id, edition, State.SUBMITTED)
    voice_ask(actor=actor, bulletin_id=bulletin_id)
    return bulletin


def bulletin_approve(*, actor: Actor, bulletin_id: UUID, edition: int) -> Bulletin:
    """Approve exactly the version on the approver's screen, which must have its sound.

    Raises NotAllowed, BulletinRefused (a bulletin of which the approver wrote any version, no
    sound yet, another was faster, already decided).
    """
    return _move(actor, Action.BULLETIN_APPROVE, bulletin_id, edition, State.APPROVED)


def bulletin_return(*, actor: Actor, bulletin_id: UUID, edition: int, reason: str) -> Bulletin:
    """Give it back to be mended; the reason is for the author and must not be empty."""
    reason = rules.text_clean(reason, 2000)
    if not reason:
        raise BulletinRefused("Xin ghi lý do trả lại để người soạn biết cần sửa gì.")
    return _move(actor, Action.BULLETIN_APPROVE, bulletin_id, edition, State.RETURNED, reason)


def bulletin_withdraw(*, actor: Actor, bulletin_id: UUID, edition: int, reason: str) -> Bulletin:
    """Take it back: it leaves every library, plan and outlet."""
    reason = rules.text_clean(reason, 2000)
    if not reason:
        raise BulletinRefused("Xin ghi lý do thu hồi.")
    return _move(actor, Action.BULLETIN_WITHDRAW, bulletin_id, edition, State.WITHDRAWN, reason)


_FACTS = {
    State.SUBMITTED: events.BULLETIN_SUBMITTED,
    State.APPROVED: events.BULLETIN_APPROVED,
    State.RETURNED: events.BULLETIN_RETURNED,
    State.WITHDRAWN: events.BULLETIN_WITHDRAWN,
}


def _move(
    actor: Actor, action: Action, bulletin_id: UUID, edition: int, to: State, reason: str = ""
) -> Bulletin:
    bulletin = Bulletin.objects.select_related("place").get(pk=bulletin_id)
    ensure(actor, action, bulletin.place.path)
    with transaction.atomic():
        rules.check_step(bulletin.state, to)
        moved = Bulletin.objects.filter(pk=bulletin_id, state=bulletin.state, edition=edition)
        changes: dict[str, Any] = {"state": to, "changed_at": clock.now()}
        version = bulletin.versions.select_related("production").order_by("-number").first()
        if version is None:
            raise BulletinRefused("Tin chưa có nội dung.")
        if to == State.APPROVED:
            _check_approval(actor, bulletin, version)
            changes["approved_version"] = version
        if not moved.update(**changes):
            raise EditConflict(_faster(bulletin_id))
        hashes = renditions_make(version) if to == State.APPROVED else {}
        Decision.objects.create(
            bulletin=bulletin,
            version=version,
            made=to,
            by_id=actor.account_id,
            at=clock.now(),
            reason=reason,
            renditions=hashes,
        )
        named = {"renditions": hashes} if hashes else {}
        _record(actor, _FACTS[to], bulletin, bulletin.place.path, version=version.number, **named)
    bulletin.refresh_from_db()
    return bulletin


def authors_of(bulletin: Bulletin) -> frozenset[str]:
    """The account ids of everybody who wrote it, or any version of it."""
    wrote = Version.objects.filter(bulletin=bulletin).values_list("author_id", flat=True)
    return frozenset(str(one) for one in {bulletin.author_id, *wrote} if one is not None)


def _check_approval(actor: Actor, bulletin: Bulletin, version: Version) -> None:
    rule = OfficeRule.objects.filter(place_id=bulletin.place_id).first()
    allowed = rules.may_approve(
        authors=authors_of(bulletin),
        approver=str(actor.account_id),
        author_may_approve=bool(rule and rule.author_may_approve),
    )
    if not allowed:
        raise BulletinRefused("Người soạn không tự duyệt tin của mình. Xin người khác duyệt.")
    if version.production is None or version.production.state != "done":
        raise BulletinRefused("Âm thanh của tin chưa xong nên chưa duyệt được. Chờ một chút.")


def _faster(bulletin_id: UUID) -> str:
    last = (
        Decision.objects.filter(bulletin_id=bulletin_id)
        .select_related("by")
        .order_by("at", "pk")
        .last()
    )
    if last is None or last.by is None:
        return "Có người vừa sửa tin này. Tải lại trang để xem bản mới."
    return f"{last.by} vừa xử lý tin này trước. Tải lại trang để xem."


def _record(actor: Actor, kind: str, bulletin: Bulletin, path: str, **payload: Any) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=path,
        subject=f"bulletin:{bulletin.pk}",
        payload={"edition": bulletin.edition, **payload},
    )


def dictionary_set(
    *, actor: Actor, place_id: UUID, place_path: str, written: str, spoken: str
) -> None:
    """How this place says a word; an empty `spoken` takes the word out again."""
    ensure(actor, Action.DICTIONARY_EDIT, place_path)
    written = " ".join(rules.text_clean(written, settings.LOA_TEXT_LIMIT).split())
    spoken = " ".join(rules.text_clean(spoken, settings.LOA_TEXT_LIMIT).split())
    if not written or len(written) > rules.WORD_MAX or len(spoken) > rules.SAID_MAX:
        raise BulletinRefused("Từ viết có từ 1 đến 80 chữ, cách đọc nhiều nhất 200 chữ.")
    with transaction.atomic():
        entries = DictionaryEntry.objects.filter(place_id=place_id)
        if not spoken:
            entries.filter(written=written).delete()
        elif entries.exclude(written=written).count() >= DICTIONARY_MAX:
            raise BulletinRefused("Từ điển của địa phương đã đủ %(most)s từ.", most=DICTIONARY_MAX)
        else:
            entries.update_or_create(
                place_id=place_id, written=written, defaults={"spoken": spoken}
            )
        journal.record(
            actor=str(actor),
            kind=events.DICTIONARY_CHANGED,
            place=place_path,
            payload={"written": written, "spoken": spoken},
        )


def office_rule_set(
    *, actor: Actor, place_id: UUID, place_path: str, author_may_approve: bool
) -> None:
    """The office's own decision whether an author may approve; the default is no."""
    ensure(actor, Action.ACCOUNT_MANAGE, place_path)
    with transaction.atomic():
        OfficeRule.objects.update_or_create(
            place_id=place_id, defaults={"author_may_approve": author_may_approve}
        )
        journal.record(
            actor=str(actor),
            kind=events.OFFICE_RULE_SET,
            place=place_path,
            payload={"author_may_approve": author_may_approve},
        )
