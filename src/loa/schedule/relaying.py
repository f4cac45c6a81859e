"""What a relay of another station's programme may be."""

from typing import Any

from pydantic import ValidationError

from loa.schedule.models import SlotKind
from loa.schedule.rules import ScheduleRefused
from loa_protocol.payloads import Relay

TITLE_MAX = 200


def relay_content(
    *,
    title: str,
    url: str = "",
    line_input: str = "",
    fallback: dict[str, Any],
    silence_s: int = 20,
) -> dict[str, Any]:
    """The fields of a relay slot. Raises ScheduleRefused for a source that cannot be one: what the
    signed plan does not take is refused here, by the plan's own model.

    `fallback` is the content of an approved bulletin's slot: its sound is played while the source
    fails, so the relay holds only while that bulletin does.
    """
    if bool(url) == bool(line_input):
        raise ScheduleRefused("Tiếp âm cần đúng một nguồn: địa chỉ hoặc ngõ vào.")
    if url and not url.startswith(("https://", "http://")):
        raise ScheduleRefused("Địa chỉ tiếp âm phải bắt đầu bằng https:// hoặc http://.")
    if not title or len(title) > TITLE_MAX:
        raise ScheduleRefused("Tên chương trình dài nhất %(most)s chữ.", most=TITLE_MAX)
    try:
        Relay(
            url=url or None,
            input=line_input or None,
            fallback=fallback["opus_id"],
            silence_s=silence_s,
        )
    except ValidationError as error:
        raise _refused(str(error.errors()[0]["loc"][0])) from error
    return {
        "kind": SlotKind.RELAY,
        "title": title,
        "relay_url": url,
        "line_input": line_input,
        "opus_id": fallback["opus_id"],
        "fallback_id": fallback["bulletin_id"],
        "valid_from": fallback["valid_from"],
        "valid_until": fallback["valid_until"],
        "silence_s": silence_s,
    }


def _refused(field: str) -> ScheduleRefused:
    """What is wrong with a field of the relay."""
    if field == "url":
        return ScheduleRefused(
            "Địa chỉ tiếp âm có chữ có dấu, khoảng trắng hoặc ký tự lạ. Chép nguyên địa chỉ từ nơi"
            " phát."
        )
    if field == "input":
        return ScheduleRefused(
            "Tên ngõ vào chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối, ví dụ: mic-1. Xem"
            " tên đúng trong phần cài đặt của thiết bị."
        )
    if field == "silence_s":
        return ScheduleRefused("Số giây im lặng phải từ 1 đến 600.")
    return ScheduleRefused("Bài dự phòng phải là tin đã duyệt và có âm thanh.")
