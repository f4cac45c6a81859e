"""What a node forgets, and when: so that a disk that was large enough stays so.

What was aired is kept with its proofs for years; what nobody will ask for again goes. The journal
is never shortened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from loa.alerts.cap import desk
from loa.alerts.order_templates import filling
from loa.channels import inbound, limits, members
from loa.delivery import chain, judging
from loa.delivery import services as delivery
from loa.delivery.open_documents import open_forget
from loa.federation import applying, questions
from loa.media import services as media
from loa.media.store import MediaStore
from loa.newsroom import selectors as newsroom_selectors
from loa.newsroom import services as newsroom
from loa.outlets import selectors as outlets
from loa.outlets import telemetry
from loa.quarantine import services as quarantine
from loa.schedule import issued
from loa.schedule import services as schedule
from loa.tasks import selectors as tasks

log = structlog.get_logger()

PLANS_KEPT = timedelta(days=30)
"""After a plan's end; devices hold only the newest."""
DRAFTS_KEPT = timedelta(days=90)
FILES_KEPT = timedelta(days=90)
TOLD_KEPT = timedelta(days=90)
"""What other nodes' entries said, once it was acted on."""
SET_ASIDE_KEPT = timedelta(days=30)
"""After the last try of a row that was set aside."""
PLAYS_KEPT = timedelta(days=5 * 366)
"""Results and the signed receipts behind them: five years, as for accounts of public services."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many of each were dropped."""

    hours: int
    plans: int
    sounds: int
    productions: int
    files: int
    plays: int


def forget(now: datetime) -> Forgotten:
    """Drop what is older than its time. Repeatable; a run that is broken off loses nothing."""
    store = MediaStore(settings.ENV.media)
    hours = telemetry.prune(now)
    plans = schedule.plans_forget(before=now - PLANS_KEPT)
    sounds = newsroom.drafts_forget(before=now - DRAFTS_KEPT)
    productions = media.productions_forget(before=now - DRAFTS_KEPT)
    named = outlets.files_in_use() | newsroom_selectors.files_in_use() | tasks.files_in_use()
    files = media.files_forget(before=now - FILES_KEPT, store=store, kept=named)
    plays = delivery.plays_forget(before=now - PLAYS_KEPT)
    open_forget()
    chain.forget(now)
    applying.bodies_forget(before=now - TOLD_KEPT)
    questions.forget(now)
    desk.messages_forget(now)
    filling.voices_forget(now)
    issued.forget()
    judging.forget(now)
    inbound.forget(now)
    limits.forget(now)
    members.forget(now)
    quarantine.forget(before=now - SET_ASIDE_KEPT)
    done = Forgotten(hours, plans, sounds, productions, files, plays)
    log.info("forgotten", **{name: getattr(done, name) for name in done.__slots__})
    return done
