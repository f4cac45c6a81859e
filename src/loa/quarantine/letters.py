"""Letters to who governs the node: something was set aside.

One letter a person for all queues that are new that day; each queue is named once a day, as long
as a row of it is set aside. A letter names no row: rows may be about persons.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from django.core.mail import send_mail
from django.db import transaction

from loa.lib import clock, db
from loa.people.authority import own_path
from loa.people.rules import MATRIX, Action
from loa.people.selectors import roles_on
from loa.quarantine.models import Notice, SetAside
from loa.quarantine.rules import Queue
from loa_protocol.paths import ancestors

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Line:
    """How letters go out, and what the queues are called in them."""

    web_url: str
    sender_address: str
    mail_on: bool
    called: Callable[[Queue], str]


def tell(line: Line) -> bool:
    """Write the letters that are due. A queue is noted before anything is sent, so that a fall in
    between sends nothing twice; where no letter went at all the note is taken back and the next
    call tries again. Returns False: there is never more to do at once."""
    addresses = addresses_of_governors() if line.mail_on else []
    if not addresses:
        return False
    queues = _claim()
    if queues and not _send(line, queues, addresses):
        Notice.objects.filter(queue__in=queues, day=clock.local(clock.now()).date()).delete()
    return False


def addresses_of_governors() -> list[str]:
    """Where the people who govern the whole node are written to, each address once."""
    own = own_path()
    if own is None:
        return []
    names = [role.value for role, actions in MATRIX.items() if Action.ACCOUNT_MANAGE in actions]
    rows = roles_on().filter(name__in=names, place__path__in=list(ancestors(own)))
    found = rows.exclude(account__email="").values_list("account__email", flat=True)
    return sorted(set(found))


def _claim() -> list[str]:
    """The queues with a row set aside that nobody was told of today; from here on they are."""
    today = clock.local(clock.now()).date()
    standing = set(SetAside.objects.values_list("queue", flat=True)) & set(Queue)
    if not standing:
        return []
    with transaction.atomic():
        db.lock("quarantine letters")
        told = set(Notice.objects.filter(day=today).values_list("queue", flat=True))
        fresh = sorted(standing - told)
        Notice.objects.bulk_create(
            Notice(queue=queue, day=today, made_at=clock.now()) for queue in fresh
        )
    return fresh


def _send(line: Line, queues: Collection[str], addresses: Collection[str]) -> int:
    """How many letters went."""
    lines = [f"- {line.called(Queue(queue))}: {_number(queue)} mục" for queue in queues]
    text = (
        "Máy chủ Loa có mục không xử lý được và đã gác lại. Các mục khác vẫn chạy.\n\n"
        + "\n".join(lines)
        + "\n\nXem lý do và việc cần làm tại (cần đăng nhập):\n"
        + f"{line.web_url}/them/gac-lai/\n"
    )
    went = 0
    for address in addresses:
        try:
            send_mail("Loa: có mục đang gác lại", text, line.sender_address, [address])
        except Exception as error:
            # Whatever an address makes the mail library raise: the next person is written to.
            log.exception("no e-mail", about="set aside", why=type(error).__name__)
        else:
            went += 1
    return went


def _number(queue: str) -> int:
    return SetAside.objects.filter(queue=queue).count()
