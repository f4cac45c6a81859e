"""What an urgent order must be. Pure: values in, a decision or a refusal out.

Signatures, delegations and dates are judged by the ladder of `loa_protocol`, exactly as a device
will judge them; here stands what an office owes its people beyond that, each with its sentence.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from loa_protocol.kinds import RULES, Kind
from loa_protocol.paths import inside
from loa_protocol.payloads import Blank, Cancel, Common, DrillCancel, Sounding
from loa_protocol.refusals import Reason

SPOKEN_MAX = 900
"""Letters of a text: about a minute of speech. Longer, nobody in a storm hears the end."""
SPEECH_MAX_S = 120
SPEAK_AFTER = timedelta(seconds=10)
PROPOSAL_LIFE = timedelta(minutes=30)
"""Longer, and the situation is another: it is written and signed anew. It stays well above the
floor of `open`, an hour back."""
MUTE_S = 600
TARGETS_MAX = 16
OPEN_MAX, FILLS_MAX = 80, 40
"""Orders of one office in force at a time, its cancels with them, and fills of its templates: a
commune hears of at most three offices', and its `open` lists them all."""
WAITING_MAX = 12
"""Proposals of one author that wait for a second person."""
PRESSES_MAX = 20
"""Mutes and resumes of one person that stand at a time: an hour's."""
PLAYS, EVERY_S = 3, 600
"""How an order is read where nobody chose otherwise: three times, then every ten minutes. Without a
pause nobody sleeps, telephones or hears the neighbour; once only, and who was out misses it."""
REPEAT_AFTER = timedelta(seconds=10)

OPENING = frozenset({Kind.ALERT, Kind.DRILL, Kind.FILL})
DRILLS = frozenset({Kind.DRILL, Kind.DRILL_CANCEL, Kind.DRILL_MUTE})
CANCELS = frozenset({Kind.CANCEL, Kind.DRILL_CANCEL})
MUTES = frozenset({Kind.MUTE, Kind.DRILL_MUTE})
TWO_PERSONS = frozenset({Kind.ALERT, Kind.DRILL, Kind.UPDATE, *CANCELS})
ONE_PERSON = frozenset({*MUTES, Kind.RESUME})
KINDS = TWO_PERSONS | ONE_PERSON

BLANK_MAX = 40
"""Letters that are counted for a gap whose values are not listed."""
FILL_FRESH = timedelta(minutes=5)
"""A feed's word about now: older, and it was held back on the way."""
_TIME_SAID = re.compile(r"\d{1,2} giờ( \d{1,2} phút)?( ngày \d{1,2} tháng \d{1,2})?")
_BLANK = re.compile(r"\{[^}]*\}|\[[^\]]*\]|_{2,}|…{2,}|\.{4,}")


class OrderRefused(Exception):
    """Why an order was not taken: `code` for programs, the text for the officer. Nothing was
    sent."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the alert that an order is about: `expires` by its newest wording, `until`
    by the alert itself: equal for orders that were checked here."""

    id: str
    drill: bool
    level: int
    path: str
    targets: tuple[str, ...]
    expires: datetime
    until: datetime
    ended: bool
    revision: int
    halted: bool = False
    """A filled template that one person ended in its window: only a cancel may still follow, for
    devices that the halt did not reach in time."""

    def live(self, now: datetime) -> bool:
        return not self.ended and now < self.expires


def check_places(
    targets: Sequence[str], known: Iterable[str], names: Mapping[str, str] | None = None
) -> None:
    """Each place is named, stands, and stands once. There is no "everywhere" by omission. `names`
    is what places are called in a refusal; the advice never leads to a wider place."""
    if not targets:
        raise OrderRefused(
            "no_area", gettext("Chưa chọn nơi nào. Chọn ít nhất một xã, phường hoặc thôn.")
        )
    if len(targets) > TARGETS_MAX:
        raise OrderRefused(
            "too_many_areas",
            gettext("Một lệnh ghi được nhiều nhất %(max)d nơi. Chọn cấp rộng hơn, hoặc chia lệnh.")
            % {"max": TARGETS_MAX},
        )
    if len(set(targets)) != len(targets):
        raise OrderRefused("area_twice", gettext("Có nơi được ghi hai lần. Bỏ một lần đi."))
    there = set(known)
    for target in targets:
        if target not in there:
            raise OrderRefused(
                "unknown_area",
                gettext("Không có đơn vị nào mang mã %(path)s. Tìm lại theo tên.")
                % {"path": target},
            )
    for one in targets:
        wide = next((other for other in targets if other != one and inside(one, other)), None)
        if wide is not None:
            called = names or {}
            raise OrderRefused(
                "area_twice",
                gettext(
                    "Đang chọn cả %(wide)s lẫn %(narrow)s. Chỉ phát ở %(narrow)s thì bỏ dấu ở"
                    " %(wide)s."
                )
                % {"wide": called.get(wide, wide), "narrow": called.get(one, one)},
            )


