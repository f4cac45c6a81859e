"""`loa lane`: publishes `open` and urgent orders, and nothing else.

A process, connection and loop of its own, with no dependence on media, jobs or console.
"""

import threading

import structlog
from django.db import DatabaseError, close_old_connections

from loa.delivery.models import OpenDocument
from loa.delivery.open_documents import due, open_issue
from loa.gateway.mqtt import Line
from loa.journal import services as journal
from loa.outlets.selectors import communes_with_devices
from loa.people import events
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import topics
from loa_protocol.paths import commune_code

log = structlog.get_logger()

READER = "lane"
BATCH = 500
LOOK_EVERY_S = 1.0


def run(stop: threading.Event) -> int:
    """Keep every commune's `open` fresh until told to stop."""
    greet = threading.Event()
    line = Line("lane", subscribe=(), on_connect=greet.set)
    line.start()
    while not stop.wait(LOOK_EVERY_S):
        close_old_connections()
        try:
            if greet.is_set():
                greet.clear()
                for document in OpenDocument.objects.all():
                    _publish(line, document)
            refresh(line)
        except NoAuthority as missing:
            log.warning("no open can be signed", why=str(missing))
            stop.wait(5.0)
        except DatabaseError:
            log.exception("database")
            stop.wait(2.0)
    line.stop()
    return 0


def refresh(line: Line) -> None:
    """Renew what is due; after a change of trust, everything at once."""
    changed = journal.next_batch(READER, {events.DOCUMENT_STORED}, BATCH)
    areas = communes_with_devices()
    for area in areas if changed and changed.facts else due(areas):
        _publish(line, open_issue(node=node_identity(), area=area))
    if changed:
        journal.batch_done(changed)


def _publish(line: Line, document: OpenDocument) -> None:
    code = commune_code(document.area)
    if code:
        line.publish(topics.area_open(code), bytes(document.envelope), retain=True)
