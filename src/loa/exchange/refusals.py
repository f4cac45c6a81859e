"""Why a message was not taken. The names travel back in acknowledgements."""

from enum import StrEnum


class Fault(StrEnum):
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNKNOWN_PROFILE = "unknown_profile"
    UNKNOWN_RECORD = "unknown_record"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_CODE = "unknown_code"
    BAD_FIELD = "bad_field"
    WRONG_WAY = "wrong_way"
    OTHER_RECEIVER = "other_receiver"
    CHANGED = "changed"
    UNKNOWN_AREA = "unknown_area"
    URGENT_NEEDS_ORDER = "urgent_needs_order"
    NOT_TAKEN_YET = "not_taken_yet"


class ExchangeRefused(Exception):
    """`fault` is the name for the other side; the text says where."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault.value}: {detail}" if detail else fault.value)
        self.fault = fault
