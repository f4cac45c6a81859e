"""Why a CAP message was not taken: a name for programs, a sentence for the person."""

from enum import StrEnum


class Reason(StrEnum):
    """The names of refusals. Each has its sentence in `SENTENCES`."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    DTD = "dtd"
    TOO_DEEP = "too_deep"
    TOO_MANY_ELEMENTS = "too_many_elements"
    TOO_MANY_SHAPES = "too_many_shapes"
    INSTRUCTION = "processing_instruction"
    WRONG_NAMESPACE = "wrong_namespace"
    NOT_ALERT = "not_alert"
    UNSIGNED = "unsigned"
    SIGNATURE_PLACE = "signature_place"
    SIGNATURE_PART = "signature_part"
    SIGNATURE_BAD = "signature_bad"
    NO_CERTIFICATE = "no_certificate"
    SIGNER_UNKNOWN = "signer_unknown"
    SENDER_UNKNOWN = "sender_unknown"
    MISSING = "missing_element"
    MISSING_INFO = "missing_info"
    MISSING_AREA = "missing_area"
    MISSING_EXPIRES = "missing_expires"
    MISSING_REFERENCES = "missing_references"
    UNEXPECTED = "unexpected_element"
    BAD_CODE = "bad_code"
    BAD_TIME = "bad_time"
    BAD_AREA = "bad_area"
    BAD_REFERENCE = "bad_reference"
    BAD_VALUE = "bad_value"
    TIME_ORDER = "time_order"
    IN_FUTURE = "sent_in_future"
    EXPIRED = "expired"
    TOO_MANY = "too_many_messages"


SENTENCES: dict[Reason, str] = {
    Reason.TOO_LARGE: "Tệp lớn quá 1 MiB nên không đọc. Một bản tin CAP chỉ vài KB; xem lại tệp.",
    Reason.MALFORMED: "Không phải XML đúng cú pháp. Tải lại tệp từ nơi phát hành.",
    Reason.DTD: "Tệp có DTD hoặc thực thể (entity), có thể là tệp phá hoại. Không đọc.",
    Reason.TOO_DEEP: "Các phần tử lồng nhau quá sâu. Không đọc.",
    Reason.TOO_MANY_ELEMENTS: "Tệp có quá nhiều phần tử. Không đọc.",
    Reason.TOO_MANY_SHAPES: "Khu vực có quá nhiều hình, mã hoặc điểm. Chia bản tin ra.",
    Reason.INSTRUCTION: "Trong bản tin có lệnh xử lý XML, không được phép.",
    Reason.WRONG_NAMESPACE: "Không phải CAP 1.2: không gian tên phải là "
    "urn:oasis:names:tc:emergency:cap:1.2.",
    Reason.NOT_ALERT: "Phần tử gốc phải là alert.",
    Reason.UNSIGNED: "Bản tin không có chữ ký số, mà ở đây bắt buộc phải có.",
    Reason.SIGNATURE_PLACE: "Chữ ký số phải có đúng một và nằm ngay dưới alert.",
    Reason.SIGNATURE_PART: "Chữ ký số phải phủ toàn bộ bản tin; chữ ký này chỉ phủ một phần.",
    Reason.SIGNATURE_BAD: "Chữ ký số không khớp: bản tin đã bị sửa hoặc chứng thư hỏng, hết hạn.",
    Reason.NO_CERTIFICATE: "Chữ ký số không có chứng thư kèm theo nên không biết ai ký. Đề nghị "
    "nơi phát hành gửi kèm chứng thư X.509.",
    Reason.SIGNER_UNKNOWN: "Người ký không có trong các chứng thư được tin cậy.",
    Reason.SENDER_UNKNOWN: "Nơi gửi (sender) không có trong danh sách của nguồn này.",
    Reason.MISSING: "Thiếu phần tử bắt buộc.",
    Reason.MISSING_INFO: "Không có phần info: bản tin không nói điều gì.",
    Reason.MISSING_AREA: "Không ghi khu vực (area). Không có khu vực thì không hiểu là cả nước.",
    Reason.MISSING_EXPIRES: "Không ghi lúc hết hiệu lực (expires).",
    Reason.MISSING_REFERENCES: "Không ghi bản tin được nhắc tới (references).",
    Reason.UNEXPECTED: "Có phần tử lạ, thừa hoặc sai thứ tự so với CAP 1.2.",
    Reason.BAD_CODE: "Giá trị không có trong danh sách của CAP 1.2.",
    Reason.BAD_TIME: "Giờ phải ghi như 2026-11-25T07:00:00+07:00, có múi giờ bằng số.",
    Reason.BAD_AREA: "Tọa độ khu vực không hợp lệ: đa giác phải khép kín, ít nhất bốn điểm; "
    "vĩ độ -90 đến 90, kinh độ -180 đến 180; bán kính từ 0 đến 20.000 km.",
    Reason.BAD_REFERENCE: "references phải gồm các bộ “sender,identifier,sent”.",
    Reason.BAD_VALUE: "Nội dung phần tử không hợp lệ.",
    Reason.TIME_ORDER: "Thứ tự giờ sai: expires phải sau sent và sau effective.",
    Reason.IN_FUTURE: "Giờ gửi đi trước giờ của máy này quá 5 phút.",
    Reason.EXPIRED: "Bản tin đã hết hiệu lực.",
    Reason.TOO_MANY: "Nơi này đã gửi quá nhiều bản tin trong 24 giờ. Gửi lại sau.",
}


class CapRefused(Exception):
    """A message that is not taken. `where` names the element, as in `info[1].expires`."""

    def __init__(self, reason: Reason, where: str = "") -> None:
        super().__init__(f"{reason}: {where}" if where else str(reason))
        self.reason = reason
        self.where = where

    @property
    def sentence(self) -> str:
        """What happened, in Vietnamese."""
        said = SENTENCES[self.reason]
        return f"{said} ({self.where})" if self.where else said
