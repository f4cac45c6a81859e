"""A loop that sleeps until something was written misses no commit, its own or another's."""

import threading

import pytest
from django.db import connection

from loa.lib.changes import ChangeWatch, Commits
from loa.media import services as media
from loa.media.models import File

LIMIT_S = 20.0


def write(name: str) -> None:
    media.file_note(sha256=name * 64, mime="audio/ogg", size_bytes=1, ms=1)


def write_elsewhere(name: str) -> None:
    """A commit by another connection."""

    def work() -> None:
        write(name)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_every_commit_is_seen_once() -> None:
    watch = ChangeWatch()
    assert watch.changed(), "nothing is known at the first look"
    if connection.vendor == "sqlite":  # PostgreSQL may write something for itself
        assert not watch.changed()
    write_elsewhere("a")
    assert watch.changed()
    write("b")
    assert watch.changed()
    File.objects.all().delete()
    assert watch.changed()


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_knows_nothing() -> None:
    watch = ChangeWatch()
    watch.changed()
    connection.close()
    assert watch.changed()


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_commits_is_woken_by_one_and_by_the_end() -> None:
    stop = threading.Event()
    commits = Commits(stop)
    commits.wait(0, LIMIT_S)
    before = commits.number
    waiting = threading.Thread(target=commits.wait, args=(before, LIMIT_S))
    waiting.start()
    write("c")
    waiting.join(LIMIT_S)
    assert not waiting.is_alive()
    assert commits.number > before
    ending = threading.Thread(target=commits.wait, args=(10**9, LIMIT_S))
    stop.set()
    ending.start()
    ending.join(LIMIT_S)
    assert not ending.is_alive()
