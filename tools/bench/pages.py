"""Every page of the console with a whole country in the database, beside the same with one commune.

The database is the one that `LOA_DATABASE_URL` names, else SQLite in the scratch folder:

    python tools/with_postgres.py python -m tools.bench --only pages

`LOA_BENCH_PLAYS` makes a smaller country, and the lines say so.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from tools.bench.line import Line, line

if TYPE_CHECKING:
    from django.test import Client

RATIO_AT_MOST = 2.0
QUERIES_AT_MOST = 12
OUTLETS, COMMUNES = 155_000, 3_321
_TURNS, _WARM_UP, _IN_A_ROW = 5, 1, 3
COMMUNE, NEIGHBOUR = "08911", "vn/25/08914"


def pages(folder: Path) -> list[Line]:
    """Milliseconds of the server for each page, median; the baseline is the same page on a node
    with one of the country's communes, beside the demonstration's.

    Both nodes are asked in turns, page by page, so that a busy machine slows both.
    """
    size = int(os.environ.get("LOA_BENCH_PLAYS", "10000000"))
    outlets = OUTLETS if size >= 1_000_000 else max(COMMUNES, size // 60)
    share = (outlets // COMMUNES, size // COMMUNES, NEIGHBOUR)
    with ExitStack() as nodes:
        one = nodes.enter_context(_Node(folder, "commune", *share))
        country = nodes.enter_context(_Node(folder, "country", outlets, size, "vn"))
        # Who has one station is led on to it, who has many sees a list: not the same page.
        lonely = ", ".join(sorted(set(one.pages) ^ set(country.pages)))
        print(f"only on one of the two nodes, not measured: {lonely}", file=sys.stderr)
        names = [name for name in one.pages if name in set(country.pages)]
        found = {name: _in_turns(name, one, country) for name in names}
    database = "PostgreSQL" if _server() else "SQLite"
    note = f"{database}, {outlets} outlets, {size} plays; baseline: one commune of them"
    lines = [
        line(
            f"page_{name}",
            ours.ms,
            "ms",
            baseline=base.ms,
            budget=RATIO_AT_MOST,
            judged="ratio at most",
            note=note,
        )
        for name, (base, ours) in found.items()
    ]
    most = max(found, key=lambda name: found[name][1].queries)
    base, ours = found[most]
    lines.append(
        line(
            "pages_queries_most",
            ours.queries,
            "queries",
            baseline=base.queries,
            budget=QUERIES_AT_MOST,
            judged="value at most",
            note=f"{note}; of {len(found)} pages it is {most}",
        )
    )
    return lines


class _Asked(NamedTuple):
    """What one page took: milliseconds of the server, queries of the database."""

    ms: float
    queries: int


def _in_turns(name: str, one: _Node, country: _Node) -> tuple[_Asked, _Asked]:
    turns = [(one.ask(name), country.ask(name)) for _ in range(_TURNS)]
    return _middle([base for base, _ in turns]), _middle([ours for _, ours in turns])


def _middle(answers: list[_Asked]) -> _Asked:
    return _Asked(median(one.ms for one in answers), max(one.queries for one in answers))


def _server() -> str:
    url = os.environ.get("LOA_DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


class _Node:
    """A node in a process of its own, on a database of its own that is filled first. It says the
    names of its pages, then answers each name with what the page took."""

    def __init__(self, folder: Path, name: str, outlets: int, plays: int, within: str) -> None:
        data = folder / name
        data.mkdir()
        environment = {**os.environ, "LOA_DATA": str(data / "node"), "LOA_DEMO": "1"}
        if _server():
            environment["LOA_DATABASE_URL"] = _database(name)
        argv = [sys.executable, "-m", "tools.bench.pages", str(outlets), str(plays), within]
        self._child = subprocess.Popen(
            argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._questions = cast(IO[str], self._child.stdin)
        self._answers = cast(IO[str], self._child.stdout)
        self.pages: list[str] = self._answer()

    def __enter__(self) -> _Node:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.communicate(timeout=30)

    def ask(self, name: str) -> _Asked:
        print(name, file=self._questions, flush=True)
        return _Asked(*self._answer())

    def _answer(self) -> Any:
        text = self._answers.readline()
        if not text:
            raise RuntimeError(f"the node ended: {self._child.wait()}")
        return json.loads(text)


def _database(name: str) -> str:
    """A new, empty database on the server; its URL."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"bench_{name}")))
    return f"{_server().rpartition('/')[0]}/bench_{name}"


