"""`loa cap check FILE...`: what a CAP 1.2 message says to us, or exactly why it is refused.

Reads only; nothing is stored, asked of the network, or aired.
"""

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from loa.alerts.cap import mapping, parsing, reading
from loa.alerts.cap.areas import Centre
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.cap.model import Info
from loa.alerts.cap.reading import Message
from loa.alerts.cap.refusals import CapRefused
from loa.alerts.cap.remarks import SAID
from loa.alerts.hazards import BY_ID
from loa.alerts.rules import SPOKEN_MAX, TARGETS_MAX
from loa.lib import clock
from loa.places import gazetteer

_KINDS = {
    "alert": "lệnh khẩn cấp thật",
    "update": "đính chính lệnh thật",
    "cancel": "hủy lệnh thật",
    "drill": "lệnh DIỄN TẬP",
    "drill-cancel": "hủy lệnh DIỄN TẬP",
}
_SHOWN = 40


def main(argv: Sequence[str]) -> int:
    """0 only if every file was understood; 1 if one was refused; 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="loa cap")
    parser.add_argument("do", choices=["check"])
    parser.add_argument("file", nargs="+", type=Path)
    parser.add_argument(
        "--require-signature", action="store_true", help="từ chối bản tin không có chữ ký số"
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        type=Path,
        metavar="PEM",
        help="chứng thư của người ký được tin cậy; ghi nhiều lần được",
    )
    asked = parser.parse_args(argv)
    try:
        trusted = [x509.load_pem_x509_certificate(path.read_bytes()) for path in asked.trust]
    except (OSError, ValueError) as error:
        parser.error(f"không đọc được chứng thư: {error}")
    units = {unit.key: unit.name for unit in gazetteer.current_units()}
    centres, now, good = _centres(), clock.now(), True
    for path in asked.file:
        print(f"== {path}")
        try:
            data = parsing.read_file(path)
            message = reading.read(
                data, now, trusted=trusted, require_signature=asked.require_signature
            )
        except CapRefused as refused:
            print(f"  TỪ CHỐI [{refused.reason}] {_plain(refused.sentence)}")
            good = False
        except OSError as error:
            print(f"  TỪ CHỐI [unreadable] Không mở được tệp: {error.strerror}")
            good = False
        else:
            _print_message(message, now)
            drafts = mapping.drafts_of(message.alert, centres, now)
            if not drafts:
                _line("Thành lệnh", "không: loại bản tin này không bao giờ được phát")
            for draft in drafts:
                _print_draft(draft, units)
    return 0 if good else 1


def _centres() -> list[Centre]:
    return [
        Centre(f"vn/{unit.parent[1]}/{unit.code}", unit.latitude, unit.longitude)
        for unit in gazetteer.current_units()
        if unit.level == "commune"
        and unit.parent is not None
        and unit.latitude is not None
        and unit.longitude is not None
    ]


def _print_message(message: Message, now: datetime) -> None:
    alert = message.alert
    _line("Mã bản tin", alert.identifier)
    _line("Nơi phát hành", alert.sender)
    _line("Gửi lúc", _when(alert.sent))
    _line("Trạng thái", f"{alert.status} · {alert.msg_type} · {alert.scope}")
    _line("Chữ ký số", _signed(message))
    for reference in alert.references:
        _line("Nhắc tới", f"{reference.identifier} · {reference.sender} · {_when(reference.sent)}")
    used = mapping.chosen(alert, now)
    for info in alert.infos:
        _print_info(info, used=info is used and len(alert.infos) > 1)


def _print_info(info: Info, *, used: bool) -> None:
    _line("Sự kiện", f"{info.event} ({info.language})" + (" — phần được dùng" if used else ""))
    _line(
        "Mức độ", f"urgency {info.urgency} · severity {info.severity} · certainty {info.certainty}"
    )
    _line("Hiệu lực từ", _when(info.effective))
    _line("Bắt đầu", _when(info.onset))
    _line("Hết hiệu lực", _when(info.expires))
    for area in info.areas:
        shapes = f"{len(area.polygons)} đa giác, {len(area.circles)} hình tròn"
        _line("Khu vực", f"{area.description} ({shapes}, {len(area.geocodes)} mã)")


def _print_draft(draft: OrderDraft, units: dict[tuple[str, str], str]) -> None:
    _line("Thành lệnh", f"nháp {_KINDS[draft.kind]}; chỉ phát khi hai người ký")
    if draft.level is None:
        return
    hazard = BY_ID.get(draft.hazard or "")
    for remark in draft.remarks:
        _line("Lưu ý", str(SAID[remark]))
    _line("Cấp", str(draft.level))
    _line("Hiểm họa", hazard.name if hazard else "chưa rõ, người soạn phải chọn")
    _line("Tiêu đề", draft.title)
    _line("Lời", " ".join(draft.text.split()) or "chưa có, người soạn phải viết")
    if len(draft.text) > SPOKEN_MAX:
        _line("Lưu ý", f"lời dài {len(draft.text)} chữ cái, đọc được nhiều nhất {SPOKEN_MAX}")
    for described, found in draft.areas:
        _line("Nơi", f"{described}: {len(found.paths)} đơn vị")
        for path in found.paths[:_SHOWN]:
            near = "  (gần nhất, không có tâm xã nào nằm trong)" if path in found.nearest else ""
            print(f"      {path}  {_name(path, units)}{near}")
        if len(found.paths) > _SHOWN:
            print(f"      ... và {len(found.paths) - _SHOWN} đơn vị nữa")
        for code in found.unknown:
            print(f"      {_plain(code)}  KHÔNG CÓ trong danh mục")
    if not draft.targets:
        _line("Lưu ý", "không xác định được đơn vị nào, người soạn phải chọn nơi")
    if len(draft.targets) > TARGETS_MAX:
        _line("Lưu ý", f"một lệnh ghi nhiều nhất {TARGETS_MAX} nơi: chọn cấp rộng hơn hoặc chia")


def _signed(message: Message) -> str:
    signer = message.signer
    if signer is None:
        return "không có"
    trust = "được tin cậy" if signer.trusted else "CHƯA đối chiếu với chứng thư tin cậy nào"
    return f"khớp; người ký: {signer.name} ({trust}; SHA-256 {signer.fingerprint[:16]}…)"


def _name(path: str, units: dict[tuple[str, str], str]) -> str:
    parts = path.split("/")
    if len(parts) == 2:
        return units.get(("province", parts[1]), "")
    return units.get(("commune", parts[2]), "") + (f", thôn {parts[3]}" if len(parts) > 3 else "")


def _when(moment: datetime | None) -> str:
    return "không ghi" if moment is None else f"{clock.local(moment):%H:%M:%S %d/%m/%Y}"


def _line(name: str, text: str) -> None:
    print(f"  {name + ':':<15}{_plain(text)}")


def _plain(text: str) -> str:
    """A stranger's words without letters that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
