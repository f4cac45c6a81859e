"""What an officer typed on the writing page, kept word for word until it is a Draft.

Refused input goes back onto the page as it was typed: nothing is ever lost.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.lib import clock
from loa.lib.text import nfc
from loa.newsroom.papers import FRAME_KEYS
from loa.newsroom.rules import (
    OWN_WORDS_MAX,
    TITLE_MAX,
    BulletinRefused,
    Draft,
    DraftPicture,
    words_mark,
)
from loa.newsroom.selectors import pictures_of
from loa.web import airing_form
from loa.web.airing_form import AiringTyped
from loa.web.requests import whole_or_none
from loa.web.upload_tickets import NotYours, Upload, redeem

if TYPE_CHECKING:
    from loa.newsroom.models import Version

LANGUAGES = {
    "vi": gettext_lazy("Tiếng Việt"),
    "tyz": gettext_lazy("Tiếng Tày"),
    "nut": gettext_lazy("Tiếng Nùng"),
    "blt": gettext_lazy("Tiếng Thái"),
    "mtq": gettext_lazy("Tiếng Mường"),
    "hmn": gettext_lazy("Tiếng Mông"),
    "ium": gettext_lazy("Tiếng Dao"),
    "km": gettext_lazy("Tiếng Khmer"),
    "cjm": gettext_lazy("Tiếng Chăm"),
    "rad": gettext_lazy("Tiếng Ê Đê"),
    "jra": gettext_lazy("Tiếng Gia Rai"),
    "bdq": gettext_lazy("Tiếng Ba Na"),
}
CATEGORY_HINTS = {
    "a1": gettext_lazy("Nghị quyết, luật, chính sách mới mà dân cần biết."),
    "a2": gettext_lazy("Quy định, quy ước, lịch tiếp dân, thu thuế của địa phương."),
    "a3": gettext_lazy("Ngày lễ, kỷ niệm, bầu cử, đại hội."),
    "b1": gettext_lazy("Làm đường, xây trường, vay vốn, việc làm."),
    "b2": gettext_lazy("Lịch thời vụ, chăn nuôi, sức khỏe, học tập."),
    "b3": gettext_lazy("Trật tự, lừa đảo, nghĩa vụ quân sự, tìm người lạc."),
    "b4": gettext_lazy("Bão lũ, cháy nổ, dịch bệnh, cứu nạn."),
    "b5": gettext_lazy("Người tốt, việc tốt, mô hình hay ở thôn."),
    "b6": gettext_lazy("Phê phán việc sai, nhắc chấp hành pháp luật."),
    "b7": gettext_lazy("Hàng hóa, dịch vụ, chợ phiên của địa phương."),
    "c1": gettext_lazy("Mời họp, thông báo cắt điện nước, việc chung của xã."),
}
FRAME_LABELS = {
    "issuer": gettext_lazy("Cơ quan ban hành"),
    "number": gettext_lazy("Số, ký hiệu"),
    "place_date": gettext_lazy("Nơi và ngày ban hành"),
    "kind": gettext_lazy("Loại văn bản"),
    "subject": gettext_lazy("Trích yếu"),
    "addressees": gettext_lazy("Kính gửi"),
    "recipients": gettext_lazy("Nơi nhận"),
    "signature": gettext_lazy("Người ký"),
}
CLASSES = {
    "normal": (gettext_lazy("Thường"), gettext_lazy("Đài chọn và xếp vào buổi phát phù hợp.")),
    "priority": (
        gettext_lazy("Ưu tiên"),
        gettext_lazy("Phát trước các tin khác trong buổi. Trùng tin ưu tiên khác thì xã chọn."),
    ),
}
TARGETS_MAX = 4000
"""More than there are communes. A form has at most `DATA_UPLOAD_MAX_NUMBER_FIELDS` fields, so the
places of a whole list stand in one, with spaces between."""


@dataclass(frozen=True, slots=True)
class TypedPicture:
    upload: Upload
    alt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """The page's fields as they stand in the browser."""

    title: str = ""
    body: str = ""
    spoken: str = ""
    spoken_made: str = ""
    """Digest of the spoken text as the machine made it: other words are the officer's own."""
    category: str = "c1"
    class_name: str = "normal"
    language: str = "vi"
    issuer: str = ""
    valid_from: str = ""
    valid_until: str = ""
    targets: tuple[str, ...] = ()
    recording: Upload | None = None
    pictures: tuple[TypedPicture, ...] = field(default=())
    others_files: bool = False
    """The form named files that another account handed in: they are left out, and it is said."""
    edition: int = 0
    bulletin: str = ""
    """The id given out with a blank page: sent twice, it is written once."""
    own_words: tuple[tuple[str, str], ...] = ()
    frame: tuple[tuple[str, str], ...] = ()
    airing: AiringTyped = field(default_factory=AiringTyped)

    @property
    def recording_is_for_other_words(self) -> bool:
        """Whether the recording was handed in before the words were changed."""
        recorded = self.recording.words if self.recording else ""
        return bool(recorded) and recorded != words_mark(self.title, self.body)

    @property
    def own_words_typed(self) -> bool:
        """Whether the officer corrected the spoken text by hand."""
        return bool(self.spoken.strip()) and digest(self.spoken) != self.spoken_made


