"""One poisoned row for every queue, with good rows beside it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from loa.alerts.models import CapExport, CapSource, CapWay, Clip, Order
from loa.alerts.orders import clips, sound
from loa.channels import dispatching, inbound
from loa.channels.demo.channel import Demo
from loa.channels.models import Dispatch, Inbound
from loa.config import worker
from loa.federation.exchanges import bulletins
from loa.federation.models import Incoming, Outgoing
from loa.gateway import lane, outward
from loa.journal import services as journal
from loa.lib import clock
from loa.media.models import Production
from loa.media.services import file_note
from loa.newsroom.events import BULLETIN_APPROVED
from loa.newsroom.models import Version
from loa.outlets import events as outlet_events
from loa.outlets.models import AreaCount, Command
from loa.people.rules import RoleName
from loa.people.selectors import actor_of
from loa.quarantine.rules import Queue
from loa.schedule import events as schedule_events
from loa.schedule import services as schedule
from loa.schedule.models import Dirty, Plan, Slot, Timetable
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import Speech, parse_payload
from tests.channels.things import account as channel_account
from tests.channels.things import board
from tests.console.desk import sound as stored
from tests.country import Country, account
from tests.factories.bulletins import airable_content, approved, content_of
from tests.factories.programmes import province_bulletin
from tests.federation.peers import sent
from tests.federation.test_taking import take
from tests.federation.test_telling import approved as told_down


@dataclass(frozen=True)
class World:
    """What a poison may use: the small country, a folder, other fixtures by name."""

    country: Country
    folder: Path
    fixture: Callable[[str], Any]
    monkeypatch: pytest.MonkeyPatch


@dataclass(frozen=True)
class Poison:
    """`row` is the id under which the queue sets the poisoned row aside; `done` says whether every
    other row was processed."""

    row: str
    done: Callable[[], bool]


def _broken_timetable(world: World) -> None:
    Timetable.objects.filter(station=world.country.one.station).update(days=[5] * 7)


def plans(world: World) -> Poison:
    """A station whose timetable nobody can read."""
    world.fixture("node")
    one, two = world.country.one.station, world.country.two.station
    _broken_timetable(world)
    schedule.stations_touched([one.pk])
    schedule.stations_touched([two.pk])
    return Poison(str(one.pk), lambda: Plan.objects.filter(station=two).exists())


def plan_items(world: World) -> Poison:
    """A relay with an input that no plan can name, stored before the form refused it."""
    world.fixture("node")
    start = clock.now().replace(minute=0)
    common = {"session_at": start, "seconds": 60, "made_by": "test", "made_at": clock.now()}
    station = world.country.one.station
    fallback = approved(world.country.one, "Dự phòng")
    bad = Slot.objects.create(
        station=station,
        kind="relay",
        title="Thời sự",
        line_input="Mic 1",
        fallback=fallback,
        opus_id=content_of(fallback)["opus_id"],
        **common,
    )
    for commune in (world.country.one, world.country.two):
        content = airable_content(commune, "Tin tốt")
        Slot.objects.create(station=commune.station, **content, **common)
    schedule.stations_touched([world.country.one.station.pk, world.country.two.station.pk])

    def done() -> bool:
        titles = []
        for plan in Plan.objects.all():
            payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
            assert isinstance(payload, PlanPayload)
            titles += [item.title for item in payload.items]
        return titles == ["Tin tốt", "Tin tốt"]

    return Poison(str(bad.pk), done)


def programme_facts(world: World) -> Poison:
    """A fact whose subject is no id."""
    world.fixture("node")
    two = world.country.two.station
    for subject in ("station:nobody", f"station:{two.pk}"):
        journal.record(
            actor="node", kind=outlet_events.STATION_ADDED, place="vn/25/08914", subject=subject
        )
    seq = journal.facts_of({outlet_events.STATION_ADDED}, after=0, limit=2)[0].seq
    return Poison(str(seq), lambda: Dirty.objects.filter(station=two).exists())


def spreading(world: World) -> Poison:
    """A priority bulletin on its way to a station whose timetable nobody can read."""
    world.fixture("node")
    bulletin = province_bulletin(world.country, "priority")
    _broken_timetable(world)
    two = world.country.two.station
    return Poison(
        f"{bulletin.pk}:{world.country.one.station.pk}",
        lambda: Slot.objects.filter(bulletin=bulletin, station=two).exists(),
    )


def productions(world: World) -> Poison:
    """A recording whose name in the store leads nowhere."""
    world.fixture("node")
    file_note(sha256="../nowhere", mime="audio/ogg", size_bytes=1)
    made_at = clock.now()
    bad = Production.objects.create(recording_id="../nowhere", made_at=made_at)
    good = Production.objects.create(
        spoken="Xin chào.", voice=settings.LOA_VOICE, made_at=made_at + timedelta(seconds=1)
    )
    return Poison(str(bad.pk), lambda: Production.objects.get(pk=good.pk).state == "done")


def trials(world: World) -> Poison:
    """A test sentence whose production is gone."""
    world.fixture("node")
    made = Production.objects.create(
        spoken="Đây là loa.", voice="x", state="done", ms=900, opus_id=stored(), made_at=clock.now()
    )
    bad, good = (
        Command.objects.create(
            outlet=outlet,
            do="self-test",
            production=production,
            ready=False,
            given_by="test",
            given_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=10),
        )
        for outlet, production in zip(world.country.one.outlets, (uuid4(), made.pk), strict=True)
    )
    return Poison(str(bad.pk), lambda: Command.objects.get(pk=good.pk).ready)


def clip_rows(world: World) -> Poison:
    """A hamlet's name that the voice cannot say."""
    paths = {c.place.path for c in (world.country.one, world.country.two)}
    names = list(clips.wanted(paths))
    bad, good = names[0], names[1]

    def say(text: str) -> Speech:
        if text == clips.wanted(paths)[bad]:
            raise ValueError("nothing to say")
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        file_note(sha256=sha256, mime="audio/ogg", size_bytes=8000, ms=1500)
        return Speech(sha256=sha256, bytes=8000, ms=1500)

    world.monkeypatch.setattr(sound, "speech_of_text", say)
    return Poison(bad, lambda: Clip.objects.count() == len(names) - 1 and bool(good))


