"""One day of the nation summed up: 155,000 outlets with 6 plays each, on one node.

A province sums up its own share, about a thirty-fourth of this; the centre adds up what it is told.
`LOA_DATABASE_URL` chooses the database, else SQLite in the scratch folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tools.bench.line import Line, line

OUTLETS, PLAYS_EACH = 155_000, 6
DOUBTFUL_ONE_IN = 50
"""Of the plays that are kept so many cannot be true: they stand among the others and are counted
nowhere."""
BUDGET_S = 60.0


def rollup(folder: Path) -> list[Line]:
    """Seconds for a day's plays, the wall and the indicators from nothing, and again after one more
    receipt. The baseline is one bare GROUP BY of the same plays."""
    data = folder / "nation"
    data.mkdir()
    environment = {**os.environ, "LOA_DATA": str(data / "node"), "LOA_DEMO": "1"}
    argv = [sys.executable, "-m", "tools.bench.rollup"]
    done = subprocess.run(argv, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    note = (
        f"{told['database']}, {OUTLETS} outlets x {PLAYS_EACH} plays, {told['doubtful']} of them"
        f" doubtful and not counted, {told['lines']} lines told"
    )
    return [
        line(
            "rollup_nation_day",
            told["whole_s"],
            "s",
            baseline=told["bare_s"],
            budget=BUDGET_S,
            judged="value at most",
            note=f"{note}; baseline: one bare GROUP BY of the plausible plays",
        ),
        line(
            "rollup_after_one_receipt",
            told["again_s"],
            "s",
            baseline=told["whole_s"],
            note="the bulletin that the receipt is about is summed anew, nothing else",
        ),
    ]


def _measure() -> dict[str, object]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    from loa.config import env
    from loa_lab.demo.command import Folders, prepare

    surroundings = env.read()
    prepare(surroundings, Folders(surroundings.data.parent))
    from django.db import connection

    from loa.delivery import summing
    from loa.insight import services as insight
    from loa.lib import clock
    from loa.outlets import wall
    from loa_lab.country.rows import Size, seed

    now = clock.now()
    seed(Size(OUTLETS, OUTLETS * PLAYS_EACH), now)
    doubtful = _made_national()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    began_s = time.perf_counter()
    lines = summing.sums(of_offices_above="vn", since=None)
    wall.count(now)
    insight.count(inside="vn", now=now)
    whole_s = time.perf_counter() - began_s
    counted = sum(told.rows for told in lines)
    if counted != _plausible():
        raise RuntimeError(f"{counted} plays were summed up, {_plausible()} are plausible")

    began_s = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bulletin_id, station_id, count(*), sum(played_ms) FROM delivery_play"
            " WHERE doubt = '' GROUP BY bulletin_id, station_id"
        )
        cursor.fetchall()
    bare_s = time.perf_counter() - began_s

    _one_receipt()
    began_s = time.perf_counter()
    summing.sums(of_offices_above="vn", since=now - timedelta(minutes=5))
    wall.count(clock.now())
    insight.count(inside="vn", now=clock.now())
    again_s = time.perf_counter() - began_s
    return {
        "whole_s": whole_s,
        "bare_s": bare_s,
        "again_s": again_s,
        "lines": len(lines),
        "doubtful": doubtful,
        "database": connection.vendor,
    }


def _made_national() -> int:
    """The plays are real ones, of six bulletins of the centre; returns how many are doubtful."""
    from loa.delivery.models import Play
    from loa.delivery.rules import Doubt
    from loa.lib.batches import batched
    from loa.newsroom.models import Bulletin
    from loa.outlets.models import Outlet
    from loa.places.models import Place
    from loa_lab.country.rows import BULLETIN, BULLETINS

    Bulletin.objects.filter(pk__in=[BULLETIN[n] for n in range(PLAYS_EACH)]).update(
        place=Place.objects.get(path="vn")
    )
    for story in range(PLAYS_EACH):
        for numbers in batched(range(4_000)):
            of = [BULLETIN[number * BULLETINS + story] for number in numbers]
            Play.objects.filter(bulletin__in=of).update(bulletin=BULLETIN[story], simulated=False)
    doubted = Outlet.objects.order_by("pk").values_list("pk", flat=True)[::DOUBTFUL_ONE_IN]
    return sum(
        Play.objects.filter(outlet__in=some).update(doubt=Doubt.OFF_SLOT)
        for some in batched(doubted)
    )


def _plausible() -> int:
    """How many plays of the centre's bulletins are to be summed up."""
    from loa.delivery.models import Play
    from loa_lab.country.rows import BULLETIN

    of = [BULLETIN[n] for n in range(PLAYS_EACH)]
    return int(Play.kept.filter(bulletin__in=of, doubt="").count())


def _one_receipt() -> None:
    from loa.delivery.models import Play, Receipt
    from loa.lib import clock
    from loa_lab.country.rows import BULLETIN

    play = Play.objects.filter(bulletin=BULLETIN[0]).select_related("outlet")[0]
    receipt = Receipt.objects.create(
        sha256="0" * 64, outlet=play.outlet, kid="k", envelope=b"{}", received_at=clock.now()
    )
    Play.objects.filter(pk=play.pk).update(receipt=receipt)


if __name__ == "__main__":
    print(json.dumps(_measure()))
