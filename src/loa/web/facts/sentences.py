"""The journal's facts as sentences with names, for bulletins' pages and the journal's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.alerts import events as alerts
from loa.channels import events as channels
from loa.delivery import events as delivery
from loa.exchange import events as exchange
from loa.federation import events as federation
from loa.insight import events as insight
from loa.journal import events as journal
from loa.newsroom import events as newsroom
from loa.outlets import events as outlets
from loa.people import events as people
from loa.places import events as places
from loa.quarantine import events as quarantine
from loa.schedule import events as schedule
from loa.tasks import events as tasks
from loa.web.facts.names import Names
from loa.web.facts.queues import name_of

if TYPE_CHECKING:
    from loa.journal.models import Fact

WORDS = {
    tasks.DIRECTIVE_ISSUED: gettext_lazy("%(who)s giao văn bản “%(name)s”"),
    tasks.DIRECTIVE_WITHDRAWN: gettext_lazy("%(who)s thu hồi văn bản “%(name)s”"),
    tasks.DIRECTIVE_READ: gettext_lazy("%(who)s mở xem văn bản “%(name)s”"),
    tasks.DIRECTIVE_ACTED: gettext_lazy("%(who)s báo đã thực hiện văn bản “%(name)s”"),
    tasks.REPORT_ASKED: gettext_lazy("%(who)s yêu cầu báo cáo “%(name)s”"),
    tasks.REPORT_ASKING_ENDED: gettext_lazy("%(who)s thôi yêu cầu báo cáo “%(name)s”"),
    tasks.REPORT_SUBMITTED: gettext_lazy("%(who)s nộp báo cáo “%(name)s”, kỳ %(period)s"),
    tasks.REPORT_RETURNED: gettext_lazy("%(who)s trả lại báo cáo “%(name)s”, kỳ %(period)s"),
    tasks.REPORT_ACCEPTED: gettext_lazy("%(who)s nhận báo cáo “%(name)s”, kỳ %(period)s"),
    channels.ACCOUNT_ADDED: gettext_lazy("%(who)s thêm tài khoản kênh %(thing)s"),
    channels.ACCOUNT_CHANGED: gettext_lazy("%(who)s sửa tài khoản kênh %(thing)s"),
    channels.ACCOUNT_TESTED: gettext_lazy("%(who)s thử tài khoản kênh %(thing)s"),
    channels.ACCOUNT_BLOCKED: gettext_lazy("Tài khoản kênh %(thing)s không gửi được nữa: %(code)s"),
    channels.ACCOUNT_CLOSED: gettext_lazy("%(who)s đóng tài khoản kênh %(thing)s"),
    channels.OUTLET_ADDED: gettext_lazy("%(who)s thêm điểm nhận %(thing)s"),
    channels.OUTLET_CHANGED: gettext_lazy("%(who)s sửa điểm nhận %(thing)s"),
    channels.OUTLET_RETIRED: gettext_lazy("%(who)s ngừng dùng điểm nhận %(thing)s"),
    channels.DISPATCH_RETRIED: gettext_lazy("%(who)s gửi lại %(thing)s qua một kênh"),
    channels.DISPATCH_CONFIRMED: gettext_lazy("%(who)s xác nhận đã đăng hoặc gỡ %(thing)s"),
    channels.APPROVAL_VOID: gettext_lazy("Không gửi %(thing)s vì nội dung khác bản đã duyệt"),
    channels.SECRETS_ROTATED: gettext_lazy("%(who)s đổi khóa niêm phong mật khẩu của các kênh"),
    insight.FIGURES_LOADED: gettext_lazy("%(who)s nạp %(rows)s số liệu đã công bố"),
    newsroom.BULLETIN_WRITTEN: gettext_lazy("%(who)s viết tin %(thing)s"),
    newsroom.BULLETIN_CHANGED: gettext_lazy("%(who)s sửa tin %(thing)s"),
    newsroom.BULLETIN_SUBMITTED: gettext_lazy("%(who)s gửi duyệt tin %(thing)s"),
    newsroom.BULLETIN_APPROVED: gettext_lazy("%(who)s duyệt tin %(thing)s"),
    newsroom.BULLETIN_RETURNED: gettext_lazy("%(who)s trả tin %(thing)s lại để sửa"),
    newsroom.BULLETIN_WITHDRAWN: gettext_lazy("%(who)s thu hồi tin %(thing)s"),
    newsroom.DICTIONARY_CHANGED: gettext_lazy("%(who)s sửa từ điển đọc: “%(written)s”"),
    newsroom.RECEIVER_LIST_CHANGED: gettext_lazy(
        "%(who)s lưu danh sách xã “%(name)s” với %(communes)s xã"
    ),
    newsroom.RECEIVER_LIST_DROPPED: gettext_lazy("%(who)s bỏ danh sách xã “%(name)s”"),
    newsroom.OFFICE_RULE_SET: gettext_lazy("%(who)s đổi quy định duyệt tin của đơn vị"),
    outlets.STATION_ADDED: gettext_lazy("%(who)s thêm %(thing)s"),
    outlets.OUTLET_ADDED: gettext_lazy("%(who)s thêm %(thing)s"),
    outlets.OUTLET_CHANGED: gettext_lazy("%(who)s đặt âm lượng %(thing)s thành %(volume_pct)s %%"),
    outlets.CLAIM_MADE: gettext_lazy("%(who)s tạo mã ghép thiết bị cho %(thing)s"),
    outlets.CLAIM_LOCKED: gettext_lazy("Khóa ghép thiết bị số máy %(serial)s vì sai mã nhiều lần"),
    outlets.DEVICE_ENROLLED: gettext_lazy(
        "Thiết bị của %(thing)s ghép xong bằng khóa của chính mình"
    ),
    outlets.DEVICE_REVOKED: gettext_lazy("%(who)s thu hồi quyền của thiết bị ở %(thing)s"),
    outlets.ASSIGNMENT_ISSUED: gettext_lazy("%(who)s giao việc cho thiết bị ở %(thing)s"),
    outlets.AREA_TAKEN: gettext_lazy("Thiết bị của %(thing)s đã nhận địa bàn mới"),
    outlets.OUTLET_EDITED: gettext_lazy("%(who)s sửa thông tin cụm loa %(thing)s"),
    outlets.OUTLET_LOCATED: gettext_lazy("%(who)s ghi vị trí cụm loa %(thing)s"),
    outlets.OUTLET_RETIRED: gettext_lazy("%(who)s gỡ cụm loa %(thing)s"),
    outlets.STATION_CHANGED: gettext_lazy("%(who)s sửa thông tin đài %(thing)s"),
    outlets.PHOTO_ADDED: gettext_lazy("%(who)s thêm ảnh cụm loa %(thing)s"),
    outlets.NOTE_ADDED: gettext_lazy("%(who)s ghi chú về cụm loa %(thing)s"),
    outlets.TEST_HEARD: gettext_lazy(
        "%(who)s cho biết có nghe thấy câu thử ở cụm loa %(thing)s hay không"
    ),
    outlets.DEVICE_BOUND: gettext_lazy("%(who)s ghép một thiết bị vào cụm loa %(thing)s"),
    outlets.DEVICE_SUSPECT: gettext_lazy("Có thiết bị lạ hỏi thay cụm loa %(thing)s"),
    outlets.COMMAND_GIVEN: gettext_lazy("%(who)s gửi lệnh tới %(thing)s"),
    people.ACCOUNT_CREATED: gettext_lazy("%(who)s mở tài khoản cho %(thing)s"),
    people.ACCOUNT_CHANGED: gettext_lazy("%(who)s sửa tài khoản của %(thing)s"),
    people.PHONE_CHANGED: gettext_lazy("%(who)s đổi số điện thoại của mình"),
    people.INVITED: gettext_lazy("%(who)s gửi lời mời cho %(thing)s"),
    people.INVITATION_USED: gettext_lazy("%(who)s đặt mật khẩu theo lời mời"),
    people.ROLE_LENT: gettext_lazy("%(who)s nhờ %(thing)s thay vai trò %(role)s"),
    people.ROLE_EXTENDED: gettext_lazy("%(who)s đổi thời hạn vai trò %(role)s của %(thing)s"),
    people.OFFICE_LEFT: gettext_lazy("%(who)s đóng mọi quyền của %(thing)s tại đơn vị"),
    people.FACTORS_RESET: gettext_lazy("%(who)s bỏ xác nhận hai bước cũ của %(thing)s"),
    people.ROLE_GRANTED: gettext_lazy("%(who)s giao cho %(thing)s vai trò %(role)s"),
    people.ROLE_ENDED: gettext_lazy("%(who)s cho %(thing)s thôi vai trò %(role)s"),
    people.DOCUMENT_STORED: gettext_lazy("%(who)s cất giấy tờ đã ký: %(document)s"),
    people.SIGNED_IN: gettext_lazy("%(who)s đăng nhập"),
    people.SIGN_IN_LOCKED: gettext_lazy("Tạm khóa đăng nhập của %(who)s vì sai mật khẩu nhiều lần"),
    places.GAZETTEER_LOADED: gettext_lazy("%(who)s nạp danh mục đơn vị hành chính"),
    places.HAMLET_ADDED: gettext_lazy("%(who)s thêm %(thing)s"),
    places.HAMLET_CHANGED: gettext_lazy("%(who)s sửa thông tin %(thing)s"),
    places.BOUNDARIES_LOADED: gettext_lazy("%(who)s nạp ranh giới của %(count)s đơn vị"),
    places.OFFICIAL_LIST_TAKEN: gettext_lazy(
        "%(who)s nhận danh mục chính thức theo %(document_name)s"
    ),
    places.REFORM_DRAFTED: gettext_lazy("%(who)s lập bản sắp xếp đơn vị theo %(document_name)s"),
    places.REFORM_DECIDED: gettext_lazy(
        "%(who)s quyết nơi về của %(count)s mục theo %(document_name)s"
    ),
    places.REFORM_APPLIED: gettext_lazy("%(who)s áp dụng sắp xếp đơn vị theo %(document_name)s"),
    places.REFORM_CONFIRMED: gettext_lazy("%(who)s chốt sắp xếp đơn vị theo %(document_name)s"),
    places.REFORM_UNDONE: gettext_lazy("%(who)s hoàn tác sắp xếp đơn vị theo %(document_name)s"),
    places.REFORM_DROPPED: gettext_lazy("%(who)s bỏ bản sắp xếp đơn vị theo %(document_name)s"),
    quarantine.ROW_SET_ASIDE: gettext_lazy("Máy chủ gác lại một mục không xử lý được: %(queue)s"),
    quarantine.ROW_RELEASED: gettext_lazy("Mục đã gác lại nay được xử lý: %(queue)s"),
    quarantine.ROW_TRIED_AGAIN: gettext_lazy("%(who)s cho thử lại mục đang gác: %(queue)s"),
    quarantine.ROW_GIVEN_UP: gettext_lazy("%(who)s bỏ mục đang gác khỏi danh sách: %(queue)s"),
    schedule.TIMETABLE_SET: gettext_lazy("%(who)s đặt lịch tuần “%(name)s”"),
    schedule.AIRING_WISHED: gettext_lazy("%(who)s chọn khi nào phát %(thing)s"),
    schedule.AIRING_FAILED: gettext_lazy("%(thing)s được duyệt nhưng chưa xếp được như đã chọn"),
    schedule.SLOT_ADDED: gettext_lazy("%(who)s xếp %(thing)s vào lịch phát"),
    schedule.SLOT_MOVED: gettext_lazy("%(who)s đổi thứ tự %(thing)s trong lịch phát"),
    schedule.SLOT_REMOVED: gettext_lazy("%(who)s bỏ %(thing)s khỏi lịch phát"),
    schedule.LIBRARY_ARRIVED: gettext_lazy(
        "Tin %(thing)s tới thư viện nguồn của %(communes)s xã, phường"
    ),
    schedule.AIRING_WISHED: gettext_lazy("%(who)s chọn giờ phát cho tin %(thing)s"),
    schedule.AIRING_FAILED: gettext_lazy(
        "Tin %(thing)s được duyệt nhưng chưa xếp được vào giờ đã chọn"
    ),
    schedule.PLAN_ISSUED: gettext_lazy("%(who)s ký lịch phát mới của %(thing)s"),
    alerts.ORDER_PROPOSED: gettext_lazy("%(who)s soạn và ký %(order)s, chờ người thứ hai ký"),
    alerts.ORDER_ISSUED: gettext_lazy("%(who)s ký thứ hai: %(order)s tới %(outlets)s cụm loa"),
    alerts.ORDER_DECLINED: gettext_lazy("%(who)s từ chối ký %(order)s"),
    alerts.ORDER_WITHDRAWN: gettext_lazy("%(order)s chờ người thứ hai ký được rút vì lệnh đã đổi"),
    alerts.DRILL_ENDED: gettext_lazy("Diễn tập kết thúc vì có lệnh khẩn cấp thật"),
    alerts.ORDER_CLIMBED: gettext_lazy(
        "Chưa ai ký thứ hai, %(order)s được đưa tới người duyệt kế tiếp"
    ),
    alerts.ORDER_FILLED: gettext_lazy(
        "Máy điền mẫu “%(name)s” (%(by)s): phát tới %(outlets)s cụm loa sau %(cancel_s)s giây"
    ),
    alerts.FILL_REFUSED: gettext_lazy("Không nhận bản điền của mẫu “%(name)s” (%(by)s): %(why)s"),
    alerts.TEMPLATE_PROPOSED: gettext_lazy(
        "%(who)s soạn và ký mẫu “%(name)s”, chờ người thứ hai ký"
    ),
    alerts.TEMPLATE_ISSUED: gettext_lazy("%(who)s ký thứ hai: máy được điền mẫu “%(name)s”"),
    alerts.TEMPLATE_DECLINED: gettext_lazy("%(who)s không ký mẫu “%(name)s”"),
    alerts.TEMPLATE_WITHDRAWN: gettext_lazy("%(who)s ngừng mẫu “%(name)s”"),
    alerts.CAP_RECEIVED: gettext_lazy("Nhận bản tin CAP “%(name)s” của %(sender)s"),
    alerts.CAP_SOURCE_ADDED: gettext_lazy("%(who)s thêm nguồn CAP “%(name)s”"),
    alerts.CAP_SOURCE_STOPPED: gettext_lazy("%(who)s ngừng nguồn CAP “%(name)s”"),
    alerts.RESERVE_USED: gettext_lazy(
        "Ổ đĩa đầy, %(who)s mở phần dự trữ để ban hành lệnh khẩn cấp"
    ),
    delivery.CHAIN_BROKEN: gettext_lazy(
        "Thử chuỗi khẩn cấp: %(missing)s trong %(asked)s cụm loa không trả lời hoặc không ra tiếng"
    ),
    delivery.RECEIPTS_DOUBTED: gettext_lazy(
        "%(thing)s gửi chứng nhận không hợp lý; các chứng nhận ấy không được tính"
    ),
    delivery.CHAIN_HOUR_SET: gettext_lazy("%(who)s đặt giờ thử tiếng hằng tuần"),
    people.KEY_REGISTERED: gettext_lazy("%(who)s đăng ký khóa ký của %(thing)s"),
    people.KEY_LOST: gettext_lazy("%(who)s báo mất khóa ký của %(thing)s"),
    people.DELEGATION_ASKED: gettext_lazy("%(who)s xin ủy quyền ký cho %(thing)s"),
    people.DELEGATION_DECLINED: gettext_lazy("%(who)s từ chối ủy quyền ký cho %(thing)s"),
    people.DELEGATION_EXPIRING: gettext_lazy("Ủy quyền của %(name)s còn %(days)s ngày"),
    people.RULE_EXPIRING: gettext_lazy(
        "Quy định giờ phát hoặc danh sách thu hồi khóa còn %(days)s ngày hiệu lực"
    ),
    federation.CODE_MADE: gettext_lazy("%(who)s cấp mã liên thông, dùng trong %(hours)s giờ"),
    federation.LINKED: gettext_lazy("Liên thông với máy chủ %(peer)s"),
    federation.UNLINKED: gettext_lazy("%(who)s ngắt liên thông với máy chủ %(peer)s"),
    federation.LINK_STOPPED: gettext_lazy(
        "Liên thông với máy chủ %(peer)s tạm dừng: chưa hiểu loại tin %(kind)s"
    ),
    federation.LINK_MOVED: gettext_lazy("Liên thông với máy chủ %(peer)s đi theo địa giới mới"),
    federation.LINK_FULL: gettext_lazy(
        "Tạm thôi nhận thêm từ máy chủ %(peer)s: %(number)s mục đang chờ xử lý"
    ),
    federation.LINK_OPEN: gettext_lazy("Lại nhận tiếp từ máy chủ %(peer)s"),
    federation.QUESTION_ASKED: gettext_lazy("%(who)s hỏi tỉnh từng kết quả phát của một tin"),
    federation.QUESTION_ANSWERED: gettext_lazy(
        "Trả lời trung tâm về từng kết quả phát của một tin trong xã"
    ),
    federation.ANSWERING_SET: gettext_lazy(
        "%(who)s đổi quyền của máy chủ %(peer)s hỏi từng kết quả phát"
    ),
    federation.RESTORE_SEEN: gettext_lazy(
        "Nhận ra việc phục hồi từ bản sao lưu khi liên thông với máy chủ %(peer)s"
    ),
    federation.FACT_REFUSED: gettext_lazy(
        "Không nhận tin số %(number)s của máy chủ %(peer)s: %(reason)s"
    ),
    exchange.RECEIVED: gettext_lazy("%(who)s nhận %(count)s bản ghi từ %(peer)s"),
    exchange.REFUSED: gettext_lazy("%(who)s không nhận gói tin của %(peer)s: %(error)s"),
    exchange.SENT: gettext_lazy("%(who)s gửi %(count)s bản ghi tới %(peer)s"),
    journal.EXPORTED: gettext_lazy("%(who)s xuất %(rows)s dòng nhật ký ra tệp"),
}

FAMILIES = {
    "newsroom": gettext_lazy("Bản tin"),
    "schedule": gettext_lazy("Lịch phát"),
    "outlets": gettext_lazy("Đài và cụm loa"),
    "alerts": gettext_lazy("Khẩn cấp"),
    "people": gettext_lazy("Người và quyền"),
    "places": gettext_lazy("Địa bàn"),
    "delivery": gettext_lazy("Thử chuỗi"),
    "federation": gettext_lazy("Liên thông"),
    "channels": gettext_lazy("Các kênh khác"),
    "exchange": gettext_lazy("Trao đổi chính thức"),
    "journal": gettext_lazy("Nhật ký"),
}

ORDERS = {
    "alert": gettext_lazy("lệnh khẩn cấp"),
    "fill": gettext_lazy("lệnh máy điền mẫu"),
    "update": gettext_lazy("bản sửa lệnh khẩn cấp"),
    "cancel": gettext_lazy("lệnh hủy"),
    "mute": gettext_lazy("lệnh dừng tạm"),
    "resume": gettext_lazy("lệnh phát lại"),
    "drill": gettext_lazy("lệnh diễn tập"),
    "drill-cancel": gettext_lazy("lệnh hủy diễn tập"),
    "drill-mute": gettext_lazy("lệnh dừng tạm diễn tập"),
}

ISSUED_ALONE = gettext_lazy("%(who)s ký và ban hành %(order)s tới %(outlets)s cụm loa")
"""A mute or a resume needs one person (protocol.md 3)."""

DOCUMENTS = {
    "root": gettext_lazy("gốc tin cậy"),
    "delegation": gettext_lazy("ủy quyền"),
    "trust": gettext_lazy("danh sách khóa bị thu hồi"),
    "policy": gettext_lazy("quy định giờ phát"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as a person reads it; `actor` and `place` are as the journal writes them, `who` and
    `where` in words; `bulletin` and `outlet` are ids to link to, or empty."""

    seq: int
    at: datetime
    words: str
    place: str
    where: str
    actor: str
    who: str
    bulletin: str
    outlet: str
    hash: str


