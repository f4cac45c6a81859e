"""What the queues of the node are called, what is missing while a row is set aside, what to do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from loa.quarantine.rules import Queue

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Words:
    """What a queue's row is, what does not happen while it is set aside, and what to do."""

    what: "_StrPromise"
    effect: "_StrPromise"
    todo: "_StrPromise"


WORDS = {
    Queue.PLANS: Words(
        gettext_lazy("Lịch phát của đài"),
        gettext_lazy("Đài này chưa nhận lịch mới; loa phát theo lịch đã nhận lần trước."),
        gettext_lazy("Xem lại lịch tuần và các mục vừa xếp của đài, sửa rồi bấm Thử lại."),
    ),
    Queue.PLAN_ITEMS: Words(
        gettext_lazy("Một mục trong lịch phát"),
        gettext_lazy("Mục này không được phát; các mục khác của đài vẫn phát."),
        gettext_lazy("Gỡ mục này khỏi lịch phát rồi xếp lại cho đúng."),
    ),
    Queue.PROGRAMME_FACTS: Words(
        gettext_lazy("Một việc chuyển vào lịch phát"),
        gettext_lazy("Tin vừa duyệt hoặc thu hồi có thể chưa vào, chưa ra khỏi lịch phát."),
        gettext_lazy("Xem lịch phát của các đài liên quan và xếp bằng tay nếu cần."),
    ),
    Queue.SPREADING: Words(
        gettext_lazy("Tin ưu tiên chuyển tới một đài"),
        gettext_lazy("Đài này chưa tự xếp tin; tin vẫn có trong thư viện nguồn của xã."),
        gettext_lazy("Báo xã chọn tin trong thư viện nguồn, xem lại lịch tuần của đài."),
    ),
    Queue.PRODUCTIONS: Words(
        gettext_lazy("Âm thanh của một tin"),
        gettext_lazy("Tin này chưa có âm thanh nên chưa duyệt và chưa phát được."),
        gettext_lazy("Bấm Thử lại. Nếu vẫn lỗi, xem nhật ký máy chủ."),
    ),
    Queue.TRIALS: Words(
        gettext_lazy("Câu thử của một cụm loa"),
        gettext_lazy("Cụm loa này chưa nhận được câu thử."),
        gettext_lazy("Gửi lại câu thử ở trang của cụm loa."),
    ),
    Queue.CLIPS: Words(
        gettext_lazy("Câu nói có sẵn trong thiết bị"),
        gettext_lazy("Khi thiếu âm thanh của lệnh, loa không đọc được câu này."),
        gettext_lazy("Xem lại tên thôn, xã nêu ở trên, sửa rồi bấm Thử lại."),
    ),
    Queue.DISPATCHES: Words(
        gettext_lazy("Tin hoặc lệnh gửi qua kênh khác"),
        gettext_lazy("Kênh này có thể chưa hiện, hoặc chưa gỡ, nội dung; các kênh khác vẫn gửi."),
        gettext_lazy("Kiểm tra kênh ấy bằng mắt, xem thiết lập ở trang Kênh rồi bấm Thử lại."),
    ),
    Queue.CHANNEL_FACTS: Words(
        gettext_lazy("Một việc chuyển sang các kênh khác"),
        gettext_lazy("Tin vừa duyệt hoặc thu hồi có thể chưa được gửi, chưa được gỡ ở kênh khác."),
        gettext_lazy("Xem trang của tin, gửi hoặc gỡ bằng tay ở kênh ấy nếu cần rồi bấm Thử lại."),
    ),
    Queue.INBOUND: Words(
        gettext_lazy("Một lời báo nhận từ kênh khác"),
        gettext_lazy("Kết quả gửi trong lời báo này chưa được ghi; lời báo vẫn được giữ nguyên."),
        gettext_lazy("Nâng cấp phần mềm nếu có bản mới rồi bấm Thử lại."),
    ),
    Queue.POLLS: Words(
        gettext_lazy("Việc hỏi kết quả ở một tài khoản kênh"),
        gettext_lazy("Chưa biết thêm kết quả gửi của tài khoản này; tài khoản khác vẫn được hỏi."),
        gettext_lazy("Mở trang Kênh, bấm Thử ở tài khoản này để xem lỗi."),
    ),
    Queue.CAP_SOURCES: Words(
        gettext_lazy("Nguồn cảnh báo CAP"),
        gettext_lazy("Chưa lấy được cảnh báo từ nguồn này; các nguồn khác vẫn được hỏi."),
        gettext_lazy("Xem lại địa chỉ của nguồn ở trang Nguồn cảnh báo."),
    ),
    Queue.CAP_EXPORTS: Words(
        gettext_lazy("Bản CAP của một lệnh"),
        gettext_lazy("Lệnh đã tới loa, nhưng nơi nhận CAP chưa thấy lệnh này."),
        gettext_lazy("Bấm Thử lại. Nếu vẫn lỗi, xem nhật ký máy chủ."),
    ),
    Queue.LINK_EXPORT: Words(
        gettext_lazy("Một mục gửi sang máy chủ khác"),
        gettext_lazy("Bên kia chưa nhận được mục này; lệnh khẩn cấp và mục khác vẫn gửi."),
        gettext_lazy("Xem mục ấy trong Nhật ký, sửa hoặc thu hồi rồi bấm Thử lại."),
    ),
    Queue.LINK_SUMMARIES: Words(
        gettext_lazy("Số liệu tổng hợp gửi lên trên"),
        gettext_lazy("Cấp trên chưa thấy số liệu mới của nơi này; số liệu nơi khác vẫn gửi."),
        gettext_lazy("Bấm Thử lại. Nếu vẫn lỗi, xem nhật ký máy chủ."),
    ),
    Queue.LINK_IMPORT: Words(
        gettext_lazy("Một mục nhận từ máy chủ khác"),
        gettext_lazy("Mục này chưa có hiệu lực ở đây; các mục khác vẫn được xử lý."),
        gettext_lazy("Xem trang Liên thông. Nâng cấp phần mềm nếu có bản mới."),
    ),
    Queue.HINTS: Words(
        gettext_lazy("Một lời báo cho thiết bị"),
        gettext_lazy("Thiết bị biết chậm hơn: nó tự hỏi lại sau chừng một phút."),
        gettext_lazy("Thường không cần làm gì. Nếu lặp lại, xem nhật ký máy chủ."),
    ),
    Queue.ORDERS: Words(
        gettext_lazy("Lệnh khẩn cấp trên đường tới loa"),
        gettext_lazy(
            "Máy chủ chưa đẩy được lệnh này tới mọi xã. Các lệnh khác vẫn được đẩy; loa nào hỏi máy"
            " chủ thì vẫn nhận được lệnh."
        ),
        gettext_lazy(
            "Mở lệnh ở trang Khẩn cấp, xem cụm loa nào chưa trả lời. Nếu không cụm nào nhận, soạn"
            " và ký lại lệnh ngay."
        ),
    ),
}


def name_of(queue: str) -> str:
    """What people call a queue; its own name where this version does not know it."""
    return str(WORDS[Queue(queue)].what) if queue in set(Queue) else queue
