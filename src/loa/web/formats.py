"""How the console writes times, numbers, lengths and states (the house's look page).

Every text goes through gettext, so that English has its own habits: "16 giờ 40" is "16:40".
"""

from datetime import date, datetime, timedelta

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from loa.lib import clock

WEEKDAYS = (
    gettext_lazy("thứ Hai"),
    gettext_lazy("thứ Ba"),
    gettext_lazy("thứ Tư"),
    gettext_lazy("thứ Năm"),
    gettext_lazy("thứ Sáu"),
    gettext_lazy("thứ Bảy"),
    gettext_lazy("Chủ nhật"),
)


def hour(moment: datetime) -> str:
    """`16 giờ 40`, on a Vietnamese wall clock."""
    local = clock.local(moment)
    return _("%(hour)d giờ %(minute)02d") % {"hour": local.hour, "minute": local.minute}


def end_hour(moment: datetime) -> str:
    """The hour at which something ends: midnight is the day's `24 giờ 00`."""
    local = clock.local(moment)
    if (local.hour, local.minute) == (0, 0):
        return _("24 giờ 00")
    return hour(moment)


def day(value: date | datetime) -> str:
    """`thứ Hai, 23/11/2026`."""
    when = clock.local(value).date() if isinstance(value, datetime) else value
    return f"{WEEKDAYS[when.weekday()]}, {when:%d/%m/%Y}"


def moment(value: datetime) -> str:
    """The hour alone for today, else with its day: `16 giờ 40, 22/11`."""
    local, today = clock.local(value).date(), clock.local(clock.now()).date()
    if local == today:
        return hour(value)
    return f"{hour(value)}, {local:%d/%m}" + (f"/{local:%Y}" if local.year != today.year else "")


def stretch(start: datetime, end: datetime) -> str:
    """From then till then, the day once where it is one: `8 giờ 00 – 13 giờ 00, 24/11`."""
    if clock.local(start).date() == clock.local(end).date():
        return f"{hour(start)} – {moment(end)}"
    return f"{moment(start)} – {moment(end)}"


_POINTS_AND_COMMAS = str.maketrans(",.", ".,")


def number(value: float, places: int = 0) -> str:
    """`9.863` and `38,3` in Vietnamese, `9,863` and `38.3` in English."""
    text = f"{value:,.{places}f}".replace("-", "−")
    is_plain = "," not in text and "." not in text  # asking for the language costs more
    if is_plain or get_language() == "en":
        return text
    return text.translate(_POINTS_AND_COMMAS)


def length(seconds: float) -> str:
    """`7 phút 20 giây`; hours only from one hour on."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    words = []
    if hours:
        words.append(ngettext("%d giờ", "%d giờ", hours) % hours)
    if minutes:
        words.append(ngettext("%d phút", "%d phút", minutes) % minutes)
    if left and not hours:
        words.append(ngettext("%d giây", "%d giây", left) % left)
    return " ".join(words) or _("0 giây")


def ago(value: datetime) -> str:
    """How long since: `vừa xong`, `5 phút trước`, `2 ngày trước`."""
    passed = clock.now() - value
    if passed < timedelta(minutes=1):
        return _("vừa xong")
    if passed < timedelta(days=1):
        return _("%(length)s trước") % {"length": length(passed.total_seconds() // 60 * 60)}
    return ngettext("%d ngày trước", "%d ngày trước", passed.days) % passed.days


def waited(value: datetime) -> str:
    """The age of what waits: `đã chờ 2 giờ`."""
    passed = clock.now() - value
    if passed >= timedelta(days=1):
        return ngettext("đã chờ %d ngày", "đã chờ %d ngày", passed.days) % passed.days
    minutes = max(60, passed.total_seconds() // 60 * 60)
    return _("đã chờ %(length)s") % {"length": length(minutes)}


CAP_WORDS = {
    "Actual": gettext_lazy("thật"),
    "Exercise": gettext_lazy("diễn tập"),
    "System": gettext_lazy("tin của hệ thống"),
    "Test": gettext_lazy("thử"),
    "Draft": gettext_lazy("nháp"),
    "Alert": gettext_lazy("bản tin mới"),
    "Update": gettext_lazy("bản tin sửa"),
    "Cancel": gettext_lazy("hủy bản tin"),
    "Ack": gettext_lazy("báo đã nhận"),
    "Error": gettext_lazy("báo lỗi"),
}
"""Status and type of a CAP message, as the standard writes them."""

LINKS = {
    "ethernet": gettext_lazy("dây mạng"),
    "wifi": gettext_lazy("Wi-Fi"),
    "mobile": gettext_lazy("mạng di động"),
}

OUTLET_STATES = {
    "never": (gettext_lazy("chưa ghép thiết bị"), "plain"),
    "silent": (gettext_lazy("mất liên lạc"), "failed"),
    "fault": (gettext_lazy("hỏng"), "failed"),
    "muted": (gettext_lazy("tắt tiếng theo lệnh"), "waits"),
    "alert": (gettext_lazy("đang phát lệnh khẩn cấp"), "done"),
    "playing": (gettext_lazy("đang phát"), "done"),
    "idle": (gettext_lazy("sẵn sàng"), "done"),
}
"""The words and the badge of an outlet's state (outlets.rules.state_of)."""

