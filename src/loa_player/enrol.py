"""Becoming an outlet: the one time that the device believes a file instead of a signature."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from loa_player.clock import TrustedClock
from loa_player.gate import Gate
from loa_player.identity import Claim, SetupError
from loa_player.link.api import DeviceApi, NodeError
from loa_player.link.http import LinkError
from loa_player.store import Store
from loa_player.timekeeping import ask_time
from loa_protocol import Channel, Envelope, Reason, Receiver, Refused, parse_payload
from loa_protocol.device_api import Enrolled, EnrolWait, short_key
from loa_protocol.payloads import Assignment

log = logging.getLogger(__name__)

_SERVER_FAULT = 500


class NotReachable(SetupError):
    """Nobody is there to enrol with, for now: asking again later may help."""


def enrol(
    claim: Claim,
    *,
    api: DeviceApi,
    gate: Gate,
    store: Store,
    clock: TrustedClock,
    wait: Callable[[float], bool],
    demo: bool = False,
) -> None:
    """Enrol, waiting while nobody has bound the device. `wait(seconds)` says whether to give up.

    The root is checked against the hash in the claim file before anything else is read; the time is
    asked before any dates are judged. Asking again with the same key is harmless, so a cut leaves
    nothing half done. `demo` says that the clock may be shifted, which only a demo root allows.
    Raises NotReachable, SetupError with a text for a person.
    """
    try:
        answer = api.enrol(claim.claim, claim.area)
        while isinstance(answer, EnrolWait):
            log.info(
                "Thiết bị chưa được ghép. Số máy %s, mã khóa %s; hỏi lại sau %d giây",
                *(api.serial, short_key(api.key), answer.retry_s),
            )
            if wait(answer.retry_s):
                raise SetupError("Đã dừng trong khi chờ ghép thiết bị.")
            answer = api.enrol(claim.claim, claim.area)
        _believe(claim, answer, api, gate, clock, demo=demo)
    except LinkError as error:
        raise NotReachable(
            f"Chưa liên lạc được với máy chủ ({error}). Hãy kiểm tra mạng rồi thử lại."
        ) from error
    except NodeError as error:
        if error.status >= _SERVER_FAULT:
            raise NotReachable(_node_said(error)) from error
        raise SetupError(_node_said(error)) from error
    except Refused as error:
        raise SetupError(_refused(error)) from error
    store.set_fact("outlet", answer.outlet)
    store.set_fact("enrolled_ms", round(clock.now().timestamp() * 1000))
    if answer.mqtt is not None:
        store.set_fact("mqtt", answer.mqtt.model_dump(mode="json"))


def _believe(
    claim: Claim,
    answer: Enrolled,
    api: DeviceApi,
    gate: Gate,
    clock: TrustedClock,
    *,
    demo: bool,
) -> None:
    root = Envelope.from_value(answer.root)
    assignment = Envelope.from_value(answer.assignment)
    stated = cast(Assignment, parse_payload(assignment.kind, assignment.payload))
    gate.begin(root, claim.root_sha256, Receiver(outlet=answer.outlet, node=stated.node))
    if demo and not gate.trust.demo:
        raise SetupError("Hệ thống này là thật: không được dùng --clock-demo.")
    ask_time(api, gate, clock)
    _take_each(gate, answer.chain, Channel.TRUST)
    gate.take(assignment, Channel.TRUST)
    _take_each(gate, answer.trust, Channel.TRUST)
    _take_each(gate, answer.policy, Channel.POLICY)


def _take_each(gate: Gate, values: Sequence[dict[str, Any]], channel: Channel) -> None:
    """Each by itself: an old officer's expired paper must not keep the device from its work."""
    for value in values:
        try:
            gate.take(Envelope.from_value(value), channel)
        except Refused as refused:
            log.info("Không nhận: %s", refused)


def _node_said(error: NodeError) -> str:
    if error.status in (403, 404, 409, 410, 423):
        return (
            f"Máy chủ không nhận mã ghép ({error.name}): mã sai, đã dùng hoặc hết hạn. "
            "Hãy lấy mã mới ở trang Kênh."
        )
    return f"Máy chủ báo lỗi {error.status} ({error.name}). Hãy thử lại sau."


def _refused(error: Refused) -> str:
    if error.reason is Reason.ROOT_MISMATCH:
        return (
            "Máy chủ này không thuộc hệ thống ghi trong tệp ghép nối (khóa gốc khác). "
            "Không được dùng máy chủ này; hãy báo người quản trị."
        )
    return f"Giấy tờ của máy chủ không hợp lệ ({error.reason}). Hãy báo người quản trị."