def _serve(outlets: int, plays: int, within: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    from loa.config import env
    from loa_lab.demo.command import Folders, prepare

    surroundings = env.read()
    out, sys.stdout = sys.stdout, sys.stderr  # what else is printed is no answer
    prepare(surroundings, Folders(surroundings.data.parent))
    from django.db import connection

    from loa.lib import clock
    from loa_lab.country.rows import Size, seed

    seed(Size(outlets, plays, within), clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    listed = _pages()
    listed += _others({(who, url) for _, who, url in listed})
    listed += _linked(listed)
    known = {name: (who, url) for name, who, url in listed}
    print(json.dumps(list(known)), file=out, flush=True)
    for text in sys.stdin:
        print(json.dumps(_ask(*known[text.strip()])), file=out, flush=True)


def _pages() -> list[tuple[str, str, str]]:
    """(name, who asks, address): the same on both nodes, as the same people see them."""
    from django.urls import reverse

    from loa.newsroom.models import Bulletin
    from loa.outlets.models import Outlet, Station

    station = Station.objects.get(place__code=COMMUNE)
    outlet = Outlet.objects.filter(station=station).order_by("code")[0]
    bulletin = Bulletin.objects.filter(place__code=COMMUNE).order_by("created_at")[0]
    with_station = {"programme", "timetable", "station"}
    plain = ("today", "write", "approval", "schedule", "channels", "ledger", "more", "hamlets")
    found = [(name, "lan", reverse(f"console:{name}")) for name in plain]
    found += [(n, "lan", reverse(f"console:{n}", args=[station.pk])) for n in sorted(with_station)]
    found += [
        ("outlet", "minh", reverse("console:outlet", args=[outlet.pk])),
        ("bulletin", "lan", reverse("console:bulletin", args=[bulletin.pk])),
        ("history", "lan", reverse("console:history", args=[bulletin.pk])),
        ("search", "lan", reverse("console:search") + "?q=thon+dong"),
        ("today_province", "quan", reverse("console:today")),
        ("channels_province", "quan", reverse("console:channels")),
        ("ledger_province", "son", reverse("console:ledger")),
        ("staff_province", "son", reverse("console:staff")),
        ("search_province", "quan", reverse("console:search") + "?q=tiem+chung"),
        ("today_nation", "nam", reverse("console:today")),
        ("channels_nation", "nam", reverse("console:channels")),
    ]
    for place, who in (("commune", "minh"), ("province", "quan"), ("nation", "nam")):
        outlets = reverse("console:outlets")
        found += [
            (f"outlets_{place}", who, outlets),
            (f"outlets_silent_{place}", who, outlets + "?tinh-trang=trouble"),
            (f"outlets_named_{place}", who, outlets + "?tim=cum+loa"),
            (f"tree_{place}", who, reverse("console:outlet_tree")),
            (f"map_{place}", who, reverse("console:outlet_map")),
        ]
    return found


def _others(known: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Every other page that needs no more than its address, for each who may open it: the
    commune's officer and the author of urgent orders, the province, the nation."""
    from django.urls import get_resolver, reverse

    from loa.console import urls

    logging.getLogger("django.request").setLevel(logging.ERROR)
    found = []
    for name in _plain_names(get_resolver(urls.__name__).url_patterns):
        url = reverse(f"console:{name}")
        for who in ("lan", "binh", "dung", "quan", "son", "nam", "mai"):
            if (who, url) in known:
                continue
            if _is_page(_client(who).get(url, HTTP_HOST="localhost")):
                found.append((f"{name}_{who}", who, url))
    return found


def _linked(known: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The pages of one thing (a person, a station's day, a directive), which need more than their
    address: the first of each kind that somebody reaches by links from the pages above."""
    from django.urls import Resolver404, resolve

    found = []
    for who in ("lan", "binh", "dung", "quan", "son", "nam", "mai"):
        todo = [url for _, one, url in known if one == who]
        seen = {resolve(url.partition("?")[0]).view_name for url in todo}
        while todo:
            answer: Any = _client(who).get(todo.pop(0), HTTP_HOST="localhost")
            for url in re.findall(r'<a [^>]*href="(/[^"?#]+)"', answer.content.decode()):
                try:
                    name = resolve(url).view_name
                except Resolver404:
                    continue
                if not name.startswith("console:") or name in seen:
                    continue
                seen.add(name)
                if _is_page(_client(who).get(url, HTTP_HOST="localhost")):
                    found.append((f"{name.partition(':')[2]}_{who}", who, url))
                    todo.append(url)
    return found


def _is_page(answer: Any) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return bool(answer.status_code == 200 and kind.startswith("text/html"))


def _plain_names(patterns: list[Any]) -> Iterator[str]:
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from _plain_names(one.url_patterns)
        elif one.name and not one.pattern.converters:
            yield one.name


@cache
def _client(username: str) -> Client:
    from django.test import Client

    from loa.people.models import Account

    client = Client()
    client.force_login(Account.objects.get(username=username))
    return client


def _ask(username: str, url: str) -> _Asked:
    """The median of a few in a row, after one that is not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(username)
    times_ms: list[float] = []
    for _ in range(_WARM_UP + _IN_A_ROW):
        began_s = time.perf_counter()
        answer: Any = client.get(url, follow=True, HTTP_HOST="localhost")
        times_ms.append((time.perf_counter() - began_s) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{url}: {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(url, HTTP_HOST="localhost")
    return _Asked(median(times_ms[_WARM_UP:]), len(asked))


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
