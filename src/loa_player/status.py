"""What a technician reads on the pole."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from loa_player.gate_store import GateStore
from loa_player.health import software
from loa_player.store import Store
from loa_protocol import Kind, parse_payload
from loa_protocol.payloads import Assignment, Plan

_VIETNAM = timedelta(hours=7)


def status_text(store: Store, kept: GateStore) -> str:
    """A few lines in Vietnamese, from the store alone: the player may be running or not."""
    lines = [software()]
    found = kept.documents(Kind.ASSIGNMENT)
    if not found:
        lines.append("Chưa ghép với đài nào.")
        return "\n".join(lines)
    assignment = cast(Assignment, parse_payload(Kind.ASSIGNMENT, found[0].envelope.payload))
    lines.append(f"Cụm loa {assignment.outlet}, đài {assignment.station}, nơi {assignment.area}")
    lines.append(f"Máy chủ: {', '.join(assignment.urls.node)}")
    lines.append(_plan_line(kept))
    waiting, sealed = store.waiting()
    lines.append(f"Nhật ký chưa gửi: {waiting} dòng, {sealed} phiếu")
    playing = [p for p in store.plays().values() if p.status == "playing"]
    lines.append(f"Đang phát dở: {len(playing)}")
    anchor = store.anchor()
    if anchor is None:
        lines.append("Đồng hồ: chưa được máy chủ xác nhận")
    else:
        lines.append(f"Đồng hồ: sai số khi chỉnh lần cuối {anchor.error_s * 1000:.1f} ms")
    if rebuilt := store.rebuilt():
        lines.append(f"Kho dữ liệu đã hỏng và được dựng lại {rebuilt} lần")
    refusals = store.refusals()
    if refusals:
        lines.append("Đã từ chối: " + ", ".join(f"{n} {c}" for n, c in refusals.items()))
    return "\n".join(lines)


def _plan_line(kept: GateStore) -> str:
    for document in kept.documents(Kind.PLAN):
        plan = cast(Plan, parse_payload(Kind.PLAN, document.envelope.payload))
        until = (plan.expires + _VIETNAM).strftime("%H:%M %d/%m/%Y")
        return f"Lịch phát bản {plan.version}: {len(plan.items)} mục, dùng đến {until}"
    return "Chưa có lịch phát."
