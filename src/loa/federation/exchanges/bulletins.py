"""Source information down: bulletins with their sound and pictures, and their withdrawal."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from loa.federation.contract import (
    Arrived,
    Body,
    Direction,
    Exchange,
    File,
    NotTaken,
    Outward,
    Peer,
)
from loa.federation.exchanges.papers import FROM_LINK, check_above_us
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa.lib import clock
from loa.newsroom import events, receiving
from loa_protocol.paths import inside
from loa_protocol.payloads import Wire
from loa_protocol.payloads.common import Path, Positive, Sha256, Time, type_is_list

OLD = timedelta(days=60)
"""A bulletin without an end that was approved longer ago is history: a new link does not get it."""

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Line = Annotated[str, Field(max_length=300)]
Long = Annotated[str, Field(max_length=40_000)]
Paths = Annotated[tuple[Path, ...], type_is_list, Field(min_length=1, max_length=4000)]


class Sound(Wire):
    """The finished programme, in both forms."""

    opus: Sha256
    opus_bytes: Positive
    mp3: Sha256
    mp3_bytes: Positive
    ms: Positive


class Image(Wire):
    """A picture with the words for who cannot see it."""

    sha256: Sha256
    bytes: Positive
    mime: Annotated[str, Field(pattern=r"^image/[a-z0-9.+-]{1,40}$")]
    alt: Line


class Sent(Body):
    """An approved bulletin of an office above. No person's name is in it: `issuer` is an office."""

    bulletin: Uuid
    corrects: Uuid | None = None
    edition: Positive
    office: Path
    class_: Annotated[
        Literal["normal", "priority"], Field(validation_alias="class", serialization_alias="class")
    ]
    category: Annotated[str, Field(pattern=r"^[a-z][0-9]$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
    title: Line
    body: Long
    spoken: Long
    issuer: Line
    valid_from: Time | None = None
    valid_until: Time | None = None
    targets: Paths
    sound: Sound
    images: Annotated[tuple[Image, ...], type_is_list, Field(max_length=6)] = ()


class Withdrawn(Body):
    """A bulletin that was sent before counts no more."""

    bulletin: Uuid
    reason: Line


def _id(fact: Recorded) -> UUID:
    return UUID(fact.subject.partition(":")[2])


def _export_sent(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK):
        return
    leaving = receiving.leaving(_id(fact))
    if leaving is None or not inside(peer.path, leaving.office) or leaving.office == peer.path:
        return
    version, now = leaving.version, clock.now()
    ended = version.valid_until is not None and version.valid_until <= now
    if ended or (version.valid_until is None and version.written_at < now - OLD):
        return
    targets = tuple(t for t in version.targets if peer.covers(t) or inside(peer.path, t))
    if not targets:
        return
    body = Sent(
        bulletin=str(version.bulletin_id),
        corrects=leaving.corrects,
        edition=version.number,
        office=leaving.office,
        class_="priority" if version.class_name == "priority" else "normal",
        category=version.category,
        language=version.language,
        title=version.title,
        body=version.body,
        spoken=version.spoken,
        issuer=version.issuer,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        targets=targets,
        sound=Sound(
            opus=leaving.opus.sha256,
            opus_bytes=leaving.opus.bytes,
            mp3=leaving.mp3.sha256,
            mp3_bytes=leaving.mp3.bytes,
            ms=leaving.ms,
        ),
        images=tuple(
            Image(sha256=p.file_id, bytes=p.file.bytes, mime=p.file.mime, alt=p.alt)
            for p in leaving.pictures
        ),
    )
    yield Outward(place=leaving.office, body=body, audience=targets, media=tuple(files_of(body)))


def files_of(body: Sent) -> Iterable[File]:
    """What must be here before the bulletin is."""
    sound = body.sound
    yield File(sound.opus, sound.opus_bytes, "audio/ogg", sound.ms)
    yield File(sound.mp3, sound.mp3_bytes, "audio/mpeg", sound.ms)
    for image in body.images:
        yield File(image.sha256, image.bytes, image.mime)


def _export_withdrawn(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK):
        return
    gone = receiving.withdrawn(_id(fact))
    if gone is None or not inside(peer.path, gone.office) or gone.office == peer.path:
        return
    yield Outward(
        place=gone.office,
        body=Withdrawn(bulletin=str(_id(fact)), reason=gone.reason[:300] or "-"),
        audience=gone.targets,
    )


def _handle_sent(arrived: Arrived) -> None:
    body: Sent = arrived.body
    if body.office != arrived.place:
        raise NotTaken(Fault.OUTSIDE_SENDER, body.office)
    check_above_us(body.office)
    taken = receiving.bulletin_receive(
        actor=f"{FROM_LINK}{arrived.peer.node}",
        came=receiving.Came(
            bulletin=UUID(body.bulletin),
            corrects=UUID(body.corrects) if body.corrects else None,
            office=body.office,
            number=body.edition,
            class_name=body.class_,
            category=body.category,
            language=body.language,
            title=body.title,
            body=body.body,
            spoken=body.spoken,
            issuer=body.issuer,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            targets=body.targets,
            opus=body.sound.opus,
            mp3=body.sound.mp3,
            ms=body.sound.ms,
            pictures=tuple((image.sha256, image.alt) for image in body.images),
            written_at=arrived.at,
        ),
        again=arrived.again,
    )
    if not taken:
        raise NotTaken(Fault.DEAD_PLACE, ", ".join(body.targets[:5]))


def _handle_withdrawn(arrived: Arrived) -> None:
    check_above_us(arrived.place)
    receiving.bulletin_withdraw_received(
        actor=f"{FROM_LINK}{arrived.peer.node}",
        bulletin_id=UUID(arrived.body.bulletin),
        office=arrived.place,
        reason=arrived.body.reason,
    )


EXCHANGES = (
    Exchange(
        kind="bulletin.sent",
        direction=Direction.DOWN,
        schema=Sent,
        facts=frozenset({events.BULLETIN_APPROVED}),
        export=_export_sent,
        handle=_handle_sent,
        files=files_of,
    ),
    Exchange(
        kind="bulletin.withdrawn",
        direction=Direction.DOWN,
        schema=Withdrawn,
        facts=frozenset({events.BULLETIN_WITHDRAWN}),
        export=_export_withdrawn,
        handle=_handle_withdrawn,
    ),
)