def _issued_twice(world: World) -> tuple[Order, Order]:
    """Two orders in force; the first one's bytes are spoilt."""
    office = world.fixture("office")
    bad, good = office.alert(title="Lũ"), office.alert(title="Bão")
    return bad, good


def cap_exports(world: World) -> Poison:
    """An order whose bytes nobody can read any more."""
    bad, good = _issued_twice(world)
    Order.objects.filter(pk=bad.pk).update(payload=b"{}")
    return Poison(bad.pk, lambda: CapExport.objects.filter(order=good).exists())


def cap_sources(world: World) -> Poison:
    """A source whose memory is no list."""
    fields = {"path": "vn/25", "way": CapWay.URL, "url": "http://127.0.0.1:9/", "added_by": "test"}
    now = clock.now()
    bad = CapSource.objects.create(name="Hỏng", links=5, added_at=now, **fields)
    good = CapSource.objects.create(name="Tốt", added_at=now, asked_at=None, **fields)
    CapSource.objects.filter(pk=bad.pk).update(asked_at=now - timedelta(days=1))
    return Poison(
        str(bad.pk), lambda: CapSource.objects.get(pk=good.pk).failure not in ("", "TypeError")
    )


def dispatches(world: World) -> Poison:
    """A board whose order cannot be taken back, because its channel breaks at it."""
    office = world.fixture("office")
    world.monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.demo.channel.Demo"])
    # A test's own transaction is not seen by the worker's threads.
    world.monkeypatch.setattr(worker, "_at_once", dispatching.one_by_one)
    bad_board, good_board = (board(world.country, world.folder / name) for name in ("b", "g"))
    office.alert(title="Lũ")
    dispatching.dispatch()
    Order.objects.update(ended_at=clock.now())
    bad, good = (Dispatch.objects.get(outlet=one) for one in (bad_board, good_board))
    withdraw = Demo.withdraw

    def breaks(self: Demo, account: Any, batch: Any) -> Any:
        if any(message.key == bad.pk for message in batch):
            raise ZeroDivisionError
        return withdraw(self, account, batch)

    world.monkeypatch.setattr(Demo, "withdraw", breaks)
    return Poison(str(bad.pk), lambda: Dispatch.objects.get(pk=good.pk).withdrawn == "confirmed")