class _Gaps(dict[str, Any]):
    """A payload that lacks a word shows a dash instead of failing."""

    def __missing__(self, key: str) -> str:
        return "–"


def told(facts: "Iterable[Fact]") -> list[Told]:
    """The facts in their order, in words. A query for each sort of name that occurs."""
    rows = [(fact, json.loads(fact.payload)) for fact in facts]
    names = Names.of(rows)
    return [_told(fact, payload, names) for fact, payload in rows]


def _told(fact: "Fact", payload: dict[str, Any], names: Names) -> Told:
    held = {
        **payload,
        "who": names.actor(fact.actor),
        "thing": names.thing(fact, payload),
        "name": payload.get("name") or payload.get("who", "–"),
        "order": str(ORDERS.get(payload.get("kind", ""), _("một lệnh"))),
        "queue": name_of(str(payload.get("queue", "–"))),
        "role": names.role(payload.get("role", "")),
        "document": str(DOCUMENTS.get(payload.get("kind", ""), payload.get("kind", "–"))),
        "document_name": payload.get("document", "–"),
    }
    sentence = WORDS.get(fact.kind, "")
    if fact.kind == alerts.ORDER_ISSUED and len(payload.get("signers", ())) == 1:
        sentence = ISSUED_ALONE
    words = str(sentence) % _Gaps(held) if sentence else fact.kind
    kind, _colon, subject = fact.subject.partition(":")
    return Told(
        seq=fact.seq,
        at=fact.at,
        words=words[:1].upper() + words[1:],
        place=fact.place,
        where=names.place(fact.place),
        actor=fact.actor,
        who=held["who"],
        bulletin=subject if kind == "bulletin" else "",
        outlet=subject if kind == "outlet" else "",
        hash=fact.hash,
    )
