"""What people and tools do at one node of the nation: each act is a process of its own in that
node's surroundings, as `python -m loa.config.nation.acts NAME {json}`; it prints JSON."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

Answer = dict[str, Any]
VOICE_LIMIT_S = 120.0
PASSWORD_BYTES = 18


def prepare(path: str, keys: str, communes: list[str], players: str, outlets: int) -> Answer:
    """Database, places, trust, people; in a province a station with poles in each commune."""
    from django.conf import settings
    from django.core.management import call_command

    from loa.config import demo_commune
    from loa.config.nation import trust
    from loa.lib import clock
    from loa.outlets import services
    from loa.people.rules import NODE
    from loa.places.selectors import place_get
    from loa.places.services import gazetteer_load
    from loa.schedule.handlers import station_ref
    from loa.schedule.services import timetable_set

    call_command("migrate", verbosity=0, interactive=False)
    gazetteer_load(actor="cli:nation")
    root = trust.ensure(keys=Path(keys), node_keys=settings.ENV.keys, path=path, now=clock.now())
    _people(path, Path(keys))
    claims = []
    for commune in communes:
        place = place_get(f"{path}/{commune}")
        if place is None:
            raise LookupError(commune)
        station = services.station_add(actor=NODE, place=place, name=f"Đài {place.name}")
        timetable_set(
            actor=NODE,
            station=station_ref(station),
            name="Mở cả ngày",
            days=demo_commune.ALL_DAY,
        )
        for number in range(1, outlets + 1):
            outlet = services.outlet_add(
                actor=NODE, station=station, code=f"CL{number:02}", name=f"Cụm loa {number}"
            )
            folder = Path(players) / f"{commune}-{number}"
            demo_commune.write_claim(
                outlet=outlet, folder=folder, urls=(settings.ENV.device_url,), root_sha256=root
            )
            claims.append(str(folder))
    return {"root": root, "players": claims}


_PEOPLE = (
    ("nam", "Đặng Hải Nam", "ministry_editor"),
    ("ngoc", "Lê Bích Ngọc", "province_approver"),
    ("binh", "Bùi Thanh Bình", "alert_author"),
    ("ha", "Ngô Thu Hà", "alert_approver"),
)


def _people(path: str, keys: Path) -> None:
    import secrets

    from loa.config.nation import trust
    from loa.lib import clock
    from loa.people import services
    from loa.people.rules import NODE, RoleName
    from loa.places.selectors import place_get

    place = place_get(path)
    if place is None:
        raise LookupError(path)
    for username, name, role in _PEOPLE:
        account = services.account_create(
            actor=NODE,
            place=place,
            username=username,
            full_name=name,
            email=f"{username}@demo.invalid",
            password=secrets.token_urlsafe(PASSWORD_BYTES),
        )
        services.role_grant(actor=NODE, account=account, role=RoleName(role), place=place)
        services.totp_enrol(account=account)
        if role.startswith("alert"):
            trust.officer(account, keys, path, clock.now())


def _actor(username: str) -> Any:
    from loa.people.selectors import account_named, actor_of

    return actor_of(account_named(username))


def bulletin(title: str, body: str, class_name: str, targets: list[str]) -> Answer:
    """Written, voiced by this node's worker, approved by somebody else."""
    from loa.newsroom import services
    from loa.newsroom.rules import Draft
    from loa.newsroom.selectors import newest_version
    from loa.people.authority import node_identity
    from loa.places.selectors import place_get

    office = place_get(node_identity().path)
    if office is None:
        raise LookupError("office")
    draft = Draft(
        title=title, body=body, class_name=class_name, targets=tuple(targets), issuer=office.name
    )
    made = services.bulletin_write(
        actor=_actor("nam"), place_id=office.pk, place_path=office.path, draft=draft
    )
    services.bulletin_submit(actor=_actor("nam"), bulletin_id=made.pk, edition=1)
    until_s = time.monotonic() + VOICE_LIMIT_S
    while (production := newest_version(made.pk).production) is None or production.state != "done":
        if time.monotonic() > until_s:
            raise TimeoutError("the bulletin's sound")
        time.sleep(0.1)
    services.bulletin_approve(actor=_actor("ngoc"), bulletin_id=made.pk, edition=1)
    return {"bulletin": str(made.pk)}


def withdraw(bulletin_id: str) -> Answer:
    """Take a bulletin back."""
    from loa.newsroom.services import bulletin_withdraw

    bulletin_withdraw(
        actor=_actor("nam"), bulletin_id=UUID(bulletin_id), edition=1, reason="Sai ngày"
    )
    return {}


