"""`loa places reorganise`: merge, split and rename units from a file, seen before it is done."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loa.places.models import Reorganisation
    from loa.places.reform.operations import Row
    from loa.places.reform.planning import Plan

ACTOR = "cli:places"
SHOWN = 40


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The sub-commands of `loa places reorganise`."""
    reorganise = commands.add_parser("reorganise", help="merge, split and rename units")
    steps = reorganise.add_subparsers(dest="step", required=True)
    draft = steps.add_parser("draft", help="check a file, keep it as a draft, show the preview")
    draft.add_argument("file", type=Path, nargs="?", help="CSV: former, successor, share, name ...")
    draft.add_argument("--july-2025", action="store_true", help="the reform of 1 July 2025 instead")
    draft.add_argument("--day", type=date.fromisoformat, help="from which day, YYYY-MM-DD")
    draft.add_argument("--document", required=True, help="number and symbol of the official paper")
    steps.add_parser("list", help="every reorganisation")
    for name, words in (
        ("show", "the preview: what it moves, what is undecided"),
        ("confirm", "close it for good"),
        ("drop", "throw a draft away"),
    ):
        steps.add_parser(name, help=words).add_argument("id")
    decide = steps.add_parser("decide", help="say where things of a split unit go")
    decide.add_argument("id")
    decide.add_argument("choices", nargs="*", metavar="NUMBER=CODE", help="numbers as shown")
    decide.add_argument("--rest-to-main", action="store_true", help="the rest: where the main went")
    apply = steps.add_parser("apply", help="carry it out as shown")
    apply.add_argument("id")
    apply.add_argument("--seen", help="the mark of the preview that was seen")
    undo = steps.add_parser("undo", help="give back what was, until it is confirmed")
    undo.add_argument("id")
    undo.add_argument(
        "--rest", nargs="*", default=[], metavar="NEW=FORMER", help="who takes what is new since"
    )


def run(chosen: argparse.Namespace) -> int:
    """Do the step; 0, or 1 with a sentence why not."""
    from loa.places.reform.operations import ReformRefused

    steps: dict[str, Callable[[argparse.Namespace], int]] = {
        "draft": _draft,
        "list": _list,
        "show": lambda one: _show(_found(one.id)),
        "decide": _decide,
        "apply": _apply,
        "confirm": _confirm,
        "drop": _drop,
        "undo": _undo,
    }
    try:
        return steps[chosen.step](chosen)
    except (ReformRefused, OSError, UnicodeDecodeError) as refusal:
        print(f"Chưa làm gì: {refusal}", file=sys.stderr)
        return 1


def _found(text: str) -> "Reorganisation":
    from loa.places.reform.operations import ReformRefused
    from loa.places.reform.selectors import reform_found

    found = reform_found(text)
    if found is None:
        raise ReformRefused("unknown", "Không có bản sắp xếp nào mang mã %(id)s.", id=text)
    return found


def _draft(chosen: argparse.Namespace) -> int:
    from loa.places import gazetteer
    from loa.places.reform import operations, selectors, services

    if chosen.july_2025:
        rows, day = selectors.july_2025_rows(held_only=True), gazetteer.REFORM_DAY
    elif chosen.file is None or chosen.day is None:
        raise operations.ReformRefused("bad_file", "Cần tệp CSV và --day, hoặc --july-2025.")
    else:
        rows, day = _read(chosen.file), chosen.day
    made = services.reform_draft(actor=ACTOR, day=day, document=chosen.document, rows=rows)
    return _show(made)


def _read(file: Path) -> "list[Row]":
    from loa.places.reform import operations

    if file.stat().st_size > operations.BYTES_MAX:
        raise operations.ReformRefused("too_large", "Tệp lớn hơn 4 MB.")
    return operations.read_rows(file.read_text(encoding="utf-8-sig"))


def _list(_: argparse.Namespace) -> int:
    from loa.places.reform.selectors import reforms

    for one in reforms():
        print(f"{one.pk}  {one.day:%d/%m/%Y}  {one.get_state_display():32}  {one.document}")
    return 0