def channel_facts(world: World) -> Poison:
    """A fact of the newsroom whose subject is no id."""
    world.monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.demo.channel.Demo"])
    board(world.country, world.folder / "board")
    journal.record(
        actor="node", kind=BULLETIN_APPROVED, place="vn/25/08911", subject="bulletin:nobody"
    )
    seq = journal.facts_of({BULLETIN_APPROVED}, after=0, limit=1)[0].seq
    good = approved(world.country.one, "Tin tốt")
    return Poison(str(seq), lambda: Dispatch.objects.filter(bulletin=good).exists())


def inbound_rows(world: World) -> Poison:
    """A request at which the channel breaks."""
    world.monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.demo.channel.Demo"])
    inbound.store(kind="demo", body=b"[]", key="bad")
    inbound.store(kind="demo", body=b"[]", key="good")
    receive = Demo.receive

    def breaks(self: Demo, account: Any, request: Any) -> Any:
        if request.key == "bad":
            raise ZeroDivisionError
        return receive(self, account, request)

    world.monkeypatch.setattr(Demo, "receive", breaks)
    bad = Inbound.objects.get(key="bad")
    return Poison(str(bad.pk), lambda: Inbound.objects.get(key="good").understood_at is not None)


def polls(world: World) -> Poison:
    """An account at whose polling the channel breaks."""
    world.monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.demo.channel.Demo"])
    world.monkeypatch.setattr(worker, "_at_once", dispatching.one_by_one)
    bad = channel_account(world.country, settings={"folder": str(world.folder)}, name="Hỏng")
    good = channel_account(world.country, settings={"folder": str(world.folder)}, name="Tốt")
    asked: list[str] = []

    def poll(_self: Demo, account: Any) -> list[Any]:
        if account.id == bad.pk:
            raise ZeroDivisionError
        asked.append(account.name)
        return []

    world.monkeypatch.setattr(Demo, "poll", poll)
    return Poison(str(bad.pk), lambda: asked == [good.name])


def link_export(world: World) -> Poison:
    """A bulletin of the centre whose spoken text no entry can hold."""
    world.fixture("below")
    editor, approver = (
        actor_of(account(name, role, world.country.nation))
        for name, role in (
            ("Đặng Hải Nam", RoleName.MINISTRY_EDITOR),
            ("Lê Bích Ngọc", RoleName.PROVINCE_APPROVER),
        )
    )
    bad = told_down(world.country, (editor, approver))
    Version.objects.filter(bulletin=bad).update(spoken="chín " * 9_000)
    good = told_down(world.country, (editor, approver))
    fact = next(
        one
        for one in journal.facts_of({"newsroom.bulletin_approved"}, after=0, limit=9)
        if one.subject == f"bulletin:{bad.pk}"
    )
    link = world.fixture("link")
    return Poison(
        f"{link.pk}:{fact.id}",
        lambda: (
            [str(good.pk) in one.text for one in Outgoing.objects.filter(kind="bulletin.sent")]
            == [True]
        ),
    )