def order(targets: list[str], keys: str, text: str) -> Answer:
    """An urgent order of two persons, for an hour."""
    from loa.alerts.drafting import Draft, Speaker, Wish, sounding_draft
    from loa.alerts.services import order_approve, order_propose
    from loa.config.nation import trust
    from loa.lib import clock
    from loa.people.authority import node_identity
    from loa.people.selectors import account_named
    from loa_protocol.envelope import signing_input
    from loa_protocol.keys import SigningKey

    path = node_identity().path
    author = account_named("binh")
    wish = Wish(tuple(targets), "flood", "Lệnh thử trên máy", text, 4, 1.0, plays=1)
    draft = sounding_draft(wish, Speaker(author.person_id if author else "", path), clock.now())

    def signed(username: str, of: Draft) -> dict[str, Any]:
        own = SigningKey.load(Path(keys) / f"{trust.node_id(path)}-{username}.pem")
        return {"kid": own.kid, "sig": own.sign(signing_input(of.kind, of.payload))}

    made = order_propose(
        actor=_actor("binh"), kind=draft.kind, payload=draft.payload, **signed("binh", draft)
    )
    order_approve(actor=_actor("ha"), order_id=made.pk, digest=made.pk, **signed("ha", draft))
    made.refresh_from_db()
    return {"order": made.pk, "envelope": bytes(made.envelope or b"").hex()}


def schedule(bulletin_id: str, commune: str) -> Answer:
    """A commune's officer picks a bulletin from the library into the session that is open."""
    from loa.newsroom.selectors import approved_version
    from loa.outlets.selectors import stations_in
    from loa.people.rules import NODE
    from loa.schedule import selectors, services
    from loa.schedule.handlers import seconds_of, slot_content, station_ref

    version = approved_version(UUID(bulletin_id))
    station = station_ref(stations_in([commune])[0])
    session = selectors.next_session(station)
    if version is None or session is None:
        raise LookupError(bulletin_id)
    slot = services.slot_add(
        actor=NODE,
        station=station,
        content=slot_content(version),
        seconds=seconds_of(version),
        session=session,
        own=False,
    )
    return {"slot": str(slot.pk)}


def state() -> Answer:
    """Everything the scenario looks at, in one answer."""
    from loa.alerts.models import Order
    from loa.federation import selectors
    from loa.federation.models import Aired
    from loa.outlets.selectors import stations_in
    from loa.schedule.models import LibraryEntry, Slot

    links = [
        {
            "peer": one.link.peer,
            "state": one.link.state,
            "error": one.link.error,
            "behind_in": one.behind_in,
            "behind_out": one.behind_out,
            "out_seq": one.link.out_seq,
            "out_epoch": one.link.out_epoch,
            "in_seq": one.link.in_seq,
            "in_epoch": one.link.in_epoch,
            "had": one.link.had,
            "duplicates": one.link.duplicates,
            "waiting": one.waiting,
            "refused": one.refused,
            "queued": one.queued,
        }
        for one in selectors.standings()
    ]
    library = [
        {
            "bulletin": str(row.bulletin_id),
            "commune": row.place.path,
            "withdrawn": row.withdrawn_at is not None,
        }
        for row in LibraryEntry.objects.filter(
            place__path__in=[s.place.path for s in stations_in(["vn"])]
        ).select_related("place")
    ]
    slots = [
        {
            "bulletin": str(row.bulletin_id),
            "commune": row.station.place.path,
            "class": row.class_name,
            "removed": row.removed_at is not None,
        }
        for row in Slot.objects.exclude(bulletin=None).select_related("station__place")
    ]
    aired = [
        {
            "bulletin": str(row.bulletin),
            "commune": row.commune,
            "outlets": row.outlets,
            "grades": row.grades,
            "at": row.first_at.isoformat() if row.first_at else None,
        }
        for row in Aired.objects.order_by("commune")
    ]
    orders = {
        row.pk: {
            "envelope": bytes(row.envelope or b"").hex(),
            "published": row.published_at is not None,
        }
        for row in Order.objects.filter(state="issued")
    }
    return {
        "links": links,
        "library": library,
        "slots": slots,
        "aired": aired,
        "orders": orders,
    }


def flood(number: int, like: str, targets: list[str], gap_s: float = 0.0) -> Answer:
    """So many more approved bulletins with the sound of one that exists: facts to be told."""
    from dataclasses import replace

    from loa.lib import clock
    from loa.lib.ids import new_id
    from loa.newsroom import receiving

    found = receiving.leaving(UUID(like))
    if found is None:
        raise LookupError(like)
    version = found.version
    came = receiving.Came(
        bulletin=version.bulletin_id,
        corrects=None,
        office=found.office,
        number=1,
        class_name="normal",
        category=version.category,
        language=version.language,
        title=version.title,
        body=version.body,
        spoken=version.spoken,
        issuer=version.issuer,
        valid_from=None,
        valid_until=None,
        targets=tuple(targets),
        opus=found.opus.sha256,
        mp3=found.mp3.sha256,
        ms=found.ms,
        pictures=(),
        written_at=clock.now(),
    )
    for _ in range(number):
        receiving.bulletin_receive(actor="cli:nation", came=replace(came, bulletin=new_id()))
        time.sleep(gap_s)
    return {}


