"""Several workers, and workers that are killed: nothing twice, nothing lost, no limit passed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from loa.channels import beginning
from loa.channels.models import Dispatch, LimitCount
from loa.lib import clock
from loa.newsroom.models import Bulletin
from tests.channels.things import account, outlet
from tests.channels.worker_process import PEER, Once, Peer
from tests.country import build
from tests.factories import bulletins

OUTLETS = 9


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    home = "tests.channels.worker_process"
    monkeypatch.setattr(settings, "LOA_CHANNELS", [f"{home}.Peer", f"{home}.Once"])


def begin(kind: str, **more: object) -> None:
    """Waiting dispatches of one bulletin to several outlets, committed."""
    country = build()
    held = account(country, kind, **more)
    for number in range(OUTLETS):
        outlet(held, name=f"Nhóm {number}")
    bulletin = bulletins.approved(country.one)
    beginning.begin_bulletin(
        Bulletin.objects.select_related("place", "approved_version").get(pk=bulletin.pk),
        clock.now(),
    )
    assert Dispatch.objects.count() == OUTLETS


def worker(folder: Path, *kill: str) -> "subprocess.Popen[bytes]":
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}"
        f":{database['PORT']}/{database['NAME']}"
    )
    environment = {
        **os.environ,
        "LOA_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join(["src", "."]),
    }
    command = [sys.executable, "-m", "tests.channels.worker_process", str(folder), *kill]
    return subprocess.Popen(command, env=environment)


def taken(folder: Path) -> Counter[str]:
    log = folder / PEER
    return Counter(log.read_text().split()) if log.exists() else Counter()


@pytest.mark.parametrize("kill", ["before", "after"])
def test_killed_in_the_middle_of_a_send(transactional_db: None, tmp_path: Path, kill: str) -> None:
    """By a system that takes a key once, everything arrives."""
    begin("peer")
    assert worker(tmp_path, kill).wait(60) == -signal.SIGKILL
    assert Dispatch.objects.filter(state="sending").count() == Peer.batch_max
    assert worker(tmp_path).wait(60) == 0
    keys = {str(key) for key in Dispatch.objects.values_list("key", flat=True)}
    assert set(taken(tmp_path)) == keys
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"carried"}


def test_killed_where_twice_is_twice(transactional_db: None, tmp_path: Path) -> None:
    """What may have arrived is not sent again: it is unknown, and everything else arrives."""
    begin("once")
    assert worker(tmp_path, "after").wait(60) == -signal.SIGKILL
    assert worker(tmp_path).wait(60) == 0
    assert max(taken(tmp_path).values()) == 1
    states = Counter(Dispatch.objects.values_list("state", flat=True))
    assert states == {"unknown": Once.batch_max, "carried": OUTLETS - Once.batch_max}


def test_two_workers_send_nothing_twice_and_stay_within_the_limit(
    transactional_db: None, tmp_path: Path
) -> None:
    begin("peer", limits={"per_day": 7})
    for process in [worker(tmp_path) for _ in range(2)]:
        assert process.wait(60) == 0
    assert max(taken(tmp_path).values()) == 1
    assert sum(taken(tmp_path).values()) == 7 == LimitCount.objects.get(span="day").used
    assert Counter(Dispatch.objects.values_list("state", "code")) == {
        ("carried", ""): 7,
        ("waiting", "limit"): OUTLETS - 7,
    }