ACTIONS = {
    "place.view": gettext_lazy("Xem địa bàn"),
    "place.edit": gettext_lazy("Sửa thôn, tổ dân phố"),
    "place.reform": gettext_lazy("Sắp xếp đơn vị hành chính"),
    "account.manage": gettext_lazy("Quản lý tài khoản và vai trò"),
    "bulletin.view": gettext_lazy("Xem bản tin"),
    "bulletin.write": gettext_lazy("Soạn bản tin (của đơn vị mình)"),
    "bulletin.approve": gettext_lazy("Duyệt bản tin (của đơn vị mình)"),
    "bulletin.withdraw": gettext_lazy("Thu hồi bản tin (của đơn vị mình)"),
    "dictionary.edit": gettext_lazy("Sửa từ điển đọc (của đơn vị mình)"),
    "schedule.view": gettext_lazy("Xem lịch phát"),
    "schedule.edit": gettext_lazy("Xếp lịch phát (của đơn vị mình)"),
    "timetable.edit": gettext_lazy("Đặt lịch tuần của đài"),
    "outlet.view": gettext_lazy("Xem đài và cụm loa"),
    "outlet.manage": gettext_lazy("Thêm, sửa đài và cụm loa"),
    "outlet.enrol": gettext_lazy("Ghép và thu hồi thiết bị"),
    "outlet.command": gettext_lazy("Chỉnh âm lượng, ra lệnh cho thiết bị"),
    "journal.view": gettext_lazy("Xem nhật ký"),
    "alert.author": gettext_lazy("Soạn lệnh khẩn cấp"),
    "alert.approve": gettext_lazy("Duyệt lệnh khẩn cấp"),
    "trust.sign": gettext_lazy("Ký giấy ủy quyền và thu hồi khóa"),
    "figure.view": gettext_lazy("Xem số liệu"),
    "task.view": gettext_lazy("Xem việc được giao và báo cáo"),
    "task.give": gettext_lazy("Giao việc, yêu cầu báo cáo"),
    "task.answer": gettext_lazy("Trả lời việc được giao, nộp báo cáo"),
    "figure.load": gettext_lazy("Nạp số liệu đã công bố"),
}
"""What a role permits, in words (people.rules.Action)."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """A browser as a person knows it: `Chrome, Android`."""
    name = next((words for mark, words in BROWSERS if mark in agent), "")
    machine = next((words for mark, words in MACHINES if mark in agent), "")
    return ", ".join(part for part in (name, machine) if part) or _("trình duyệt không rõ")


FINDING_STATES = {
    "trouble": gettext_lazy("cần xem ngay"),
    "silent": gettext_lazy("mất liên lạc"),
    "fault": gettext_lazy("hỏng"),
    "muted": gettext_lazy("tắt tiếng theo lệnh"),
    "alert": gettext_lazy("đang phát lệnh khẩn cấp"),
    "playing": gettext_lazy("đang phát"),
    "idle": gettext_lazy("sẵn sàng"),
    "never": gettext_lazy("chưa ghép thiết bị"),
}

COMMAND_STATES = {
    "preparing": (gettext_lazy("đang làm câu thử"), "waits"),
    "waiting": (gettext_lazy("đang gửi"), "waits"),
    "sent": (gettext_lazy("đã gửi, chờ thiết bị trả lời"), "waits"),
    "received": (gettext_lazy("thiết bị đã nhận, đang làm"), "waits"),
    "expired": (gettext_lazy("thiết bị không trả lời"), "failed"),
    "accepted": (gettext_lazy("thiết bị đã làm"), "done"),
    "played": (gettext_lazy("thiết bị đã phát"), "done"),
    "muted": (gettext_lazy("đã chạy nhưng không có tiếng"), "failed"),
    "refused": (gettext_lazy("thiết bị không làm được"), "failed"),
}
"""The words and the badge of a command's state (outlets.rules.command_state)."""

COMMANDS = {
    "volume": gettext_lazy("đặt âm lượng"),
    "self-test": gettext_lazy("thử tiếng"),
    "measure": gettext_lazy("đo một giây"),
    "restart": gettext_lazy("khởi động lại"),
}

BULLETIN_STATES = {
    "draft": (gettext_lazy("bản nháp"), "plain"),
    "submitted": (gettext_lazy("chờ duyệt"), "waits"),
    "approved": (gettext_lazy("đã duyệt"), "done"),
    "returned": (gettext_lazy("trả lại để sửa"), "failed"),
    "withdrawn": (gettext_lazy("đã thu hồi"), "plain"),
}

