"""`loa manage`: Django's own commands."""

from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["loa manage", *argv])
    return 0
