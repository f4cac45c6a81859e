"""Sending to the other side over HTTPS: our certificate, theirs checked, and a token.

One message a request, one acknowledgement back. What is known of the official bus (NDXP, LGSP) is
mutual TLS at a security server and a token per client; both are files here, never settings.
"""

import hashlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import urllib3
from django.db import transaction

from loa.exchange import events, inward, outward, rendering
from loa.exchange.models import Passed
from loa.exchange.profile import Profile
from loa.exchange.records import Acknowledgement, Message, Record
from loa.exchange.refusals import ExchangeRefused, Fault
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import new_id
from loa.people.authority import own_path

RECORDS_MAX = 500
TIMEOUT_S = 30.0
TYPES = {"xml": "application/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
WRITERS = {"xml": rendering.to_xml, "json": rendering.to_json}


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The other side: its name in messages and its address; our certificate with its key, the
    authority that signed theirs, and the file with our token."""

    name: str
    url: str
    cert: Path
    key: Path
    authority: Path
    token: Path


def messages_of(records: Iterable[Record], receiver: str) -> Iterable[Message]:
    """The records in messages of at most RECORDS_MAX."""
    left = iter(records)
    while piece := tuple(islice(left, RECORDS_MAX)):
        yield Message(
            id=str(new_id()),
            sender=outward.system_id(),
            receiver=receiver,
            sent_at=clock.now(),
            records=piece,
        )


def send(*, actor: str, message: Message, peer: Peer, profile: Profile, form: str) -> bool:
    """Send one message; whether the other side accepted it. The attempt is recorded first, and the
    acknowledgement when it comes. Raises OSError where nobody answered as a peer does, and
    ExchangeRefused for an answer that is none."""
    data = WRITERS[form](message, profile)
    _note(actor, message, data, peer)
    answer = _post(data, peer, TYPES[form])
    read = rendering.from_xml if rendering.is_xml(answer) else rendering.from_json
    told = read(answer, profile)
    found = [row for row in told.records if isinstance(row, Acknowledgement)]
    mine = next((row for row in found if row.message == message.id), None)
    if mine is None or told.sender != peer.name:
        raise ExchangeRefused(Fault.MALFORMED, "no acknowledgement")
    inward.acknowledged(peer.name, mine)
    return mine.accepted


def _note(actor: str, message: Message, data: bytes, peer: Peer) -> None:
    with transaction.atomic():
        Passed.objects.create(
            out=True,
            peer=peer.name,
            message=message.id,
            record=message.name,
            count=len(message.records),
            sha256=hashlib.sha256(data).hexdigest(),
            at=clock.now(),
        )
        journal.record(
            actor=actor,
            kind=events.SENT,
            place=own_path() or "vn",
            payload={
                "peer": peer.name,
                "message": message.id,
                "record": message.name,
                "count": len(message.records),
            },
        )


def _post(data: bytes, peer: Peer, content_type: str) -> bytes:
    context = ssl.create_default_context(cafile=str(peer.authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(peer.cert, peer.key)
    token = peer.token.read_text(encoding="ascii").strip()
    if not peer.url.startswith("https://"):
        raise OSError("the exchange speaks HTTPS only")
    with urllib3.PoolManager(ssl_context=context, retries=False, timeout=TIMEOUT_S) as pool:
        try:
            answer = pool.request(
                "POST",
                peer.url,
                body=data,
                headers={"Authorization": f"Bearer {token}", "Content-Type": content_type},
                redirect=False,
                preload_content=False,
            )
            body = answer.read(rendering.MAX_BYTES + 1)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(str(error)) from error
        answer.release_conn()
    if answer.status != 200:
        raise OSError(f"answered {answer.status}")
    if len(body) > rendering.MAX_BYTES:
        raise OSError("the answer is too large")
    return bytes(body)
