"""`loa link`: the links of this node, all of it from the shell."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

import django


def main(argv: Sequence[str]) -> int:
    chosen = _parser().parse_args(argv)
    django.setup()
    from loa.federation.refusals import LinkRefused, sentence_of
    from loa.people.authority import NoAuthority

    do: Callable[[argparse.Namespace], int] = globals()[f"_{chosen.do}"]
    try:
        return do(chosen)
    except NoAuthority as missing:
        print(missing, file=sys.stderr)
    except LinkRefused as refused:
        name = refused.reason.value
        more = f" ({refused.detail})" if refused.detail else ""
        print(f"{sentence_of(name)} [{name}]{more}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loa link")
    commands = parser.add_subparsers(dest="do", required=True)
    admit = commands.add_parser("admit", help="at the centre: a code that lets one province in")
    admit.add_argument("--province", required=True, metavar="CODE")
    admit.add_argument("--hours", type=int, default=72, help="how long the code may be used")
    join = commands.add_parser("join", help="in a province: link to the centre by its code")
    join.add_argument("url", help="the centre's address for nodes, such as https://...")
    join.add_argument("code")
    join.add_argument("--parent", default="n-vn", metavar="NODE", help="the centre's id")
    show = commands.add_parser("show", help="every link: state, lag, last error")
    show.add_argument("--metrics", action="store_true", help="as Prometheus text")
    unlink = commands.add_parser("unlink", help="end a link; nothing is lost")
    unlink.add_argument("peer", help="a node's id or a province's code")
    resume = commands.add_parser("resume", help="go on at once after an upgrade or a restore")
    resume.set_defaults(do="resume")
    return parser


def _admit(chosen: argparse.Namespace) -> int:
    from loa.federation import admission
    from loa.people.authority import node_identity
    from loa.people.rules import NODE

    node = node_identity()
    if node.path != "vn":
        print("Chỉ máy chủ trung tâm cấp mã liên thông.", file=sys.stderr)
        return 2
    path = f"vn/{chosen.province}"
    code = admission.code_make(actor=NODE, path=path, life=timedelta(hours=chosen.hours))
    print(code)
    print(
        f"Mã dùng một lần cho tỉnh {chosen.province}, trong {chosen.hours} giờ. Đọc cho tỉnh qua"
        " kênh đã quen; tại tỉnh chạy: loa link join <địa chỉ trung tâm> <mã>",
        file=sys.stderr,
    )
    return 0


def _join(chosen: argparse.Namespace) -> int:
    from loa.federation.line import join
    from loa.people.authority import node_identity
    from loa.people.rules import NODE

    link = join(
        actor=NODE,
        node=node_identity(),
        url=chosen.url,
        code=chosen.code,
        parent=chosen.parent,
    )
    print(f"Đã liên thông với {link.peer} ({link.url}), khóa {link.kid}.")
    return 0


def _show(chosen: argparse.Namespace) -> int:
    from loa.federation import metrics, selectors
    from loa.federation.refusals import sentence_of
    from loa.lib import clock

    standings = selectors.standings()
    if chosen.metrics:
        print(metrics.text(standings, clock.now()), end="")
        return 0
    if not standings:
        print("Chưa liên thông với máy chủ nào.")
    for one in standings:
        link = one.link
        side = "bên dưới" if link.below else "bên trên"
        print(f"{link.peer} ({side}, {link.path}): {link.get_state_display()}")
        print(f"  phần mềm {link.software or '?'}, lần cuối nghe thấy: {_when(link.seen_at)}")
        print(f"  còn phải nhận {one.behind_in}, còn phải gửi {one.behind_out}")
        print(
            f"  chờ {one.waiting}, chưa hiểu {one.unknown}, không nhận {one.refused},"
            f" đã bỏ bớt {one.dropped}, tệp đang tải {one.files}"
        )
        if link.error:
            print(f"  lỗi: {sentence_of(link.error)} [{link.error}] {link.error_detail}")
        for row in selectors.troubled(link, 10):
            print(
                f"  - số {row.seq} {row.kind}: {row.get_state_display()} {row.reason} {row.detail}"
            )
    return 0


def _when(moment: object) -> str:
    from datetime import datetime

    from loa.lib import clock

    return f"{clock.local(moment):%d/%m/%Y %H:%M:%S}" if isinstance(moment, datetime) else "chưa"


def _unlink(chosen: argparse.Namespace) -> int:
    from loa.federation import admission, selectors
    from loa.people.authority import node_identity
    from loa.people.rules import NODE

    link = selectors.link_named(chosen.peer)
    if link is None:
        print(f"Không có liên thông nào với {chosen.peer}.", file=sys.stderr)
        return 2
    admission.unlink(actor=NODE, link=link, node=node_identity())
    print(
        f"Đã ngắt {link.peer}. Không mất gì; liên thông lại bằng mã mới thì chạy tiếp từ chỗ dừng."
    )
    return 0


def _resume(chosen: argparse.Namespace) -> int:
    from loa.federation.applying import retry_unknown
    from loa.federation.outgoing import epochs_allow

    epochs_allow()
    print(f"Xem lại {retry_unknown()} mục chưa hiểu.")
    return 0
