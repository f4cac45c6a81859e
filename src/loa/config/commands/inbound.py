"""`loa inbound KIND`: keep what an outside system sends, read from standard input.

For systems that call a program, such as a mail server with a returned letter. It is stored as it
came and understood by the worker. Exit code 75 asks the caller to try again later (EX_TEMPFAIL).
"""

import argparse
import sys
from collections.abc import Sequence

import django

TRY_LATER = 75


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa inbound")
    parser.add_argument("kind", help="the channel, such as email")
    chosen = parser.parse_args(argv)
    django.setup()
    from django.db import DatabaseError

    from loa.channels import inbound
    from loa.channels.registry import channel_of

    if channel_of(chosen.kind) is None:
        print(f"Máy chủ này chưa cài kênh {chosen.kind}.", file=sys.stderr)
        return 2
    body = sys.stdin.buffer.read(inbound.BODY_MAX + 1)
    try:
        inbound.store(kind=chosen.kind, body=body)
    except inbound.InboundRefused as refused:
        print(refused, file=sys.stderr)
        return 1 if len(body) > inbound.BODY_MAX else TRY_LATER
    except DatabaseError as error:
        print(f"Chưa ghi được: {error}", file=sys.stderr)
        return TRY_LATER
    return 0
