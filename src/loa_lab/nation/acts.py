"""What people and tools do at one node of the nation: each act is a process of its own in that
node's surroundings, as `python -m loa_lab.nation.acts NAME {json}`; it prints JSON."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from loa_lab.nation import looks, masses

Answer = dict[str, Any]
VOICE_LIMIT_S = 120.0
PASSWORD_BYTES = 18


def prepare(path: str, keys: str, communes: list[str], players: str, outlets: int) -> Answer:
    """Database, places, trust, people; in a province a station with poles in each commune."""
    from django.conf import settings
    from django.core.management import call_command

    from loa.lib import clock
    from loa.outlets import services
    from loa.people.rules import NODE
    from loa.places.selectors import place_get
    from loa.places.services import gazetteer_load
    from loa.schedule.handlers import station_ref
    from loa.schedule.services import timetable_set
    from loa_lab.demo import commune as demo_commune
    from loa_lab.nation import trust

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

    from loa.lib import clock
    from loa.people import services
    from loa.people.rules import NODE, RoleName
    from loa.places.selectors import place_get
    from loa_lab.nation import trust

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
    from loa.alerts.orders.drafting import Draft, Speaker, Wish, sounding_draft
    from loa.alerts.services import order_approve, order_propose
    from loa.lib import clock
    from loa.people.authority import node_identity
    from loa.people.selectors import account_named
    from loa_lab.nation import trust
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
    """A commune's officer picks a bulletin from the library into the first session with room."""
    from loa.newsroom.selectors import approved_version
    from loa.outlets.selectors import stations_in
    from loa.people.rules import NODE
    from loa.schedule import services
    from loa.schedule.coming import coming_at, newcomer
    from loa.schedule.handlers import seconds_of, slot_content, station_ref

    version = approved_version(UUID(bulletin_id))
    station = station_ref(stations_in([commune])[0])
    if version is None:
        raise LookupError(bulletin_id)
    content, seconds = slot_content(version), seconds_of(version)
    session = coming_at(station).session_for(newcomer(content, seconds, own=False))
    if session is None:
        raise LookupError(bulletin_id)
    slot = services.slot_add(
        actor=NODE, station=station, content=content, seconds=seconds, session=session, own=False
    )
    return {"slot": str(slot.pk)}


ACTS: dict[str, Callable[..., Answer]] = {
    act.__name__: act
    for act in (prepare, bulletin, withdraw, order, schedule, *looks.LOOKS, *masses.MASSES)
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
