"""The worker: makes sound, follows the journal, builds and signs plans, keeps the links.

Each loop of `LOOPS` has a thread; every piece of work is claimed by a conditional update, so that
several workers share it and a killed one loses nothing. The loops that hold a line to the node
above stand in `federation.running`.
"""

import threading
from collections.abc import Iterable

from django.conf import settings

from loa.alerts.cap import polling, publishing
from loa.alerts.orders import approver_notifications, clips
from loa.channels import dispatching, following, inbound, sealing
from loa.channels.registry import registry
from loa.channels.syncing import Work
from loa.config import loops, upkeep
from loa.config.loops import Loop, Piece
from loa.delivery import trials
from loa.federation import applying, bounds, outgoing, running, summaries
from loa.insight import services as insight
from loa.lib import clock
from loa.lib.changes import Commits
from loa.lib.threads import each_at_once
from loa.media import services as media
from loa.newsroom import bells, production, push
from loa.outlets import browser, wall
from loa.outlets import selectors as outlets
from loa.people import keys
from loa.people.authority import node_identity
from loa.quarantine import letters
from loa.quarantine.rules import Queue
from loa.schedule import builder, handlers
from loa.schedule import services as schedule
from loa.web.facts.queues import WORDS

TIDY_EVERY_S = 60.0
COUNT_EVERY_S = 15.0
MEASURE_EVERY_S = 3600.0
FORGET_AFTER_S, FORGET_EVERY_S = 600.0, 86_400.0
STUCK_AFTER_S = 300.0
"""Longer than a tenth of the longest recording takes."""
CLIPS_EVERY_S = 60.0
SUM_EVERY_S, RETRY_EVERY_S = 5.0, 5.0
POLL_EVERY_S = 5.0


def run(stop: threading.Event) -> int:
    """Work until told to stop."""
    sealing.ensure_key()
    registry()  # names the channels that cannot be loaded
    commits = Commits(stop)
    threads = loops.start(LOOPS[:-1], stop, commits)
    running.start(stop, commits)
    loops.Runner(LOOPS[-1]).run(stop, commits)
    for thread in threads:
        if thread.name == "sound":
            thread.join(timeout=30)
    return 0


_clips_made: list[int] = [0]


def _make_clip() -> bool:
    """One clip that is missing; when all are there the stations' plans are looked at again."""
    stations = outlets.stations_in(["vn"])
    if clips.make_next({station.place.path for station in stations}):
        _clips_made[0] += 1
        return True
    if _clips_made[0]:
        schedule.stations_touched([station.pk for station in stations])
    _clips_made[0] = 0
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
    line = _line()
    return approver_notifications.ring(
        approver_notifications.Line(
            web_url=line.web_url,
            sender_address=line.sender_address,
            mail_on=line.mail_on,
            push=lambda accounts, words: push.deliver(line, push.post, accounts, words),
        )
    )


def _ring() -> bool:
    """On a thread of its own: letters and pushes wait on a network."""
    return bells.ring(_line(), push.post)


def _tell_administrators() -> bool:
    """Letters about what was set aside; they wait on a network."""
    line = _line()
    return letters.tell(
        letters.Line(
            web_url=line.web_url,
            sender_address=line.sender_address,
            mail_on=line.mail_on,
            called=lambda queue: str(WORDS[queue].what),
        )
    )


def _publish() -> bool:
    """Signed CAP waits for nobody's letter."""
    return publishing.make_next(clock.now())


CARRIERS = 8


def _dispatch() -> bool:
    """Bulletins and urgent orders by other channels: several batches at a time, so that a slow
    system delays only its own messages."""
    return dispatching.dispatch(_at_once)


def _poll() -> bool:
    return inbound.poll_due(_at_once)


def _at_once(work: Iterable[Work]) -> None:
    each_at_once(lambda job: job(), work, most=CARRIERS, name="channel")


def _count() -> bool:
    wall.count(clock.now())
    return False


def _measure() -> bool:
    """The indicators of every commune, an hour apart at least: a registry changes slowly."""
    insight.count(inside=node_identity().path, now=clock.now())
    return False


def _forget() -> bool:
    upkeep.forget(clock.now())
    return False


def _free_productions() -> bool:
    media.productions_stuck(STUCK_AFTER_S)
    return False


def _renew_plans() -> bool:
    builder.renewals_due(clock.now())
    return False


def _tell_endings() -> bool:
    keys.endings_tell(clock.now())
    return False


