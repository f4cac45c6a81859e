"""`loa secrets rotate`: seal the channels' passwords with a new key."""

import argparse
import sys
from collections.abc import Sequence

import django


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa secrets")
    parser.add_argument("do", choices=["rotate"])
    parser.parse_args(argv)
    django.setup()
    from loa.channels import sealing

    try:
        sealed = sealing.rotate()
    except sealing.KeyMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(
        f"Đã niêm phong lại mật khẩu của {sealed} tài khoản bằng khóa mới: {sealing.key_file()}\n"
        "Sao lưu tệp khóa này cùng với các khóa khác của máy chủ."
    )
    return 0
