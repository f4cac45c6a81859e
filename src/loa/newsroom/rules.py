"""What a bulletin may be and how it moves from hand to hand. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loa.lib.sentences import Refusal, grouped
from loa.lib.text import fold, nfc
from loa.newsroom.papers import FIELD_MAX, FRAME_KEYS
from loa.newsroom.templates import blanks
from loa.speech.limits import is_binary
from loa_protocol.paths import inside_any, is_path

TITLE_MAX = 200
ALT_MAX = 200
BODY_SEARCHED = 600
PICTURES_MAX = 6
WORD_MAX, SAID_MAX = 80, 200
OWN_WORDS_MAX = 100
TARGETS_MAX, HAMLETS_MAX = 4000, 500
"""All receivers of a bulletin, and the hamlets of one commune among them: what an entry for another
node and one item of a signed plan can name."""
SPOKEN_LANGUAGE = "vi"
"""What the voices speak; a bulletin in another language is a recording."""

STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "withdrawn"}),
    "returned": frozenset({"submitted", "withdrawn"}),
    "submitted": frozenset({"approved", "returned", "withdrawn"}),
    "approved": frozenset({"withdrawn"}),
    "withdrawn": frozenset(),
}
EDITABLE = frozenset({"draft", "returned"})


class BulletinRefused(Refusal):
    """Why not, as a sentence for the asker."""


class EditConflict(BulletinRefused):
    """Somebody else changed the bulletin meanwhile; nothing was overwritten."""


@dataclass(frozen=True, slots=True)
class DraftPicture:
    """A picture by its file, with the words for who cannot see it."""

    sha256: str
    alt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an officer hands in. An empty `spoken` is made from title and body."""

    title: str
    body: str = ""
    spoken: str = ""
    category: str = "c1"
    class_name: str = "normal"
    language: str = "vi"
    issuer: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    voice: str = ""
    recording_sha256: str | None = None
    recording_words: str = ""
    """Mark of the words that the recording was handed in for; empty is the draft's own."""
    targets: tuple[str, ...] = field(default=())
    pictures: tuple[DraftPicture, ...] = field(default=())
    frame: Mapping[str, str] = field(default_factory=dict)
    own_words: Mapping[str, str] = field(default_factory=dict)


def clean(draft: Draft, *, office_path: str, limit: int) -> Draft:
    """The draft in the form that is kept, or BulletinRefused with a sentence.

    Text is NFC with plain line ends. Huge (`limit` characters), empty or binary text is refused,
    and so is a target outside the office's place.
    """
    title = " ".join(text_clean(draft.title, limit).split())
    body = text_clean(draft.body, limit)
    spoken = text_clean(draft.spoken, 2 * limit)
    if not title:
        raise BulletinRefused("Tin chưa có tiêu đề.")
    if len(title) > TITLE_MAX:
        raise BulletinRefused(
            "Tiêu đề dài %(count)s chữ, nhiều nhất là %(most)s.", count=len(title), most=TITLE_MAX
        )
    if not body and not draft.recording_sha256:
        raise BulletinRefused("Tin chưa có nội dung. Viết nội dung hoặc gửi một tệp ghi âm.")
    if draft.valid_from and draft.valid_until and draft.valid_until <= draft.valid_from:
        raise BulletinRefused("Ngày hết hiệu lực phải sau ngày bắt đầu.")
    if draft.language != SPOKEN_LANGUAGE and not draft.recording_sha256:
        raise BulletinRefused(
            "Máy chỉ đọc được tiếng Việt. Tin bằng tiếng khác cần một tệp ghi âm giọng người."
        )
    pictures = _pictures_clean(draft.pictures)
    targets = tuple(dict.fromkeys(draft.targets)) or (office_path,)
    if not all(inside_office(path, office_path) for path in targets):
        raise BulletinRefused("Nơi nhận tin phải nằm trong địa bàn của đơn vị.")
    check_number(targets)
    return Draft(
        title=title,
        body=body,
        spoken=spoken,
        category=draft.category,
        class_name=draft.class_name,
        language=draft.language,
        issuer=" ".join(text_clean(draft.issuer, limit).split())[:120],
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        voice=draft.voice,
        recording_sha256=draft.recording_sha256,
        recording_words=_recorded_for(draft, title, body),
        targets=targets,
        pictures=pictures,
        frame=_frame_clean(draft.frame, limit),
        own_words=own_words_clean(draft.own_words, limit),
    )


