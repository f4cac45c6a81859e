"""A reorganisation goes round: with no visit to the pole, and an order at any moment of it.

The devices are the player's own gate with its store; the node is its own views and lane.
"""

from pathlib import Path

import pytest

from loa.alerts import services
from loa.alerts.rules import OrderRefused
from loa.delivery.open_documents import open_forget, open_of
from loa.gateway import lane, outward
from loa.lib import clock
from loa.outlets.models import Device, Outlet
from loa.outlets.selectors import device_of
from loa.people import authority, ceremony
from loa.people.authority import NodeIdentity
from loa.places.reform import planning
from loa.places.reform.operations import ReformRefused, Row
from loa.schedule import plans
from loa.schedule.handlers import station_ref
from loa_lab.demo import trust
from loa_protocol import Envelope, ManualClock
from loa_protocol.kinds import Kind
from loa_protocol.payloads import parse_payload
from tests.alerts.office import Office
from tests.alerts.reformed import Pole, alert, ring
from tests.alerts.test_lane import Broker
from tests.country import Country
from tests.device.device import claim_for
from tests.places.reforming import apply, commune, draft, undo

pytestmark = [
    pytest.mark.urls("loa.device.urls"),
    # The long poll looks from a thread of its own.
    pytest.mark.django_db(transaction=True),
]

MERGE = (
    commune("08911", "08911", name="Xã Tam Đảo Mới"),
    commune("08914", "08911"),
)


@pytest.fixture
def poles(
    country: Country, node: NodeIdentity, tmp_path: Path, manual_clock: ManualClock
) -> list[Pole]:
    """A device in each of the two communes."""
    made = []
    for number, place in enumerate((country.one, country.two)):
        pole = Pole(node.id, tmp_path / f"pole{number}", manual_clock)
        pole.begin(claim_for(place.outlets[0], place.actor("technician")))
        made.append(pole)
    return made


def test_programme_and_orders_before_between_and_after(
    country: Country, office: Office, poles: list[Pole], node: NodeIdentity
) -> None:
    stayed, moved = poles
    plans.plan_issue(station=station_ref(country.two.station), node=node)
    moved.ask()
    assert moved.gate.plan() is not None
    apply(draft(*MERGE))
    new = "vn/25/08911"

    # Before: the device was told nothing. It is addressed as it knows itself.
    assert moved.area == "vn/25/08914"
    broker = Broker()
    first, unreached = alert(office, new)
    assert unreached == 0
    ring(broker)
    moved.hear(broker)
    assert moved.holds(first)
    stayed.hear(broker)
    assert stayed.holds(first)
    moved.ask_orders()
    moved.ask_plan()
    assert moved.area == "vn/25/08914"

    # Between: the assignment comes by the bell, signed under the trust it always had; the node does
    # not know yet that it was taken.
    bell = Broker()
    assert outward.tell_assignments(bell) == 1  # type: ignore[arg-type]
    assert moved.hear(bell) == []
    assert moved.area == new
    assert moved.gate.receiver is not None
    assert moved.gate.receiver.paths == ("vn/25/08911/h02", new)
    assert Device.objects.exclude(former_area="").count() == 1
    second, _ = alert(office, "vn/25/08911/h02")
    broker = Broker()
    ring(broker)
    moved.hear(broker)
    assert moved.holds(second)
    stayed.hear(broker)
    assert not stayed.holds(second), "another hamlet's order"

    # After: it has spoken from its new commune.
    moved.ask()
    assert not Device.objects.exclude(former_area="").exists()
    third, _ = alert(office, new)
    assert [target.path for target in third.targets.all()] == [new]
    broker = Broker()
    ring(broker)
    assert {topic.split("/")[3] for topic, _, _ in broker.messages} == {"08911"}
    moved.hear(broker)
    assert moved.holds(third)
    assert outward.tell_assignments(Broker()) == 0  # type: ignore[arg-type]
    plan = plans.plan_issue(station=station_ref(Outlet.objects.get(wire_id=moved.outlet).station),
                            node=node)  # fmt: skip
    moved.ask_plan()
    assert plan is None or moved.gate.plan_id() == plan.sha256
    assert moved.gate.plan() is not None