def _show(reform: "Reorganisation") -> int:
    from loa.places.models import ReformState
    from loa.places.reform import planning

    print(f"{reform.document}, từ {reform.day:%d/%m/%Y}: {reform.get_state_display()}")
    print(f"Mã: {reform.pk}")
    if reform.state != ReformState.DRAFT:
        return 0
    plan = planning.plan(reform)
    _print_units(plan)
    _print_counts(plan)
    _print_undecided(plan)
    for blocker in plan.blockers:
        print(f"Chưa áp dụng được: {blocker}")
    print(f"Dấu của bản xem trước: {plan.digest[:16]}")
    return 0


def _print_units(plan: "Plan") -> None:
    from loa.places.reform.selectors import carried, unit_lines

    words = {"merge": "nhập", "split": "chia", "rename": "đổi tên", "replace": "đổi mã"}
    lines = unit_lines(plan)
    for line in lines[:SHOWN]:
        formers = ", ".join(f"{place.name} ({place.code}, {how})" for place, how in line.formers)
        one = line.successor
        print(f"  {words[line.what]:8} {one.name} ({one.code}) {one.path} <- {formers}")
    if len(lines) > SHOWN:
        print(f"  ... và {len(lines) - SHOWN} đơn vị nữa")
    if carried(plan):
        print(f"  {carried(plan)} xã đi theo tỉnh, giữ mã")


def _print_counts(plan: "Plan") -> None:
    from loa.places.reform.selectors import label_of

    for what, count in plan.counts.items():
        if count:
            print(f"  {count:7} {label_of(what)}")
    for notice in plan.notices:
        print(f"Lưu ý: {notice}")


def _print_undecided(plan: "Plan") -> None:
    from loa.places.reform.selectors import label_of

    told = sum(item.by == "coordinates" for item in plan.items)
    if told:
        print(f"{told} mục của đơn vị bị chia đã rõ theo tọa độ.")
    undecided = plan.undecided
    if undecided:
        print(f"{len(undecided)} mục cần người quyết:")
    for number, item in enumerate(plan.items, start=1):
        if item.code is None:
            ends = "/".join(one.code for one in plan.change.split[item.former.pk])
            where = f"{item.former.name} ({item.former.code})"
            print(f"  {number:5}  {label_of(item.what)}: {item.name}, {where} -> {ends}")


def _decide(chosen: argparse.Namespace) -> int:
    from loa.places.reform import operations, planning, services

    reform = _found(chosen.id)
    plan = planning.plan(reform)
    said = {}
    for text in chosen.choices:
        number, _, code = text.partition("=")
        if not number.isdecimal() or not 0 < int(number) <= len(plan.items):
            raise operations.ReformRefused("unknown_thing", "Không có mục số %(text)s.", text=text)
        item = plan.items[int(number) - 1]
        said[item.what, item.row] = code
    if chosen.rest_to_main:
        said = {**services.rest_to_main(plan), **said}
    count = services.reform_decide(actor=ACTOR, reorganisation=reform, decisions=said)
    print(f"Đã ghi {count} quyết định.")
    return _show(reform)


def _apply(chosen: argparse.Namespace) -> int:
    from loa.places.reform import planning, services

    reform = _found(chosen.id)
    plan = planning.plan(reform)
    if chosen.seen is None or not plan.digest.startswith(chosen.seen) or len(chosen.seen) < 8:
        _show(reform)
        print(
            "Chưa áp dụng. Xem kỹ, rồi chạy lại với --seen và dấu của bản xem trước.",
            file=sys.stderr,
        )
        return 1
    done = services.reform_apply(actor=ACTOR, reorganisation=reform, digest=plan.digest)
    print(f"Đã áp dụng: {sum(done.counts.values())} dòng. Hoàn tác được cho đến khi chốt.")
    return 0


def _confirm(chosen: argparse.Namespace) -> int:
    from loa.places.reform import services

    services.reform_confirm(actor=ACTOR, reorganisation=_found(chosen.id))
    print("Đã chốt. Từ nay không hoàn tác được nữa.")
    return 0


def _drop(chosen: argparse.Namespace) -> int:
    from loa.places.reform import services

    services.reform_drop(actor=ACTOR, reorganisation=_found(chosen.id))
    print("Đã bỏ bản dự kiến.")
    return 0


def _undo(chosen: argparse.Namespace) -> int:
    from loa.places.reform import services

    rest = dict(text.partition("=")[::2] for text in chosen.rest)
    services.reform_undo(actor=ACTOR, reorganisation=_found(chosen.id), rest=rest)
    print("Đã hoàn tác: mọi thứ trở lại như trước.")
    return 0