def _leave_browsers() -> bool:
    browser.leave_behind(clock.now())
    return False


def _summarise() -> bool:
    summaries.tell_all()
    return False


def _apply() -> bool:
    """What came, and at once what may have waited for it."""
    done = applying.apply_next()
    if done:
        _keep_mailboxes()
    return done


def _keep_mailboxes() -> bool:
    """What waits in the mailboxes is looked at once more; what is too much of it goes."""
    bounds.keep_within()
    applying.retry_waiting()
    applying.release_processed()
    return False


LOOPS = (
    Loop(
        "sound",
        (
            # Bulletins first; in between, what loudspeakers must be able to say by themselves.
            Piece(name="productions", work=production.make_next, queues=(Queue.PRODUCTIONS,)),
            Piece(name="trials", work=trials.give_ready, queues=(Queue.TRIALS,)),
            Piece(name="clips", work=_make_clip, every_s=CLIPS_EVERY_S, queues=(Queue.CLIPS,)),
        ),
    ),
    # Letters and pushes wait on a network; those for a second signature go before the others.
    Loop("summons", (Piece(name="summons", work=_summon),)),
    Loop(
        "bells",
        (
            Piece(name="bells", work=_ring),
            Piece(name="administrators", work=_tell_administrators, every_s=TIDY_EVERY_S),
        ),
    ),
    Loop(
        "cap-exports",
        (
            Piece(
                name="cap-exports",
                work=lambda: publishing.make_next(clock.now()),
                queues=(Queue.CAP_EXPORTS,),
            ),
        ),
    ),
    Loop(
        "cap",
        (Piece(name="cap-poll", work=polling.poll_due, queues=(Queue.CAP_SOURCES,)),),
        look_s=loops.SOON_LOOK_S,
    ),
    Loop(
        "channels",
        (
            Piece(name="channel-facts", work=following.follow, queues=(Queue.CHANNEL_FACTS,)),
            Piece(name="dispatches", work=_dispatch, queues=(Queue.DISPATCHES,)),
        ),
        look_s=loops.SOON_LOOK_S,
    ),
    Loop(
        "channels-inbound",
        (
            Piece(name="inbound", work=inbound.understand, queues=(Queue.INBOUND,)),
            Piece(name="polls", work=_poll, every_s=POLL_EVERY_S, queues=(Queue.POLLS,)),
        ),
        look_s=loops.SOON_LOOK_S,
    ),
    Loop(
        "link-export",
        (Piece(name="link-export", work=outgoing.export_next, queues=(Queue.LINK_EXPORT,)),),
    ),
    Loop(
        "link-summaries",
        (
            Piece(
                name="link-summaries",
                work=_summarise,
                every_s=SUM_EVERY_S,
                queues=(Queue.LINK_SUMMARIES,),
            ),
        ),
    ),
    Loop(
        "link-apply",
        (
            Piece(name="link-apply", work=_apply, queues=(Queue.LINK_IMPORT,)),
            Piece(name="mailboxes", work=_keep_mailboxes, every_s=RETRY_EVERY_S),
        ),
    ),
    Loop(
        "upkeep",
        (
            Piece(name="wall", work=_count, every_s=COUNT_EVERY_S, share=20),
            Piece(name="measures", work=_measure, every_s=MEASURE_EVERY_S, share=20),
            Piece(name="stuck-productions", work=_free_productions, every_s=TIDY_EVERY_S),
            Piece(name="renewals", work=_renew_plans, every_s=TIDY_EVERY_S),
            Piece(name="endings", work=_tell_endings, every_s=TIDY_EVERY_S),
            Piece(name="browsers", work=_leave_browsers, every_s=TIDY_EVERY_S),
            # Some time after the start, when nobody waits for the first plan.
            Piece(
                name="forgetting",
                work=_forget,
                every_s=FORGET_EVERY_S,
                begin_after_s=FORGET_AFTER_S,
            ),
        ),
    ),
    Loop(
        "plans",
        (
            Piece(
                name="programme-facts",
                work=handlers.follow,
                queues=(Queue.PROGRAMME_FACTS, Queue.SPREADING),
            ),
            Piece(
                name="plans",
                work=lambda: builder.build_due(node_identity()),
                queues=(Queue.PLANS, Queue.PLAN_ITEMS),
            ),
        ),
    ),
)
"""Every loop of the worker but the lines of `federation.running`; the last runs on the main
thread."""