def words_mark(title: str, body: str) -> str:
    """A mark of a bulletin's letters and digits: other spaces or signs leave it as it is."""
    plain = "".join(letter for letter in nfc(f"{title} {body}") if letter.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def _recorded_for(draft: Draft, title: str, body: str) -> str:
    if draft.recording_sha256 is None:
        return ""
    return draft.recording_words[:16] or words_mark(title, body)


def check_recording(title: str, body: str, recording_words: str) -> None:
    """Raise BulletinRefused where the recording was handed in for other words: loudspeakers would
    say what nobody reads on the page."""
    if recording_words and recording_words != words_mark(title, body):
        raise BulletinRefused(
            "Bản ghi âm được gửi khi tin có nội dung khác. Nghe lại bản ghi: còn đúng thì bấm “Giữ"
            " bản ghi này”, không đúng thì bấm “Bỏ bản ghi”."
        )


def check_number(targets: Sequence[str]) -> None:
    """Raise BulletinRefused for more receivers than can be named on the way to them."""
    if len(targets) > TARGETS_MAX:
        raise BulletinRefused(
            "Một tin có nhiều nhất %(most)s nơi nhận. Chọn cả tỉnh thay vì từng xã.",
            most=grouped(TARGETS_MAX),
        )
    hamlets = Counter(path.rpartition("/")[0] for path in targets if path.count("/") > 2)
    if hamlets and max(hamlets.values()) > HAMLETS_MAX:
        raise BulletinRefused(
            "Một tin có nhiều nhất %(most)s thôn của một xã. Chọn cả xã thay vì từng thôn.",
            most=grouped(HAMLETS_MAX),
        )


def check_spoken(spoken: str, limit: int) -> None:
    """Raise BulletinRefused where what is read aloud is longer than twice the text may be: figures
    are read out in words, and a text full of them becomes many times as long."""
    if len(spoken) > 2 * limit:
        raise BulletinRefused(
            "Khi đọc thành lời, tin dài %(count)s chữ, nhiều nhất là %(most)s: các con số đọc ra"
            " rất dài. Chia thành nhiều tin, hoặc bớt số liệu.",
            count=grouped(len(spoken)),
            most=grouped(2 * limit),
        )


def _frame_clean(frame: Mapping[str, str], limit: int) -> dict[str, str]:
    kept = {key: text_clean(frame.get(key, ""), limit)[:FIELD_MAX] for key in FRAME_KEYS}
    return {key: value for key, value in kept.items() if value}


def own_words_clean(words: Mapping[str, str], limit: int) -> dict[str, str]:
    """How this bulletin alone says words: so many, and as long, as a dictionary may hold."""

    def short(text: str, most: int) -> str:
        return " ".join(text_clean(text, limit).split())[:most]

    pairs = list(words.items())[:OWN_WORDS_MAX]
    kept = {short(written, WORD_MAX): short(said, SAID_MAX) for written, said in pairs}
    return {written: said for written, said in kept.items() if written and said}


def _pictures_clean(pictures: tuple[DraftPicture, ...]) -> tuple[DraftPicture, ...]:
    if len(pictures) > PICTURES_MAX:
        raise BulletinRefused("Một tin có nhiều nhất %(most)s ảnh.", most=PICTURES_MAX)
    described = tuple(
        DraftPicture(picture.sha256, " ".join(text_clean(picture.alt, ALT_MAX).split()))
        for picture in pictures
    )
    if not all(picture.alt for picture in described):
        raise BulletinRefused(
            "Mỗi ảnh cần một câu tả, để người không nhìn thấy ảnh cũng biết ảnh nói gì."
        )
    return described


def search_text(title: str, body: str) -> str:
    """What a search looks in: title and the beginning of the text, folded."""
    return fold(f"{title} {body[:BODY_SEARCHED]}")[:1000]


def spoken_source(title: str, body: str) -> str:
    """What is read aloud of a bulletin: its title as a sentence, then its body."""
    return f"{title}.\n\n{body}" if title else body


def inside_office(path: str, office_path: str) -> bool:
    """Whether a place may be a target of the office's bulletins."""
    return is_path(path) and inside_any(path, (office_path,))


def text_clean(text: str, limit: int) -> str:
    """NFC text with `\\n` line ends. Raises BulletinRefused for binary or huge text."""
    if len(text) > limit:
        raise BulletinRefused(
            "Nội dung dài %(count)s chữ, nhiều nhất là %(most)s. Chia thành nhiều tin ngắn"
            " để bà con dễ nghe.",
            count=grouped(len(text)),
            most=grouped(limit),
        )
    text = _ENDS.sub("\n", text)
    if is_binary(text):
        raise BulletinRefused("Nội dung có ký tự lạ, có thể là tệp nhị phân. Dán lại phần chữ.")
    return plain(nfc(text))


_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c]")
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff]")
_BLANK = re.compile("[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BULLET = re.compile("^[ ]*[·•●▪◦\uf0b7\uf0a7][\t\u00a0 ]+", re.MULTILINE)


def plain(text: str) -> str:
    """Pasted text without what Word and web pages bring along: its paragraphs stay, marks that
    nobody sees (also those that turn the direction of writing) go."""
    text = _BULLET.sub("- ", _ENDS.sub("\n", text))
    return _BLANK.sub(" ", _HIDDEN.sub("", text)).strip()


def check_blanks(title: str, body: str) -> None:
    """Raise BulletinRefused where a template's blanks are still empty: nobody approves those."""
    left = blanks(title, body)
    if left:
        names = ", ".join(f"[{name}]" for name in left[:5])
        raise BulletinRefused("Còn chỗ trống chưa điền: %(names)s.", names=names)


def check_step(state: str, to: str) -> None:
    """Raise BulletinRefused where a bulletin in `state` cannot become `to`."""
    if to not in STEPS[state]:
        raise BulletinRefused(_NOT_NOW.get((state, to), "Tin không còn ở bước này. Tải lại trang."))


_NOT_NOW = {
    ("approved", "approved"): "Tin này vừa được duyệt rồi.",
    ("returned", "approved"): "Tin này vừa được trả lại để sửa.",
    ("withdrawn", "approved"): "Tin này đã thu hồi.",
    ("approved", "returned"): "Tin này vừa được duyệt rồi.",
    ("returned", "returned"): "Tin này vừa được trả lại để sửa.",
    ("withdrawn", "returned"): "Tin này đã thu hồi.",
    ("submitted", "submitted"): "Tin này đã gửi duyệt rồi.",
    ("approved", "submitted"): "Tin này đã được duyệt.",
}


def may_approve(*, authors: Iterable[str], approver: str, author_may_approve: bool) -> bool:
    """Whoever wrote any of it never approves the bulletin, unless the office decided so."""
    return author_may_approve or approver not in authors


def outside(targets: Sequence[str], office_path: str) -> bool:
    """Whether the bulletin is source information for others and not only the office's own."""
    return any(path != office_path for path in targets) or office_path.count("/") < 2
