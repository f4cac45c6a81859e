"""`loa account`: the first administrator, who then makes all other accounts on the console."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence

import django

from loa.people.rules import NODE, RoleName


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa account")
    commands = parser.add_subparsers(dest="do", required=True)
    add = commands.add_parser("add", help="an account with one role at a place")
    add.add_argument("username")
    add.add_argument("--name", required=True, help="the person's full name")
    add.add_argument("--role", choices=[role.value for role in RoleName], required=True)
    add.add_argument("--place", required=True, help="a path such as vn/25 or vn/25/08911")
    add.add_argument("--email", default="")
    chosen = parser.parse_args(argv)
    django.setup()
    return _add(chosen)


def _add(chosen: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError

    from loa.people import services
    from loa.places.selectors import place_get

    place = place_get(chosen.place)
    if place is None:
        print(f"Không có nơi nào mang đường dẫn {chosen.place}.", file=sys.stderr)
        return 2
    password = os.environ.get("LOA_PASSWORD") or getpass.getpass("Mật khẩu: ")
    try:
        account = services.account_create(
            actor=NODE,
            place=place,
            username=chosen.username,
            full_name=chosen.name,
            email=chosen.email,
            password=password,
        )
    except (services.PeopleError, ValidationError) as refusal:
        messages = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        print(" ".join(messages), file=sys.stderr)
        return 1
    services.role_grant(actor=NODE, account=account, role=RoleName(chosen.role), place=place)
    print(f"Đã tạo tài khoản {account.username}, {place.name}.")
    return 0
