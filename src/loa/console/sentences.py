"""The journal's facts as sentences with names, for bulletins' pages and the journal's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.newsroom import events as newsroom
from loa.outlets import events as outlets
from loa.people import events as people
from loa.people.selectors import names_of
from loa.places import events as places
from loa.schedule import events as schedule

if TYPE_CHECKING:
    from loa.journal.models import Fact

WORDS = {
    newsroom.BULLETIN_WRITTEN: gettext_lazy("%(who)s viết tin"),
    newsroom.BULLETIN_CHANGED: gettext_lazy("%(who)s sửa tin"),
    newsroom.BULLETIN_SUBMITTED: gettext_lazy("%(who)s gửi duyệt tin"),
    newsroom.BULLETIN_APPROVED: gettext_lazy("%(who)s duyệt tin"),
    newsroom.BULLETIN_RETURNED: gettext_lazy("%(who)s trả tin lại để sửa"),
    newsroom.BULLETIN_WITHDRAWN: gettext_lazy("%(who)s thu hồi tin"),
    newsroom.DICTIONARY_CHANGED: gettext_lazy("%(who)s sửa từ điển đọc: “%(written)s”"),
    newsroom.OFFICE_RULE_SET: gettext_lazy("%(who)s đổi quy định duyệt tin của đơn vị"),
    outlets.STATION_ADDED: gettext_lazy("%(who)s thêm một đài"),
    outlets.OUTLET_ADDED: gettext_lazy("%(who)s thêm một cụm loa"),
    outlets.OUTLET_CHANGED: gettext_lazy("%(who)s sửa cụm loa"),
    outlets.CLAIM_MADE: gettext_lazy("%(who)s tạo mã ghép thiết bị"),
    outlets.CLAIM_LOCKED: gettext_lazy("Khóa ghép thiết bị vì sai mã nhiều lần"),
    outlets.DEVICE_ENROLLED: gettext_lazy("%(who)s ghép xong bằng khóa của chính mình"),
    outlets.DEVICE_REVOKED: gettext_lazy("%(who)s thu hồi quyền của một thiết bị"),
    outlets.ASSIGNMENT_ISSUED: gettext_lazy("%(who)s giao việc cho thiết bị"),
    outlets.DEVICE_BOUND: gettext_lazy("%(who)s ghép một thiết bị vào cụm loa"),
    outlets.DEVICE_SUSPECT: gettext_lazy("Có thiết bị lạ hỏi vào cụm loa"),
    outlets.OUTLET_LOCATED: gettext_lazy("%(who)s ghi vị trí cụm loa"),
    outlets.OUTLET_RETIRED: gettext_lazy("%(who)s gỡ một cụm loa"),
    outlets.STATION_CHANGED: gettext_lazy("%(who)s sửa thông tin đài"),
    outlets.PHOTO_ADDED: gettext_lazy("%(who)s thêm ảnh cụm loa"),
    outlets.NOTE_ADDED: gettext_lazy("%(who)s ghi chú về cụm loa"),
    outlets.TEST_HEARD: gettext_lazy("%(who)s cho biết có nghe thấy câu thử hay không"),
    outlets.COMMAND_GIVEN: gettext_lazy("%(who)s gửi lệnh tới cụm loa"),
    people.ACCOUNT_CREATED: gettext_lazy("%(who)s mở một tài khoản"),
    people.ROLE_GRANTED: gettext_lazy("%(who)s giao một vai trò"),
    people.ROLE_ENDED: gettext_lazy("%(who)s thôi một vai trò"),
    people.DOCUMENT_STORED: gettext_lazy("%(who)s cất một giấy tờ đã ký"),
    people.SIGNED_IN: gettext_lazy("%(who)s đăng nhập"),
    people.SIGN_IN_LOCKED: gettext_lazy("Tạm khóa đăng nhập của %(who)s vì sai mật khẩu nhiều lần"),
    places.GAZETTEER_LOADED: gettext_lazy("%(who)s nạp danh mục đơn vị hành chính"),
    places.HAMLET_ADDED: gettext_lazy("%(who)s thêm thôn, tổ dân phố"),
    places.HAMLET_CHANGED: gettext_lazy("%(who)s sửa thôn, tổ dân phố"),
    places.BOUNDARIES_LOADED: gettext_lazy("%(who)s nạp ranh giới của %(count)s đơn vị"),
    places.OFFICIAL_LIST_TAKEN: gettext_lazy("%(who)s nhận danh mục chính thức"),
    schedule.TIMETABLE_SET: gettext_lazy("%(who)s đặt lịch tuần “%(name)s”"),
    schedule.SLOT_ADDED: gettext_lazy("%(who)s xếp một mục vào lịch phát"),
    schedule.SLOT_MOVED: gettext_lazy("%(who)s đổi thứ tự một mục"),
    schedule.SLOT_REMOVED: gettext_lazy("%(who)s bỏ một mục khỏi lịch phát"),
    schedule.LIBRARY_ARRIVED: gettext_lazy("Tin tới thư viện nguồn của %(communes)s xã, phường"),
    schedule.PLAN_ISSUED: gettext_lazy("%(who)s ký lịch phát số %(version)s"),
}

FAMILIES = {
    "newsroom": gettext_lazy("Bản tin"),
    "schedule": gettext_lazy("Lịch phát"),
    "outlets": gettext_lazy("Đài và cụm loa"),
    "people": gettext_lazy("Người và quyền"),
    "places": gettext_lazy("Địa bàn"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as a person reads it; `bulletin` and `outlet` are ids to link to, or empty."""

    seq: int
    at: datetime
    words: str
    place: str
    bulletin: str
    outlet: str
    hash: str


class _Gaps(dict[str, Any]):
    """A payload that lacks a word shows a dash instead of failing."""

    def __missing__(self, key: str) -> str:
        return "–"


def told(facts: "Iterable[Fact]") -> list[Told]:
    """The facts in their order, in words. One query for all the names."""
    rows = list(facts)
    names = names_of({fact.actor for fact in rows})
    return [_told(fact, names) for fact in rows]


def _told(fact: "Fact", names: dict[str, str]) -> Told:
    who = names.get(fact.actor) or _stranger(fact.actor)
    words = str(WORDS.get(fact.kind, fact.kind)) % _Gaps({**json.loads(fact.payload), "who": who})
    kind, _colon, subject = fact.subject.partition(":")
    return Told(
        seq=fact.seq,
        at=fact.at,
        words=words[:1].upper() + words[1:],
        place=fact.place,
        bulletin=subject if kind == "bulletin" else "",
        outlet=subject if kind == "outlet" else "",
        hash=fact.hash,
    )


def _stranger(actor: str) -> str:
    kind, _colon, name = actor.partition(":")
    if kind == "node":
        return _("máy chủ")
    if kind == "outlet":
        return _("thiết bị %(name)s") % {"name": name}
    if kind == "cli":
        return _("lệnh %(name)s") % {"name": name}
    return _("người đã xóa tài khoản") if kind == "person" else actor
