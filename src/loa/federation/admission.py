"""How a link begins and ends: a single-use code, and both nodes' keys under the root.

The code says that somebody at the centre is expecting this province now; the signature says that it
is that province. Neither alone is enough.
"""

import hashlib
from datetime import timedelta

from django.db import transaction

from loa.federation import events
from loa.federation.models import Link, LinkCode, LinkState
from loa.federation.refusals import Fault, LinkRefused
from loa.journal import services as journal
from loa.lib import clock, db
from loa.lib.ids import claim_code
from loa.people.authority import NodeIdentity
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places import selectors as places
from loa_protocol.payloads import Issuer

CODE_LIFE = timedelta(hours=72)


def code_make(*, actor: Actor, path: str, life: timedelta = CODE_LIFE) -> str:
    """A new code for the node of the place at `path`; shown once, kept as a hash.

    Raises NotAllowed, LinkRefused(DEAD_PLACE).
    """
    ensure(actor, Action.ACCOUNT_MANAGE, "vn")
    if path.count("/") != 1 or places.place_get(path) is None:
        raise LinkRefused(Fault.DEAD_PLACE, path)
    code, now = claim_code(), clock.now()
    with transaction.atomic():
        LinkCode.objects.create(
            code_hash=_hash(code),
            path=path,
            made_by=str(actor),
            made_at=now,
            expires_at=now + life,
        )
        journal.record(
            actor=str(actor),
            kind=events.CODE_MADE,
            place=path,
            payload={"hours": int(life.total_seconds() // 3600)},
        )
    return code


def _hash(code: str) -> str:
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(b"loa/link-code\x00" + bare.encode()).hexdigest()


def admit(*, code: str, issuer: Issuer, kid: str, software: str) -> Link:
    """Let the node in that showed this code and proved its key. Raises LinkRefused by name."""
    now = clock.now()
    with transaction.atomic():
        db.lock("link code")
        known = LinkCode.objects.filter(pk=_hash(code)).first()
        if known is None:
            raise LinkRefused(Fault.CODE_UNKNOWN)
        if known.used_at is not None:
            raise LinkRefused(Fault.CODE_USED)
        if known.expires_at <= now:
            raise LinkRefused(Fault.CODE_EXPIRED)
        if known.path != issuer.path:
            raise LinkRefused(Fault.CODE_OTHER_PLACE, issuer.path)
        LinkCode.objects.filter(pk=known.pk).update(used_at=now, used_by=issuer.node or "")
        return _linked(
            actor=f"link:{issuer.node}",
            peer=issuer.node or "",
            path=issuer.path,
            below=True,
            url="",
            kid=kid,
            software=software,
        )


def joined(*, actor: Actor, issuer: Issuer, kid: str, url: str, software: str) -> Link:
    """The node above has let us in: from here on it is pulled from and told."""
    with transaction.atomic():
        return _linked(
            actor=str(actor),
            peer=issuer.node or "",
            path=issuer.path,
            below=False,
            url=url,
            kid=kid,
            software=software,
        )


def follow_place(link: Link, path: str) -> bool:
    """Whether the node at the other end may go by `path`: its place as ever, or what this became by
    a reorganisation, once the root has delegated its own key there. The link goes by that name from
    here on."""
    if path == link.path:
        return True
    if path not in places.present([link.path]):
        return False
    with transaction.atomic():
        moved = Link.objects.filter(pk=link.pk, path=link.path)
        if moved.update(path=path, former=link.path):
            journal.record(
                actor=f"link:{link.peer}",
                kind=events.LINK_MOVED,
                place=path,
                subject=f"link:{link.pk}",
                payload={"peer": link.peer, "from": link.path, "to": path},
            )
    link.refresh_from_db()
    return True


def _linked(
    *, actor: str, peer: str, path: str, below: bool, url: str, kid: str, software: str
) -> Link:
    """A new link, or one that existed: it goes on where it stopped, with the key shown now."""
    now = clock.now()
    link, _ = Link.objects.update_or_create(
        peer=peer,
        defaults={
            "path": path,
            "below": below,
            "url": url,
            "kid": kid,
            "software": software,
            "state": LinkState.LINKED,
            "linked_at": now,
            "unlinked_at": None,
            "seen_at": now,
            "epoch_at": None,
            "error": "",
            "error_detail": "",
            "error_at": None,
        },
    )
    journal.record(
        actor=actor,
        kind=events.LINKED,
        place=path,
        subject=f"link:{link.pk}",
        payload={"peer": peer, "kid": kid},
    )
    return link


def unlink(*, actor: Actor, link: Link, node: NodeIdentity) -> None:
    """End the link. Both lists stay, and what happens meanwhile is put behind them: linking again
    loses nothing. Raises NotAllowed."""
    ensure(actor, Action.ACCOUNT_MANAGE, node.path)
    with transaction.atomic():
        moved = Link.objects.filter(pk=link.pk, state=LinkState.LINKED)
        if not moved.update(state=LinkState.UNLINKED, unlinked_at=clock.now()):
            return
        journal.record(
            actor=str(actor),
            kind=events.UNLINKED,
            place=link.path,
            subject=f"link:{link.pk}",
            payload={"peer": link.peer},
        )