RESULTS = {
    "played": (gettext_lazy("đã phát"), "done"),
    "interrupted": (gettext_lazy("phát dở"), "waits"),
    "muted": (gettext_lazy("tắt tiếng"), "waits"),
    "cancelled": (gettext_lazy("đã dừng theo lệnh"), "waits"),
    "refused": (gettext_lazy("không nhận"), "failed"),
    "expired": (gettext_lazy("không phát"), "failed"),
    "accepted": (gettext_lazy("đã nhận"), "plain"),
}

REASONS = {
    "no_power": gettext_lazy("mất điện"),
    "no_network": gettext_lazy("mất mạng"),
    "device_off": gettext_lazy("đến giờ thì thiết bị đang tắt, có thể mất điện"),
    "plan_late": gettext_lazy("lịch tới loa sau giờ phát, có thể mất mạng"),
    "restart": gettext_lazy("thiết bị khởi động lại"),
    "preempted": gettext_lazy("nhường lệnh khẩn cấp"),
    "overlap": gettext_lazy("trùng giờ mục khác"),
    "media_missing": gettext_lazy("chưa tải xong âm thanh"),
    "media_mismatch": gettext_lazy("âm thanh không đúng mã băm nên loa không phát"),
    "store_full": gettext_lazy("bộ nhớ thiết bị đã đầy"),
    "decode_failed": gettext_lazy("tệp âm thanh hỏng"),
    "relay_failed": gettext_lazy("mất nguồn tiếp âm, đã phát âm thanh dự phòng"),
    "relay_not_allowed": gettext_lazy("nguồn tiếp âm không được phép"),
    "relay_silent": gettext_lazy("nguồn tiếp âm im lặng, đã phát âm thanh dự phòng"),
    "silent": gettext_lazy("loa không có tiếng"),
    "outside_session": gettext_lazy("ngoài buổi phát"),
    "slot_end": gettext_lazy("hết giờ của mục này"),
    "next_item": gettext_lazy("đến giờ mục kế tiếp"),
    "withdrawn": gettext_lazy("tin đã thu hồi"),
    "no_time": gettext_lazy("thiết bị chưa biết giờ đúng"),
    "unsupported": gettext_lazy("thiết bị không hỗ trợ"),
    "horn_off": gettext_lazy("công tắc tại loa đang tắt tiếng"),
    "never": gettext_lazy("chưa từng liên lạc"),
    "off": gettext_lazy("mất liên lạc: mất điện hoặc mất mạng"),
    "fault": gettext_lazy("loa báo hỏng"),
    "clock": gettext_lazy("thiết bị chưa biết giờ đúng"),
    "cache": gettext_lazy("bộ nhớ thiết bị đã đầy"),
    "volume_zero": gettext_lazy("âm lượng đặt bằng 0"),
    "amplifier_silent": gettext_lazy("tăng âm không ra tiếng"),
    "old_software": gettext_lazy("phần mềm của thiết bị cũ"),
    "no_answer": gettext_lazy("có liên lạc nhưng chưa trả lời"),
}


def reason(code: str) -> str:
    """A device's reason in words; a new one is shown as the device wrote it."""
    if not code:
        return ""
    return str(REASONS.get(code, _("lý do thiết bị ghi: %(code)s") % {"code": code}))


DOUBTS = {
    "place": gettext_lazy("ghi một địa bàn khác"),
    "future": gettext_lazy("ghi giờ trong tương lai"),
    "too_old": gettext_lazy("ghi giờ trước khi ghép thiết bị"),
    "order": gettext_lazy("bắt đầu sau khi kết thúc"),
    "unplanned": gettext_lazy("mục này không có trong lịch của đài"),
    "reach": gettext_lazy("mục này không dành cho cụm loa này"),
    "media": gettext_lazy("phát một tệp âm thanh khác"),
    "off_slot": gettext_lazy("phát ngoài giờ của mục này"),
    "too_long": gettext_lazy("dài hơn âm thanh của mục"),
    "grade": gettext_lazy("tự xếp loại cao hơn mức thiết bị đo được"),
    "run": gettext_lazy("quá nhiều lần phát lại"),
}
"""Why a receipt cannot be true (`delivery.rules.Doubt`)."""


def doubt(code: str) -> str:
    """What is wrong with a doubtful receipt, in words."""
    words = DOUBTS.get(code, gettext_lazy("nội dung không khớp"))
    return _("chứng nhận không hợp lý: %(why)s") % {"why": words}


GRADES = {
    "A": gettext_lazy("đo tại loa"),
    "B": gettext_lazy("đo ở ngõ ra của máy phát"),
    "C": gettext_lazy("theo lời hệ thống khác"),
    "D": gettext_lazy("theo lời người"),
}
"""Grades of proof. Counts are always shown with their grade."""