def many(peer: str, number: int) -> Answer:
    """So many small entries at the end of the list for a node, as withdrawals of what never was."""
    from django.db import transaction

    from loa.federation import outgoing, registry
    from loa.federation.contract import Direction, Outward
    from loa.federation.models import Link
    from loa.lib.ids import new_id

    link = Link.objects.get(peer=peer)
    exchange = registry.exchange_of("bulletin.withdrawn", Direction.DOWN)
    if exchange is None:
        raise LookupError("bulletin.withdrawn")
    for start in range(0, number, 5000):
        made = []
        for _ in range(min(5000, number - start)):
            body = exchange.schema.model_validate({"bulletin": str(new_id()), "reason": "Sai ngày"})
            made.append((exchange, Outward("vn", body), new_id()))
        with transaction.atomic():
            outgoing.append(link.pk, made)
    return {}


def simulated(number: int, keys: str) -> Answer:
    """Links to so many provinces that exist only as keys in files."""
    from loa.config.nation import trust
    from loa.federation.models import Link
    from loa.lib import clock
    from loa.people import ceremony
    from loa.people.demo_papers import HOLDERS
    from loa.places.selectors import below, places_named

    folder, now = Path(keys), clock.now()
    provinces = below(places_named(["vn"]))[:number]
    signers = [trust.key(folder, name) for name in HOLDERS[:2]]
    for place in provinces:
        name = trust.node_id(place.path)
        own = trust.key(folder, f"simulated-{name}")
        paper = ceremony.delegate_by_root(
            signers=signers,
            holder=HOLDERS[0],
            path=place.path,
            now=now,
            subject=ceremony.subject_of("node", name, own),
        )
        (folder / f"simulated-{name}.json").write_bytes(paper.to_bytes())
        Link.objects.create(
            peer=name, path=place.path, below=True, kid=own.public.kid, linked_at=now
        )
    return {"paths": [place.path for place in provinces]}


def committed() -> Answer:
    """When each of the journal's facts was committed, in seconds."""
    from loa.journal.models import Fact

    return {"at": {str(fact): at.timestamp() for fact, at in Fact.objects.values_list("id", "at")}}


def arrived(after: int = 0) -> Answer:
    """When each entry with a greater number was taken, in seconds."""
    from loa.federation.models import Incoming

    rows = Incoming.objects.filter(seq__gt=after).order_by("seq")
    return {"at": {str(fact): at.timestamp() for fact, at in rows.values_list("fact", "taken_at")}}


def entries(peer: str, last: int) -> Answer:
    """The last entries of the list for a node, as they are told."""
    from loa.federation.models import Outgoing

    rows = Outgoing.objects.filter(link__peer=peer).order_by("-seq")[:last]
    return {"rows": [[str(row.fact), row.kind, row.text] for row in rows]}


def bulletins() -> Answer:
    """The ids of this node's bulletins."""
    from loa.newsroom.models import Bulletin

    return {"ids": [str(pk) for pk in Bulletin.objects.values_list("pk", flat=True)]}


def plays() -> Answer:
    """What has sounded here: bulletin and item, once for each play."""
    from loa.delivery.models import Play

    rows = Play.objects.filter(result="played", simulated=False).exclude(bulletin=None)
    return {"items": [[str(b), item] for b, item in rows.values_list("bulletin", "item")]}


def ledger() -> Answer:
    """Every entry told and taken, by link, and how many facts were acted on twice."""
    from django.db.models import Count

    from loa.federation.models import Incoming, Outgoing

    sent: dict[str, list[str]] = {}
    for peer, fact in Outgoing.objects.values_list("link__peer", "fact"):
        sent.setdefault(peer, []).append(str(fact))
    taken: dict[str, dict[str, str]] = {}
    for peer, fact, state in Incoming.objects.values_list("link__peer", "fact", "state"):
        taken.setdefault(peer, {})[str(fact)] = state
    applied = Incoming.objects.filter(state="applied").values("link", "fact")
    twice = applied.annotate(number=Count("pk")).filter(number__gt=1).count()
    return {"sent": sent, "taken": taken, "twice": twice}


ACTS: dict[str, Callable[..., Answer]] = {
    act.__name__: act
    for act in (
        *(prepare, bulletin, withdraw, order, schedule, state, flood, committed, arrived),
        *(entries, bulletins, plays, ledger, many, simulated),
    )
}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    import django

    django.setup()
    from loa.config.processes import use_clock

    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    if name != prepare.__name__:  # before it there is no root that could allow another clock
        use_clock()
    print(json.dumps(ACTS[name](**arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
