"""`loa seed-country`: fill a demonstration node with a country of full size, to time its pages."""

import argparse
import sys
import time
from collections.abc import Sequence

import django


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="loa seed-country")
    parser.add_argument("--outlets", type=int, default=155_000)
    parser.add_argument("--plays", type=int, default=10_000_000)
    parser.add_argument("--within", default="vn", help="a place's path, vn/25; all by default")
    chosen = parser.parse_args(argv)
    django.setup()
    from django.conf import settings

    from loa.lib import clock
    from loa.outlets.models import Station
    from loa_lab.country.rows import Size, seed

    if not settings.ENV.demo:
        print("Chỉ nạp dữ liệu mô phỏng vào máy chủ trình diễn (LOA_DEMO=1).", file=sys.stderr)
        return 2
    if Station.objects.filter(simulated=True, wire_id__startswith="s-").count() > 1000:
        print("Máy chủ này đã có dữ liệu mô phỏng của cả nước.", file=sys.stderr)
        return 2
    began_s = time.monotonic()
    made = seed(Size(chosen.outlets, chosen.plays, chosen.within), clock.now())
    for name, count in made.items():
        print(f"{name:<12}{count:>12,}".replace(",", "."))
    print(f"{time.monotonic() - began_s:.0f} s")
    return 0