def digest(text: str) -> str:
    """A mark of a text that survives a browser's line ends and spaces at the edges."""
    plain = nfc(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def from_post(post: QueryDict, owner: str) -> Typed:
    """Read the form of the account `owner`. Never raises: what is wrong with it is said by
    `draft_of` and the rules."""
    edition = post.get("edition", "0")
    alts = post.getlist("alt")
    tickets = [post.get("recording_ticket", ""), *post.getlist("picture")]
    (recording, *uploads), others = _redeemed(tickets, owner)
    texts: Mapping[str, str] = {
        name: str(post.get(name, ""))
        for name in (
            *("title", "body", "spoken", "spoken_made", "category", "class_name"),
            *("language", "issuer", "valid_from", "valid_until"),
        )
    }
    words = zip(post.getlist("own_written"), post.getlist("own_said"), strict=False)
    return Typed(
        **texts,
        own_words=tuple(dict(list(words)[:OWN_WORDS_MAX]).items()),
        frame=tuple(
            (key, str(post.get(f"frame_{key}"))) for key in FRAME_KEYS if f"frame_{key}" in post
        ),
        airing=airing_form.from_post(post),
        bulletin=post.get("bulletin", "")[:36],
        targets=_targets(post.getlist("target")),
        recording=recording,
        pictures=tuple(
            TypedPicture(upload, alt)
            for upload, alt in zip(uploads, [*alts, *[""] * len(uploads)], strict=False)
            if upload is not None
        ),
        others_files=others,
        edition=whole_or_none(edition) or 0,
    )


def _redeemed(tickets: list[str], owner: str) -> tuple[list[Upload | None], bool]:
    """The uploads of the tickets, and whether another account's was among them."""
    uploads: list[Upload | None] = []
    others = False
    for ticket in tickets:
        try:
            uploads.append(redeem(ticket, owner))
        except NotYours:
            uploads.append(None)
            others = True
    return uploads, others


def _targets(values: list[str]) -> tuple[str, ...]:
    paths = dict.fromkeys(path for value in values for path in value.split())
    return tuple(paths)[:TARGETS_MAX]


def from_version(
    version: "Version", edition: int, spoken_made: str, airing: AiringTyped, owner: str
) -> Typed:
    """A saved version on the page again, for the account `owner`."""
    recording = version.recording_id is not None
    return Typed(
        title=version.title,
        body=version.body,
        spoken=version.spoken,
        spoken_made=spoken_made,
        category=version.category,
        class_name=version.class_name,
        language=version.language,
        issuer=version.issuer,
        valid_from=_for_input(version.valid_from),
        valid_until=_for_input(version.valid_until),
        targets=tuple(version.targets),
        recording=_recording_of(version, owner) if recording else None,
        pictures=tuple(
            TypedPicture(Upload(picture.file_id, picture.alt, owner=owner), picture.alt)
            for picture in sorted(pictures_of(version), key=lambda row: row.position)
        ),
        edition=edition,
        own_words=tuple(version.own_words.items()),
        frame=tuple(version.frame.items()),
        airing=airing,
    )


def _recording_of(version: "Version", owner: str) -> Upload:
    seconds = (version.recording.ms or 0) / 1000 if version.recording else 0.0
    words = version.recording_words or words_mark(version.title, version.body)
    return Upload(str(version.recording_id), _("bản ghi đã gửi"), seconds, owner, words)


def with_recording_words(typed: Typed, *, again: bool = False) -> Typed:
    """The page whose recording remembers the words that it came with; with `again`, those that
    stand there now, because the officer has heard that it is right."""
    if typed.recording is None or (typed.recording.words and not again):
        return typed
    words = words_mark(typed.title, typed.body)
    return replace(typed, recording=replace(typed.recording, words=words))


def _for_input(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""


def draft_of(typed: Typed, categories: set[str]) -> Draft:
    """The typed fields as a Draft. Raises BulletinRefused with a sentence."""
    if typed.others_files:
        raise BulletinRefused(
            _(
                "Bản ghi âm được gửi hoặc ảnh trên trang này là của người khác nên không dùng được."
                " Gửi tệp của anh chị rồi lưu lại."
            )
        )
    if typed.category not in categories:
        raise BulletinRefused(_("Xin chọn một nhóm nội dung trong danh sách."))
    if typed.class_name not in CLASSES:
        raise BulletinRefused(_("Xin chọn hạng tin: thường hoặc ưu tiên."))
    if typed.language not in LANGUAGES:
        raise BulletinRefused(_("Xin chọn ngôn ngữ trong danh sách."))
    return Draft(
        title=typed.title,
        body=typed.body,
        spoken=typed.spoken if typed.own_words_typed else "",
        category=typed.category,
        class_name=typed.class_name,
        language=typed.language,
        issuer=typed.issuer,
        valid_from=moment_of(typed.valid_from),
        valid_until=moment_of(typed.valid_until),
        recording_sha256=typed.recording.sha256 if typed.recording else None,
        recording_words=typed.recording.words if typed.recording else "",
        targets=typed.targets,
        pictures=tuple(DraftPicture(item.upload.sha256, item.alt) for item in typed.pictures),
        frame=dict(typed.frame),
        own_words=dict(typed.own_words),
    )


def moment_of(text: str) -> datetime | None:
    """`2026-11-23T16:40` as Vietnamese wall-clock time; None for empty.

    Raises BulletinRefused for what is no day or hour of the calendar (31/02, 25:00).
    """
    if not text.strip():
        return None
    try:
        moment = clock.moment_read(text.strip()[:32])
    except ValueError as error:
        raise BulletinRefused(
            _("“%(text)s” không phải là ngày giờ có thật. Chọn lại ngày và giờ.")
            % {"text": text.strip()[:32]}
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.VIETNAM)


def with_targets(typed: Typed, paths: Iterable[str]) -> Typed:
    """More places."""
    return replace(typed, targets=tuple(dict.fromkeys((*typed.targets, *paths)))[:TARGETS_MAX])


def without_targets(typed: Typed, paths: Iterable[str]) -> Typed:
    """Fewer places."""
    gone = set(paths)
    return replace(typed, targets=tuple(path for path in typed.targets if path not in gone))


def respoken(typed: Typed, spoken: str) -> Typed:
    """The page with the spoken text as the machine makes it."""
    return replace(typed, spoken=spoken, spoken_made=digest(spoken))


def id_given(text: str) -> UUID | None:
    """The id that a blank page was given; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def wrong_field(typed: Typed, refusal: Exception) -> str:
    """The field that a refusal of the newsroom speaks of, as far as the form can tell."""
    if not typed.title.strip() or len(" ".join(typed.title.split())) > TITLE_MAX:
        return "title"
    told = str(refusal)
    for word, name in _FIELD_WORDS:
        if word in told:
            return name
    return "body"


_FIELD_WORDS = (
    ("ngày giờ", "valid"),
    ("hết hiệu lực", "valid"),
    ("Nơi nhận", "targets"),
    ("Bản ghi âm được gửi", "files"),
    ("ảnh", "pictures"),
    ("nhóm nội dung", "category"),
    ("hạng tin", "class_name"),
    ("ngôn ngữ", "language"),
    ("Máy chỉ đọc được tiếng Việt", "language"),
    ("Từ viết", "word"),
    ("Từ điển", "word"),
)
"""Words of the sentences of `newsroom.rules` and this page: the field beside which each stands."""
