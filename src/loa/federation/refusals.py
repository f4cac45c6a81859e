"""Why a link, a page or an entry is refused, by name; the names travel and are shown."""

from enum import StrEnum

from django.utils.translation import gettext_lazy

from loa_protocol.refusals import Reason, Refused


class Fault(StrEnum):
    """What goes wrong on a link beyond the signed protocol's own names (`Reason`)."""

    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    CODE_OTHER_PLACE = "code_other_place"
    NOT_LINKED = "not_linked"
    KEY_CHANGED = "key_changed"
    WRONG_SCOPE = "wrong_scope"
    OTHER_NODE = "other_node"
    GAP = "gap"
    REPLAY = "replay"
    FORK = "fork"
    OLD_EPOCH = "old_epoch"
    CHAIN_BROKEN = "chain_broken"
    CURSOR_UNKNOWN = "cursor_unknown"
    UNKNOWN_CRITICAL = "unknown_critical"
    MAILBOX_FULL = "mailbox_full"
    EPOCH_TOO_SOON = "epoch_too_soon"
    OUTSIDE_SENDER = "outside_sender"
    WRONG_DIRECTION = "wrong_direction"
    BAD_BODY = "bad_body"
    DEAD_PLACE = "dead_place"
    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad_answer"
    HTTP_ERROR = "http_error"
    BROKEN = "broken"
    EXPORT_BROKEN = "export_broken"


class LinkRefused(Exception):
    """What came was refused by name; nothing of it was kept or acted on."""

    def __init__(self, reason: Fault | Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail[:200]

    @classmethod
    def of(cls, refused: Refused) -> "LinkRefused":
        return cls(refused.reason, refused.detail)


SENTENCES = {
    Fault.CODE_UNKNOWN: gettext_lazy("Mã liên thông không đúng. Xem lại mã bên trung tâm đã cấp."),
    Fault.CODE_USED: gettext_lazy("Mã liên thông đã được dùng. Xin trung tâm cấp mã mới."),
    Fault.CODE_EXPIRED: gettext_lazy("Mã liên thông đã hết hạn. Xin trung tâm cấp mã mới."),
    Fault.CODE_OTHER_PLACE: gettext_lazy("Mã liên thông này cấp cho tỉnh khác."),
    Fault.NOT_LINKED: gettext_lazy("Hai bên chưa liên thông, hoặc bên kia đã ngắt."),
    Fault.KEY_CHANGED: gettext_lazy(
        "Khóa của bên kia khác với lúc liên thông. Hỏi bên kia; nếu đúng là khóa mới thì liên thông"
        " lại bằng mã mới."
    ),
    Fault.WRONG_SCOPE: gettext_lazy("Khóa của bên kia không được ủy quyền đúng địa bàn của họ."),
    Fault.OTHER_NODE: gettext_lazy("Bên trả lời không phải máy chủ đã liên thông."),
    Fault.GAP: gettext_lazy("Thiếu một đoạn giữa chừng; đang xin lại từ chỗ còn liền."),
    Fault.REPLAY: gettext_lazy("Bên kia gửi lại đoạn đã nhận; đã bỏ qua."),
    Fault.FORK: gettext_lazy(
        "Danh sách của bên kia khác với phần đã nhận: có thể vừa phục hồi từ bản sao lưu. Đang dò"
        " lại từ chỗ còn giống nhau."
    ),
    Fault.OLD_EPOCH: gettext_lazy("Bên kia gửi đoạn của đợt trước khi phục hồi; đã bỏ qua."),
    Fault.CHAIN_BROKEN: gettext_lazy("Đoạn nhận được không khớp mã băm đã ký; đang xin lại."),
    Fault.CURSOR_UNKNOWN: gettext_lazy(
        "Bên kia nói đã có nhiều hơn những gì nơi này từng gửi, mà không kèm chữ ký làm chứng."
    ),
    Fault.UNKNOWN_CRITICAL: gettext_lazy(
        "Bên kia gửi loại tin quan trọng mà phần mềm ở đây chưa hiểu. Liên thông tạm dừng, chưa mất"
        " gì. Nâng cấp phần mềm rồi liên thông tự chạy tiếp."
    ),
    Fault.MAILBOX_FULL: gettext_lazy(
        "Quá nhiều mục của bên gửi đang chờ xử lý nên tạm thôi nhận thêm. Không mất gì: phần chưa"
        " nhận còn ở bên gửi, tự chạy tiếp khi vơi. Xem các mục đang chờ còn thiếu gì."
    ),
    Fault.EPOCH_TOO_SOON: gettext_lazy(
        "Bên nhận lại nói khác với danh sách đã gửi, chưa đầy một giờ sau lần phục hồi trước. Chờ"
        " hết giờ, hoặc hỏi bên kia rồi chạy loa link resume."
    ),
    Fault.OUTSIDE_SENDER: gettext_lazy("Tin ghi một nơi ngoài địa bàn của bên gửi."),
    Fault.WRONG_DIRECTION: gettext_lazy("Loại tin này không đi theo chiều này."),
    Fault.BAD_BODY: gettext_lazy("Nội dung không đúng mẫu."),
    Fault.DEAD_PLACE: gettext_lazy("Tin ghi một mã đơn vị không còn."),
    Fault.UNREACHABLE: gettext_lazy("Không gọi được bên kia. Mọi việc ở đây vẫn chạy; sẽ gọi lại."),
    Fault.BAD_ANSWER: gettext_lazy("Bên kia trả lời không đọc được."),
    Fault.HTTP_ERROR: gettext_lazy("Bên kia báo lỗi."),
    Fault.BROKEN: gettext_lazy(
        "Phần mềm ở đây gặp lỗi khi xử lý. Đang thử lại; báo người quản trị xem nhật ký máy chủ."
    ),
    Fault.EXPORT_BROKEN: gettext_lazy(
        "Phần mềm ở đây gặp lỗi khi chuẩn bị tin gửi đi. Chưa mất gì; báo người quản trị xem nhật"
        " ký máy chủ."
    ),
    Reason.UNKNOWN_KEY: gettext_lazy("Khóa của bên kia chưa được gốc tin cậy ủy quyền."),
    Reason.BAD_SIGNATURE: gettext_lazy("Chữ ký không đúng: nội dung đã bị sửa trên đường."),
    Reason.REVOKED: gettext_lazy("Khóa của bên kia đã bị thu hồi."),
    Reason.DELEGATION_EXPIRED: gettext_lazy(
        "Giấy ủy quyền của bên kia đã hết hạn. Xin người giữ gốc ký giấy mới."
    ),
    Reason.NOT_YET: gettext_lazy("Giờ của bên kia đi trước. Chỉnh đồng hồ hai máy chủ."),
    Reason.EXPIRED: gettext_lazy(
        "Tin ký đã quá hạn: đồng hồ hai máy chủ lệch nhau, hoặc ai đó phát lại bản cũ."
    ),
    Reason.TOO_LARGE: gettext_lazy("Bên kia gửi quá lớn."),
    Reason.ROOT_MISMATCH: gettext_lazy("Hai bên không chung gốc tin cậy."),
    Reason.MEDIA_MISMATCH: gettext_lazy("Tệp tải về không khớp mã băm; đang tải lại."),
    Reason.STORE_FULL: gettext_lazy("Ổ đĩa đầy. Giải phóng dung lượng; sẽ tự chạy tiếp."),
}


def sentence_of(name: str) -> str:
    """What a person is told about a refusal of this name."""
    for known, sentence in SENTENCES.items():
        if known.value == name:
            return str(sentence)
    return name