def check_text(title: str, text: str) -> None:
    """Something to say, short enough to be heard, and no blank left open."""
    if not title.strip() or not text.strip():
        raise OrderRefused("no_text", gettext("Chưa có tiêu đề hoặc lời loan báo."))
    if len(text) > SPOKEN_MAX:
        raise OrderRefused(
            "text_too_long",
            gettext("Lời loan báo dài %(length)d chữ cái, nhiều nhất %(max)d. Rút ngắn lại.")
            % {"length": len(text), "max": SPOKEN_MAX},
        )
    for said in (title, text):
        gap = _BLANK.search(said)
        if gap is not None:
            raise OrderRefused(
                "blank_left",
                gettext("Còn chỗ trống chưa điền: %(gap)s") % {"gap": gap.group()},
            )


def check_blanks(title: str, text: str, blanks: Mapping[str, Blank]) -> None:
    """A template says something, its gaps are exactly those that are declared, each with what may
    stand in it, and the longest filling can still be spoken."""
    if not title.strip() or not text.strip():
        raise OrderRefused("no_text", gettext("Chưa có tiêu đề hoặc lời loan báo."))
    found = {gap.strip("{}") for gap in re.findall(r"\{[^}]*\}", title + text)}
    if found != blanks.keys():
        raise OrderRefused(
            "blank_left",
            gettext("Chỗ trống trong lời và phần khai phải khớp nhau: %(names)s")
            % {"names": ", ".join(sorted(found ^ blanks.keys()))},
        )
    for name, blank in blanks.items():
        if blank.type == "level" and not blank.values:
            raise OrderRefused(
                "blank_open",
                gettext("Chỗ trống “%(name)s” phải ghi rõ những giá trị được điền.")
                % {"name": name},
            )
        if any("{" in value for value in blank.values):
            raise OrderRefused("bad_field", gettext("Giá trị không được có dấu ngoặc nhọn."))
    longest = text
    for name, blank in blanks.items():
        most = max(map(len, blank.values), default=BLANK_MAX)
        longest = longest.replace("{" + name + "}", "x" * most)
    if len(longest) > SPOKEN_MAX:
        raise OrderRefused(
            "text_too_long",
            gettext("Lời loan báo dài %(length)d chữ cái, nhiều nhất %(max)d. Rút ngắn lại.")
            % {"length": len(longest), "max": SPOKEN_MAX},
        )


def check_filled(
    blanks: Mapping[str, Blank], values: Mapping[str, str], places: Container[str]
) -> None:
    """What a feed wrote into open gaps is what the gap is for: a place that stands inside the
    order's places (by one of the names in `places`), a time and nothing else."""
    for name, blank in blanks.items():
        value = values.get(name, "")
        if blank.values:
            good = value in blank.values
        elif blank.type == "time":
            good = _TIME_SAID.fullmatch(value) is not None
        else:
            good = blank.type == "place" and value in places
        if not good:
            raise OrderRefused(
                "bad_blank",
                gettext("Chỗ trống “%(name)s” không nhận giá trị này.") % {"name": name},
            )


