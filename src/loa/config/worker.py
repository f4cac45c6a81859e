"""The worker: makes sound, follows the journal, builds and signs plans, keeps the links.

One loop over rows, woken a few times a second; every piece of work is claimed by a conditional
update, so that several workers share it and a killed one loses nothing.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import close_old_connections

from loa.alerts import cap_poll, cap_publish, clips, summons
from loa.channels import carrying
from loa.config import upkeep
from loa.delivery import trials
from loa.federation import running
from loa.insight import services as insight
from loa.lib import clock
from loa.media import services as media
from loa.newsroom import bells, production, push
from loa.outlets import browser, wall
from loa.outlets import selectors as outlets
from loa.people import keys
from loa.people.authority import NoAuthority, node_identity
from loa.schedule import builder, handlers
from loa.schedule import services as schedule

log = structlog.get_logger()

LOOK_EVERY_S = 0.25
TIDY_EVERY_S = 60.0
COUNT_EVERY_S = 15.0
MEASURE_EVERY_S = 3600.0
FORGET_AFTER_S, FORGET_EVERY_S = 600.0, 86_400.0
STUCK_AFTER_S = 300.0
"""Longer than a tenth of the longest recording takes."""


def run(stop: threading.Event) -> int:
    """Work until told to stop."""
    sounds = threading.Thread(target=_loop, args=(stop, "sound", _make_sound), daemon=True)
    sounds.start()
    outward = {"summons": _summon, "bells": _ring, "cap-out": _publish}
    for name, work in outward.items():
        threading.Thread(target=_loop, args=(stop, name, work), daemon=True).start()
    running.start(stop)
    asker = threading.Thread(target=_loop, args=(stop, "cap", cap_poll.poll_due), daemon=True)
    asker.start()
    texts = threading.Thread(target=_loop, args=(stop, "texts", _carry), daemon=True)
    texts.start()
    _loop(stop, "plans", _follow)
    sounds.join(timeout=30)
    return 0


def _loop(stop: threading.Event, name: str, work: Callable[[], bool]) -> None:
    """Repeat `work`; it returns whether there is more. A failure is logged and waited out."""
    wait_s = LOOK_EVERY_S
    while not stop.wait(wait_s):
        wait_s = LOOK_EVERY_S
        close_old_connections()
        try:
            while work() and not stop.is_set():
                pass
        except Exception:
            log.exception("work failed", loop=name)
            wait_s = 5.0


def _make_sound() -> bool:
    """Bulletins first; in between, what loudspeakers must be able to say by themselves."""
    made = production.make_next()
    return trials.give_ready() or made or _make_clip()


_clips = {"made": 0.0, "look_at_s": 0.0}
CLIPS_EVERY_S = 60.0


def _make_clip() -> bool:
    """One clip that is missing; when all are there the stations' plans are looked at again."""
    now_s = clock.current().monotonic()
    if not _clips["made"] and now_s < _clips["look_at_s"]:
        return False
    stations = outlets.stations_in(["vn"])
    if clips.make_next({station.place.path for station in stations}):
        _clips["made"] += 1
        return True
    if _clips["made"]:
        schedule.stations_touched([station.pk for station in stations])
    _clips.update(made=0.0, look_at_s=now_s + CLIPS_EVERY_S)
    return False


def _line() -> push.Line:
    return push.Line(
        keys=settings.ENV.keys,
        web_url=settings.ENV.web_url,
        mail_on=settings.ENV.mail_on,
        sender_address=settings.ENV.email_from,
        push_hosts=settings.ENV.push_hosts,
    )


def _summon() -> bool:
    """Calls for a second signature, on a thread of their own: they wait behind no bulletin."""
    line = _line()
    return summons.ring(
        summons.Line(
            web_url=line.web_url,
            sender_address=line.sender_address,
            mail_on=line.mail_on,
            push=lambda accounts, words: push.deliver(line, push.post, accounts, words),
        )
    )


def _ring() -> bool:
    """On a thread of its own: letters and pushes wait on a network."""
    return bells.ring(_line(), push.post)


def _publish() -> bool:
    """Signed CAP waits for nobody's letter."""
    return cap_publish.make_next(clock.now())


CARRIERS = 8


def _carry() -> bool:
    """An order's text to other channels: several at a time, so that a slow one holds up none."""
    return carrying.carry(_at_once)


def _at_once(work: Iterable[carrying.Work]) -> None:
    def one(job: carrying.Work) -> None:
        try:
            job()
        finally:
            close_old_connections()

    with ThreadPoolExecutor(CARRIERS, thread_name_prefix="channel") as pool:
        for done in [pool.submit(one, job) for job in work]:
            done.result()


_measured: list[float] = []
"""When to measure next, on the monotonic clock."""
_tidied: list[float] = []
_forgotten: list[float] = []
"""When to forget next, on the monotonic clock."""
_counted: list[float] = []
"""When to count next, on the monotonic clock."""


def _follow() -> bool:
    """Facts, then plans and upkeep. A fact that cannot be followed is tried again later; it must
    not keep every other station's plan from being signed, nor the wall from being counted."""
    try:
        more = handlers.follow()
    finally:
        plans = _plans_and_upkeep()
    return more or plans


def _plans_and_upkeep() -> bool:
    more = False
    try:
        more = builder.build_due(node_identity())
    except NoAuthority as missing:
        log.warning("no plans can be signed", why=str(missing))
    for upkeep_of in (_count, _measure, _tidy, _forget):
        try:
            upkeep_of()
        except Exception:
            # Numbers that cannot be counted must not keep the rest from being done.
            log.exception("upkeep failed", what=upkeep_of.__name__)
    return more


def _count() -> None:
    """The wall's numbers: the longer a count takes, the more seldom it is made."""
    now_s = clock.current().monotonic()
    if _counted and now_s < _counted[0]:
        return
    wall.count(clock.now())
    took_s = clock.current().monotonic() - now_s
    _counted[:] = [now_s + max(COUNT_EVERY_S, 20 * took_s)]


def _measure() -> None:
    """The indicators of every commune, an hour apart at least: a registry changes slowly."""
    now_s = clock.current().monotonic()
    if _measured and now_s < _measured[0]:
        return
    try:
        insight.count(inside=node_identity().path, now=clock.now())
    except NoAuthority as missing:
        log.warning("nothing is counted without the node's papers", why=str(missing))
    took_s = clock.current().monotonic() - now_s
    _measured[:] = [now_s + max(MEASURE_EVERY_S, 20 * took_s)]


def _forget() -> None:
    """Once a day, and some time after the start, when nobody waits for the first plan."""
    now_s = clock.current().monotonic()
    if not _forgotten:
        _forgotten[:] = [now_s + FORGET_AFTER_S]
    if now_s >= _forgotten[0]:
        _forgotten[:] = [now_s + FORGET_EVERY_S]
        upkeep.forget(clock.now())


def _tidy() -> None:
    now_s = clock.current().monotonic()
    if _tidied and now_s - _tidied[-1] < TIDY_EVERY_S:
        return
    _tidied[:] = [now_s]
    media.productions_stuck(STUCK_AFTER_S)
    builder.renewals_due(clock.now())
    keys.endings_tell(clock.now())
    browser.leave_behind(clock.now())