def link_summaries(world: World) -> Poison:
    """A commune with more outlets than a summary may say."""
    world.fixture("above")
    numbers = dict.fromkeys(("silent", "trouble", "playing", "never", "people_unreached"), 0) | {
        "hamlets_unreached": 0,
        "hamlets_unknown": 0,
    }
    bad, good = world.country.one.place.path, world.country.two.place.path
    for path, number in ((bad, 200_000), (good, 2)):
        AreaCount.objects.create(
            path=path, above="vn/25", outlets=number, counted_at=clock.now(), **numbers
        )
    link = world.fixture("link")
    return Poison(
        f"{link.pk}:counts:{bad}",
        lambda: [one.text.count(good) > 0 for one in Outgoing.objects.all()] == [True],
    )


def link_import(world: World) -> Poison:
    """An entry at which the receiving service breaks."""
    above = world.fixture("above")
    file_note(sha256=sent(b"x")["sound"]["opus"], mime="audio/ogg", size_bytes=1, ms=1000)
    above.add("bulletin.sent", sent(b"x", title="hỏng"))
    above.add("bulletin.sent", sent(b"x"))
    take(above)
    receive = bulletins.receiving.bulletin_receive

    def breaking(**given: Any) -> bool:
        if given["came"].title == "hỏng":
            raise ZeroDivisionError
        return receive(**given)

    world.monkeypatch.setattr(bulletins.receiving, "bulletin_receive", breaking)
    bad, good = Incoming.objects.order_by("seq")
    return Poison(str(bad.pk), lambda: Incoming.objects.get(pk=good.pk).state == "applied")


class Bell:
    """A line and a door that keep what they are given."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        self.rung.append(topic)
        return True


def ring(bell: Bell) -> None:
    """What the gateway does with the journal's next facts."""
    outward.follow(bell, bell)  # type: ignore[arg-type]  # stands in for a Line


BELL = Bell()
LINE = Bell()


def rush(bell: Bell) -> int:
    """What the lane does with the orders that were issued since its last look."""
    return lane.rush(bell)  # type: ignore[arg-type]  # stands in for a Line


def hints(world: World) -> Poison:
    """A fact of a plan that names no station."""
    BELL.rung.clear()
    payloads: tuple[dict[str, Any], ...] = (
        {"version": 1},
        {"version": 2, "sha256": "a" * 64, "bytes": 10, "station": "s-1"},
    )
    for payload in payloads:
        journal.record(
            actor="node", kind=schedule_events.PLAN_ISSUED, place="vn/25", payload=payload
        )
    seq = journal.facts_of({schedule_events.PLAN_ISSUED}, after=0, limit=1)[0].seq
    return Poison(str(seq), lambda: BELL.rung == ["loa/1/station/s-1/plan"])


def orders(world: World) -> Poison:
    """An issued order whose signed bytes are gone."""
    LINE.rung.clear()
    bad, good = _issued_twice(world)
    Order.objects.filter(pk=bad.pk).update(envelope=None)
    return Poison(bad.pk, lambda: Order.objects.get(pk=good.pk).published_at is not None)


POISONS: dict[Queue, Callable[[World], Poison]] = {
    Queue.PLANS: plans,
    Queue.PLAN_ITEMS: plan_items,
    Queue.PROGRAMME_FACTS: programme_facts,
    Queue.SPREADING: spreading,
    Queue.PRODUCTIONS: productions,
    Queue.TRIALS: trials,
    Queue.CLIPS: clip_rows,
    Queue.DISPATCHES: dispatches,
    Queue.CHANNEL_FACTS: channel_facts,
    Queue.INBOUND: inbound_rows,
    Queue.POLLS: polls,
    Queue.CAP_SOURCES: cap_sources,
    Queue.CAP_EXPORTS: cap_exports,
    Queue.LINK_EXPORT: link_export,
    Queue.LINK_SUMMARIES: link_summaries,
    Queue.LINK_IMPORT: link_import,
    Queue.HINTS: hints,
    Queue.ORDERS: orders,
}
"""Every queue has one: a queue that is named in `loa.quarantine` and not here fails the test."""