def check_dates(kind: Kind, issued: datetime, expires: datetime | None, now: datetime) -> None:
    """It ends, later than now, and no later than its kind may last."""
    if expires is None:
        raise OrderRefused("no_expiry", gettext("Chưa chọn lúc hết hiệu lực."))
    if expires <= now:
        raise OrderRefused("expired", gettext("Lúc hết hiệu lực đã qua. Chọn lúc khác."))
    limit = RULES[kind].max_life_s
    if limit is not None and expires - issued > timedelta(seconds=limit):
        raise OrderRefused(
            "life_too_long",
            gettext("Lệnh loại này có hiệu lực nhiều nhất %(hours)d giờ.")
            % {"hours": limit // 3600},
        )
    if kind in TWO_PERSONS and now - issued > PROPOSAL_LIFE:
        raise OrderRefused(
            "stale",
            gettext("Lệnh soạn đã quá %(minutes)d phút nên không dùng nữa. Soạn và ký lại.")
            % {"minutes": PROPOSAL_LIFE // timedelta(minutes=1)},
        )


def check_about(doc: Common, kind: Kind, known: Known | None, now: datetime) -> None:
    """What an update, cancel, mute or resume says of its alert fits what is known of that."""
    if known is None:
        raise OrderRefused("unknown_order", gettext("Không có lệnh nào như vậy ở máy chủ này."))
    drill = kind in DRILLS or (kind is Kind.RESUME and known.drill)
    if known.drill != drill:
        raise OrderRefused(
            "drill_mixed", gettext("Diễn tập và khẩn cấp thật có lệnh riêng, không dùng lẫn.")
        )
    check_stands(known, now, cancel=kind in CANCELS)
    if kind in CANCELS or kind is Kind.UPDATE:
        if not inside(known.path, doc.issuer.path):
            raise OrderRefused(
                "not_ancestor",
                gettext(
                    "Lệnh này do cấp trên ban hành: chỉ cấp đó hoặc cấp cao hơn sửa, hủy được."
                ),
            )
        if not set(doc.target) <= set(known.targets):
            raise OrderRefused(
                "area_beyond",
                gettext("Chỉ sửa, hủy ở những nơi mà lệnh gốc đã gửi tới."),
            )
    if isinstance(doc, Cancel | DrillCancel) and set(doc.target) != set(known.targets):
        raise OrderRefused("area_beyond", gettext("Lệnh hủy phải ghi đúng các nơi của lệnh gốc."))
    if kind is Kind.UPDATE and doc.expires != known.until:
        # Otherwise devices that missed it part from the others: on those an expired alert is final,
        # and an alert that its correction ended early would go on.
        raise OrderRefused(
            "other_expiry",
            gettext(
                "Đính chính phải hết hiệu lực cùng lúc với lệnh gốc. Tải lại trang rồi làm lại."
            ),
        )
    revision = getattr(doc, "revision", None)
    if kind is Kind.UPDATE and revision is not None and revision <= known.revision:
        raise OrderRefused("old_revision", gettext("Đã có bản sửa mới hơn. Tải lại trang."))


def check_stands(known: Known, now: datetime, *, cancel: bool = False) -> None:
    """It was neither cancelled nor is it over."""
    if known.ended and not (known.halted and cancel):
        raise OrderRefused("cancelled", gettext("Lệnh này đã được hủy trước đó."))
    if now >= known.expires:
        raise OrderRefused("expired", gettext("Lệnh này đã hết hiệu lực."))


def check_sounding(doc: Sounding, kind: Kind, now: datetime) -> None:
    """Text, dates and sound of what is to be heard."""
    check_text(doc.title, doc.text)
    check_dates(kind, doc.issued, doc.expires, now)
    if doc.speech is not None and doc.speech.ms > SPEECH_MAX_S * 1000:
        raise OrderRefused(
            "speech_too_long",
            gettext("Bản ghi dài quá %(max)d giây. Ghi lại ngắn hơn.") % {"max": SPEECH_MAX_S},
        )
    if kind is Kind.ALERT and doc.siren is None:
        raise OrderRefused("no_siren", gettext("Lệnh khẩn cấp thật phải có còi báo động."))


def sentence_of(reason: Reason) -> str:
    """What a refusal of the ladder means for the officer."""
    sentences = {
        Reason.NOT_ENOUGH_SIGNERS: gettext("Cần hai người khác nhau cùng ký."),
        Reason.UNKNOWN_KEY: gettext("Khóa của anh chị chưa được hai người đăng ký ủy quyền."),
        Reason.BAD_SIGNATURE: gettext("Chữ ký không khớp với nội dung. Tải lại trang rồi ký lại."),
        Reason.NOT_DELEGATED_KIND: gettext(
            "Khóa của anh chị không được ủy quyền cho loại lệnh này."
        ),
        Reason.MIXED_DELEGATION: gettext(
            "Giấy ủy quyền lẫn thật với diễn tập nên không dùng được."
        ),
        Reason.OUTSIDE_ISSUER: gettext("Có nơi nằm ngoài địa bàn được ủy quyền. Bỏ nơi đó đi."),
        Reason.ABOVE_CEILING: gettext("Mức của lệnh cao hơn mức anh chị được ủy quyền."),
        Reason.ISSUER_MISMATCH: gettext("Người ban hành ghi trong lệnh không phải người ký."),
        Reason.DELEGATION_EXPIRED: gettext("Giấy ủy quyền đã hết hạn. Nhờ người đăng ký ký lại."),
        Reason.DELEGATION_NOT_STARTED: gettext("Giấy ủy quyền chưa có hiệu lực."),
        Reason.REVOKED: gettext("Khóa này đã bị thu hồi."),
        Reason.DUPLICATE_SIGNATURE: gettext("Người này đã ký lệnh này rồi."),
        Reason.LIFETIME_TOO_LONG: gettext("Lệnh có hiệu lực lâu hơn mức cho phép."),
        Reason.EXPIRED: gettext("Lệnh đã hết hiệu lực."),
        Reason.NOT_YET: gettext("Giờ ghi trong lệnh đi trước giờ của máy chủ."),
        Reason.VERSION_AHEAD: gettext(
            "Số phiên bản đi trước giờ của máy chủ quá 10 phút. Xem lại giờ của máy rồi soạn lại."
        ),
    }
    return sentences.get(
        reason, gettext("Lệnh không hợp lệ (%(reason)s). Soạn lại.") % {"reason": reason.value}
    )
