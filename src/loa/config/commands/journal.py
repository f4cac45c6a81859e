"""`loa journal verify`: does the journal still say what it said?"""

import argparse
from collections.abc import Sequence

import django


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa journal")
    parser.add_argument("do", choices=["verify"])
    parser.parse_args(argv)
    django.setup()
    from loa.journal import selectors
    from loa.schedule.plans import journal_marks

    found = selectors.verify(*journal_marks())
    if found is None:
        head = selectors.head()
        print(f"Nhật ký nguyên vẹn: {head.seq} dòng, mã băm cuối {head.hash}")
        return 0
    words = {"altered": "bị sửa", "removed": "bị xóa", "reordered": "bị đổi chỗ", "cut": "bị cắt"}
    print(f"Nhật ký không nguyên vẹn: dòng {found.seq} {words[found.what]}; {found.detail}")
    return 1
