"""`loa node`: who this installation is, and the papers that give it its right."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import django

_PAPERS = {"policy": "quy định giờ phát", "trust": "danh sách khóa bị thu hồi"}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa node")
    commands = parser.add_subparsers(dest="do", required=True)
    init = commands.add_parser("init", help="make this node's key; prints what root must delegate")
    kind = init.add_mutually_exclusive_group(required=True)
    kind.add_argument("--province", metavar="CODE", help="a province's node, by its 2-digit code")
    kind.add_argument("--centre", action="store_true", help="the ministry's node")
    accept = commands.add_parser("accept", help="take root, delegation, policy and trust files")
    accept.add_argument("files", nargs="+", type=Path)
    commands.add_parser("show", help="who this node is, and until when its papers hold")
    chosen = parser.parse_args(argv)
    django.setup()
    return {"init": _init, "accept": _accept, "show": _show}[chosen.do](chosen)


def _init(chosen: argparse.Namespace) -> int:
    from django.conf import settings

    from loa.people.authority import node_init
    from loa.places.selectors import place_get

    path = "vn" if chosen.centre else f"vn/{chosen.province}"
    place = place_get(path)
    if place is None:
        print(
            f"Không có tỉnh nào mang mã {chosen.province}. Nạp danh mục trước: loa places load",
            file=sys.stderr,
        )
        return 2
    name = "n-vn" if chosen.centre else f"n-{chosen.province}"
    parent = None if chosen.centre else "n-vn"
    key = node_init(folder=settings.ENV.keys, node_id=name, path=path, parent=parent)
    subject = {"type": "node", "id": name, "alg": key.public.alg, "key": key.public.text}
    print(json.dumps({"subject": subject, "path": path}))
    print(
        f"Khóa của máy chủ {place.name} đã có trong {settings.ENV.keys}. Đưa dòng trên cho người"
        " giữ gốc: loa keys delegate",
        file=sys.stderr,
    )
    return 0


def _accept(chosen: argparse.Namespace) -> int:
    from loa.people import authority
    from loa.people.acceptance import accept
    from loa_protocol.envelope import Envelope
    from loa_protocol.refusals import Refused

    for file in chosen.files:
        try:
            envelope = Envelope.parse(file.read_bytes())
            accept(envelope)
        except (Refused, OSError) as error:
            print(f"{file}: không nhận ({error})", file=sys.stderr)
            return 1
        authority.document_store(actor="cli:node", envelope=envelope)
        print(f"{file}: {envelope.kind.value} {envelope.id}")
    return 0


def _show(chosen: argparse.Namespace) -> int:
    from loa.lib import clock
    from loa.people.authority import NoAuthority, delegation_of, node_identity
    from loa.people.keys import endings

    try:
        node = node_identity()
    except NoAuthority as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{node.id} tại {node.path}, khóa {node.key.public.kid}")
    if node.demo:
        print("Gốc tin cậy là gốc TRÌNH DIỄN: không dùng cho việc thật.")
    for envelope in node.chain[1:]:
        delegation = delegation_of(envelope)
        print(f"Ủy quyền tại {delegation.path} đến {delegation.to:%d/%m/%Y}")
    for ending in endings(clock.now()):
        when = f"còn {ending.days} ngày" if ending.alarm else "ĐÃ HẾT HẠN"
        what = "diễn tập" if ending.drill else ending.kind
        paper = _PAPERS.get(ending.kind, f"giấy ủy quyền {what} của {ending.who}")
        print(f"Cảnh báo: {paper} tại {ending.path} {when}.")
    _show_alarms()
    return 0


def _show_alarms() -> None:
    """What an administrator must look at: the broker, and rows that were set aside."""
    from loa.lib import clock
    from loa.outlets import broker_state
    from loa.quarantine import selectors

    alarm = broker_state.alarm()
    if alarm.filling_pct:
        print(f"Cảnh báo: kho của bộ chuyển tin đã dùng {alarm.filling_pct} %.")
    if alarm.renewed_at:
        when = clock.local(alarm.renewed_at)
        print(f"Cảnh báo: kho của bộ chuyển tin từng đầy, làm mới lúc {when:%H:%M %d/%m/%Y}.")
    if alarm.loud:
        print(f"Cảnh báo: thiết bị gửi quá hạn mức: {', '.join(alarm.loud)}.")
    for one in selectors.all_rows(20):
        since = clock.local(one.since)
        print(f"Đang gác lại: {one.queue} {one.name or one.row}, {one.error}, {since:%d/%m/%Y}.")