class Door:
    """A broker's list: who was put on it anew."""

    def __init__(self) -> None:
        self.let: list[str] = []

    def let_in(self, outlet: str) -> None:
        self.let.append(outlet)


def test_the_gateway_rings_for_it_once_it_is_applied(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    door, bell = Door(), Broker()
    outward.follow(bell, door)  # type: ignore[arg-type]
    apply(draft(*MERGE))
    door, bell = Door(), Broker()
    outward.follow(bell, door)  # type: ignore[arg-type]
    assert door.let == [poles[1].outlet]
    assert poles[1].hear(bell) == []
    assert poles[1].area == "vn/25/08911"


def test_a_device_without_a_bell_learns_it_by_asking(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    apply(draft(*MERGE))
    order, _ = alert(office, "vn/25/08911")
    lane.rush(Broker())  # type: ignore[arg-type]
    poles[1].ask_orders()
    assert poles[1].holds(order)
    poles[1].ask()
    assert poles[1].area == "vn/25/08911"
    poles[1].ask_orders()


def test_undone_devices_find_back_whether_or_not_they_had_heard(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    reform = draft(*MERGE)
    apply(reform)
    poles[1].ask()
    poles[1].ask()
    assert poles[1].area == "vn/25/08911"
    undo(reform)
    assert list(Device.objects.exclude(former_area="").values_list("former_area", flat=True)) == [
        "vn/25/08911"
    ]
    poles[1].ask()
    assert poles[1].area == "vn/25/08914"
    poles[1].ask()
    assert not Device.objects.exclude(former_area="").exists()
    order, _ = alert(office, "vn/25/08914")
    lane.rush(Broker())  # type: ignore[arg-type]
    poles[1].ask_orders()
    assert poles[1].holds(order)


def test_a_former_path_that_another_unit_bears_is_not_named(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    """A part of 08911 leaves; the code stays with the rest. An order for the part must not sound
    in the rest: the cluster is counted until it knows."""
    reform = draft(
        commune("08911", "08911", "main", name="Xã Tam Đảo"),
        commune("08911", "08920", "part", name="Xã Đảo Đông", province="25"),
    )
    plan = planning.plan(reform)
    from loa.places.reform.services import reform_decide, rest_to_main

    away = Outlet.objects.get(wire_id=poles[0].outlet)
    decisions = {**rest_to_main(plan), ("outlets.outlet", away.pk): "08920"}
    reform_decide(actor="cli:test", reorganisation=reform, decisions=decisions)
    apply(reform)
    assert device_of(away.wire_id).former_area == "vn/25/08911"  # type: ignore[union-attr]
    order, unreached = alert(office, "vn/25/08920")
    assert unreached == 1
    assert [target.path for target in order.targets.all()] == ["vn/25/08920"]
    poles[0].ask()
    assert poles[0].area == "vn/25/08920"
    poles[0].ask()
    assert poles[0].holds(order)


def test_nothing_is_reorganised_while_an_order_names_the_unit(
    country: Country, office: Office, poles: list[Pole], manual_clock: ManualClock
) -> None:
    reform = draft(*MERGE)
    order = office.alert(targets=("vn/25/08914",))
    with pytest.raises(ReformRefused) as refusal:
        apply(reform)
    assert refusal.value.code == "blocked"
    office.cancel(order)
    with pytest.raises(ReformRefused):
        apply(reform)  # a cluster that is away must still understand the cancel
    manual_clock.advance(7 * 3600)
    apply(reform)


def test_a_proposal_from_before_is_not_signed_after(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    """Its author saw another area."""
    waiting = office.author.propose(office.draft(targets=("vn/25/08914",)))
    reform = draft(*MERGE)
    with pytest.raises(ReformRefused) as refusal:
        apply(reform)
    assert refusal.value.code == "blocked"
    services.order_decline(actor=office.author.actor, order_id=waiting.pk, reason="đổi địa giới")
    apply(reform)
    with pytest.raises(OrderRefused) as refused:
        office.author.propose(office.draft(targets=("vn/25/08914",)))
    assert refused.value.code == "unknown_area"


def test_the_parents_page_of_a_former_code_ends_with_its_last_device(
    country: Country, office: Office, poles: list[Pole]
) -> None:
    lane.refresh(Broker())  # type: ignore[arg-type]
    apply(draft(*MERGE))
    lane.refresh(Broker())  # type: ignore[arg-type]
    found = open_of("08914")
    assert found is not None
    assert parse_payload(Kind.OPEN, Envelope.parse(bytes(found.envelope)).payload).target == (
        "vn/25/08914",
    )
    poles[1].ask()
    poles[1].ask()
    assert open_forget() == 1
    found = open_of("08914")
    assert found is not None
    assert found.area == "vn/25/08911"
    assert clock.now()


def rules_at(office: Office, path: str) -> tuple[Envelope, Envelope]:
    """A registrar's right at a place, and what that registrar lets programmes do there."""
    name = trust.REGISTRARS[0]
    registrar = trust._key(office.folder, name)
    right = ceremony.delegate_by_root(
        signers=[trust._key(office.folder, name) for name in trust.HOLDERS[:2]],
        holder=trust.HOLDERS[0],
        path=path,
        now=clock.now(),
        subject=ceremony.subject_of("registrar", name, registrar),
    )
    policy = ceremony.make_policy(
        registrar=registrar, registrar_id=name, registrar_path=path, path=path,
        chain=[right], now=clock.now(),
    )  # fmt: skip
    return right, policy


def test_a_province_gets_another_code_under_the_old_trust(
    country: Country,
    office: Office,
    poles: list[Pole],
    node: NodeIdentity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The root delegates the node's key at the new path first; the device learns that delegation in
    the chain of its new assignment, from the root it was born with."""
    reform = draft(Row(level="province", former="25", successor="26", name="Tỉnh Đất Tổ"))
    with pytest.raises(ReformRefused) as refusal:
        apply(reform)
    assert refusal.value.code == "blocked"
    assert "vn/26" in str(refusal.value)
    paper = ceremony.delegate_by_root(
        signers=[trust._key(office.folder, name) for name in trust.HOLDERS[:2]],
        holder=trust.HOLDERS[0],
        path="vn/26",
        now=clock.now(),
        subject=ceremony.subject_of("node", node.id, node.key),
    )
    authority.document_store(actor="cli:test", envelope=paper)
    monkeypatch.setattr(authority, "_cached", None)
    with pytest.raises(ReformRefused, match="vn/26"):
        apply(reform)  # no policy there: its programmes would fall silent
    right, policy = rules_at(office, "vn/26")
    for envelope in (right, policy):
        authority.document_store(actor="cli:test", envelope=envelope)
    apply(reform)
    monkeypatch.setattr(authority, "_cached", None)
    assert authority.node_identity().path == "vn/26"
    for pole, code in zip(poles, ("08911", "08914"), strict=True):
        pole.ask()
        assert pole.area == f"vn/26/{code}"
        pole.ask()
        assert {one.target[0] for one in pole.gate.policies()} >= {"vn/26"}
        plans.plan_issue(
            station=station_ref(Outlet.objects.get(wire_id=pole.outlet).station),
            node=authority.node_identity(),
        )
        pole.ask_plan()
        assert pole.gate.plan() is not None
    assert not Device.objects.exclude(former_area="").exists()


def test_words_signed_in_advance_for_a_former_path_are_told(country: Country) -> None:
    from datetime import timedelta

    from loa.alerts.models import Template

    now = clock.now()
    Template.objects.create(
        id="a" * 64, name="lu", version=1, path="vn/25", targets=["vn/25/08914"], level=4,
        title="Lũ", text="Lũ", cancel_s=30, max_per_day=3, feed_kid="k", payload=b"x",
        author="p", author_kid="k", author_sig=b"x", state="issued", made_at=now,
        expires_at=now + timedelta(days=9),
    )  # fmt: skip
    told = " ".join(map(str, planning.plan(draft(*MERGE)).notices))
    assert "mẫu lời ký sẵn" in told
