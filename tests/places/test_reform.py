"""Merging, splitting and renaming units: everything follows, and everything comes back."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from loa.lib import clock
from loa.newsroom.models import Bulletin, DictionaryEntry, OfficeRule, Version
from loa.outlets.models import Station
from loa.people.models import Role
from loa.people.rules import Action, RoleName
from loa.places.models import Place, ReformState, Reorganisation, Succession
from loa.places.reform import planning, services
from loa.places.reform.homes import homes, noted_model
from loa.places.reform.operations import ReformRefused, Row
from loa.schedule.models import LibraryEntry, Slot
from tests.country import Country, account
from tests.places.reforming import DAY, MERGE, apply, commune, draft, fill, snapshot, standing, undo

pytestmark = pytest.mark.django_db


def test_every_foreign_key_to_a_place_is_declared() -> None:
    """A room that is left out would keep its rows at units that are gone."""
    declared = {(home.model, home.field.partition("__")[0]) for home in homes()}
    own = {
        "places.place.parent", "places.succession.predecessor", "places.succession.successor",
        "places.boundary.place", "places.rehomed.before", "places.rehomed.after",
        # One row a place, by its key: `newsroom.homes` makes the successor's.
        "newsroom.officerule.place",
    }  # fmt: skip
    missing = [
        name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Place
        if (model, field.name) not in declared
        if (name := f"{model._meta.label_lower}.{field.name}") not in own
    ]
    assert missing == []


def test_a_merge_puts_everything_under_the_successor(country: Country) -> None:
    things = fill(country)
    before = set(Station.objects.values_list("pk", flat=True))
    apply(draft(*MERGE))
    new = standing("08911")
    assert (new.name, new.path) == ("Xã Tam Đảo Mới", "vn/25/08911")
    assert new.valid_from == DAY
    assert set(Station.objects.filter(place=new).values_list("pk", flat=True)) == before
    assert {row.place_id for row in Bulletin.objects.all()} == {new.pk}
    assert set(Role.objects.filter(place=new).values_list("account_id", flat=True)) == {
        one.pk for c in (country.one, country.two) for one in (c.officer, c.approver, c.technician)
    }
    hamlets = Place.objects.filter(parent=new, level="hamlet", valid_to=None).order_by("code")
    assert [(h.code, h.name) for h in hamlets] == [
        ("08911h01", "Thôn Đông"),
        ("08911h02", "Thôn Đông (Xã Bên Cạnh)"),
    ]
    assert {o.hamlet.code for o in country.two.station.outlets.all() if o.hamlet} == {"08911h02"}
    things["slot"].refresh_from_db()
    assert things["slot"].only == ["vn/25/08914/h01", "vn/25/08911/h02"]


def test_of_two_equal_things_one_moves_and_the_other_stays_with_the_former_unit(
    country: Country,
) -> None:
    fill(country)
    LibraryEntry.objects.filter(place=country.two.place).update(picked_at=clock.now())
    apply(draft(*MERGE))
    new = standing("08911")
    assert LibraryEntry.objects.get(place=new).picked_at is not None
    assert DictionaryEntry.objects.filter(place=new).count() == 1
    assert DictionaryEntry.objects.count() == 2
    assert OfficeRule.objects.get(place=new).author_may_approve


def test_the_stricter_rule_of_two_offices_holds(country: Country) -> None:
    OfficeRule.objects.create(place=country.one.place, author_may_approve=True)
    apply(draft(*MERGE))
    assert not OfficeRule.objects.filter(place=standing("08911")).exists()


def test_stations_of_one_name_are_told_apart(country: Country) -> None:
    Station.objects.update(name="Đài truyền thanh")
    apply(draft(*MERGE))
    names = set(Station.objects.filter(place=standing("08911")).values_list("name", flat=True))
    assert names == {"Đài truyền thanh", "Đài truyền thanh (Xã Bên Cạnh)"}


def test_officers_of_a_merged_commune_keep_their_right_at_the_new_one(country: Country) -> None:
    apply(draft(*MERGE))
    who = country.two.actor("officer")
    assert who.may(Action.BULLETIN_WRITE, "vn/25/08911")
    assert not who.may(Action.BULLETIN_WRITE, "vn/25/08914")


def test_undoing_gives_back_exactly_what_was(country: Country) -> None:
    fill(country)
    Station.objects.update(name="Đài truyền thanh")
    was = snapshot()
    reform = draft(*MERGE)
    apply(reform)
    assert snapshot() != was
    undo(reform)
    assert snapshot() == was
    reform.refresh_from_db()
    assert reform.state == ReformState.UNDONE


def test_what_is_new_since_must_be_told_where_it_goes(country: Country) -> None:
    reform = draft(*MERGE)
    apply(reform)
    now = clock.now()
    fresh = Bulletin.objects.create(place=standing("08911"), created_at=now, changed_at=now)
    with pytest.raises(ReformRefused) as refusal:
        undo(reform)
    assert refusal.value.code == "new_things"
    assert "Xã Tam Đảo Mới" in str(refusal.value)
    undo(reform, c08911="08914")
    fresh.refresh_from_db()
    assert fresh.place == country.two.place


def test_a_confirmed_one_is_not_undone(country: Country) -> None:
    reform = draft(*MERGE)
    apply(reform)
    services.reform_confirm(actor="cli:test", reorganisation=reform)
    with pytest.raises(ReformRefused) as refusal:
        undo(reform)
    assert refusal.value.code == "done"


def test_a_rename_keeps_code_and_path_and_the_name_of_then(country: Country) -> None:
    apply(draft(commune("08911", "08911", name="Xã Đảo")))
    new = standing("08911")
    assert (new.name, new.path) == ("Xã Đảo", "vn/25/08911")
    country.one.station.refresh_from_db()
    assert country.one.station.place == new
    old = Place.objects.get(pk=country.one.place.pk)
    assert (old.name, old.valid_to) == ("Xã Tam Đảo", DAY)
    assert Succession.objects.get(predecessor=old).successor == new


def test_a_province_takes_its_communes_along(country: Country) -> None:
    fill(country)
    was = snapshot()
    reform = draft(Row(level="province", former="25", successor="26", name="Tỉnh Đất Tổ"))
    apply(reform)
    new = standing("08914")
    assert (new.path, new.name, new.parent.name if new.parent else "") == (
        "vn/26/08914",
        "Xã Bên Cạnh",
        "Tỉnh Đất Tổ",
    )
    country.two.station.refresh_from_db()
    assert country.two.station.place == new
    assert country.actor("editor").may(Action.BULLETIN_VIEW, "vn/26/08914")
    undo(reform)
    assert snapshot() == was


def test_a_renamed_province_leaves_its_communes_as_they_are(country: Country) -> None:
    was = snapshot()
    reform = draft(Row(level="province", former="25", successor="25", name="Tỉnh Đất Tổ"))
    apply(reform)
    country.one.place.refresh_from_db()
    assert country.one.place.parent == standing("25", "province")
    undo(reform)
    assert snapshot() == was


def test_a_role_left_at_a_unit_that_is_gone_gives_no_right(country: Country) -> None:
    """The successor keeps the code, so the paths are the same: the right must not slip over."""
    twin = account("Bùi Văn Hai", RoleName.COMMUNE_OFFICER, country.one.place)
    Role.objects.filter(account=twin).update(since=DAY - timedelta(days=1))
    Place.objects.filter(pk=country.one.place.pk).update(valid_to=DAY)
    from loa.people.selectors import actor_of

    assert not actor_of(twin).may(Action.BULLETIN_WRITE, "vn/25/08911")


# When and how often


def test_it_is_not_applied_before_its_day(country: Country) -> None:
    reform = draft(*MERGE, day=clock.now().date() + timedelta(days=30))
    with pytest.raises(ReformRefused) as refusal:
        apply(reform)
    assert refusal.value.code == "too_early"


def test_only_what_was_seen_is_applied(country: Country) -> None:
    reform = draft(*MERGE)
    seen = planning.plan(reform).digest
    Station.objects.create(place=country.two.place, name="Đài thứ hai")
    with pytest.raises(ReformRefused) as refusal:
        services.reform_apply(actor="cli:test", reorganisation=reform, digest=seen)
    assert refusal.value.code == "changed"


def test_a_unit_in_two_open_reorganisations_is_refused(country: Country) -> None:
    draft(*MERGE)
    with pytest.raises(ReformRefused) as refusal:
        draft(commune("08914", "08914", name="Xã Khác"))
    assert refusal.value.code == "twice"


def test_killed_in_the_middle_nothing_has_happened(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(country)
    reform = draft(*MERGE)
    was = snapshot()
    monkeypatch.setattr("loa.places.reform.carrying.touch", _killed)
    with pytest.raises(KeyboardInterrupt):
        apply(reform)
    monkeypatch.undo()
    assert snapshot() == was
    reform.refresh_from_db()
    assert reform.state == ReformState.DRAFT
    apply(reform)
    assert standing("08911").name == "Xã Tam Đảo Mới"


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_versions_name_places_that_ended_and_are_understood(country: Country) -> None:
    from loa.places.selectors import present

    apply(draft(*MERGE))
    assert present(["vn/25/08914", "vn/25/08911"]) == ["vn/25/08911"]
    assert present(["vn/25/08914/h01"]) == ["vn/25/08911/h02"]
    assert Version.objects.count() == 0
    assert noted_model("schedule.slot") is Slot
    assert Reorganisation.objects.count() == 1


# Old codes


def test_a_former_code_means_its_successor_wherever_it_is_typed(country: Country) -> None:
    from loa.places import selectors

    apply(draft(*MERGE))
    new = standing("08911")
    assert selectors.commune_get("08914") == new
    assert selectors.place_get("vn/25/08914") == new
    assert selectors.communes_by_code(["vn/25"]) == {"08911": new, "08914": new}
    found = selectors.place_search("08914", levels=["commune"])
    assert [(place.pk, getattr(place, "formerly", "")) for place in found] == [
        (new.pk, "Xã Bên Cạnh")
    ]
    assert selectors.names_of(["vn/25/08914"]) == {"vn/25/08914": "Xã Bên Cạnh"}


def test_the_code_of_a_split_unit_means_nobody_alone(country: Country) -> None:
    from loa.places import selectors

    reform = draft(
        commune("08911", "08930", "main", name="Xã Một", province="25"),
        commune("08911", "08914", "part"),
    )
    rest = services.rest_to_main(planning.plan(reform))
    services.reform_decide(actor="cli:test", reorganisation=reform, decisions=rest)
    apply(reform)
    assert selectors.commune_get("08911") is None
    units = selectors.units_with_code("commune", "08911")
    assert [place.code for place in units] == ["08930", "08914"]
    assert "08911" not in selectors.communes_by_code(["vn"])


def test_what_was_recorded_at_a_former_unit_is_found_at_its_successor(country: Country) -> None:
    from loa.places import selectors

    apply(draft(*MERGE))
    assert selectors.lineage(["vn/25/08911"]) == ("vn/25/08911", "vn/25/08914")


def test_directives_and_reports_go_to_the_successor_and_back(country: Country) -> None:
    from loa.tasks.models import Directive, Mark

    now = clock.now()
    asked = Directive.objects.create(
        office="vn/25",
        number="1/CV",
        title="Kiểm tra loa",
        signed_on=DAY,
        whom="commune",
        targets=["vn/25/08914"],
        made_by="cli:test",
        made_at=now,
    )
    for path in ("vn/25/08911", "vn/25/08914"):
        Mark.objects.create(directive=asked, place=path, read_at=now)
    alone = Directive.objects.create(
        office="vn/25/08914", number="2/CV", title="Trong xã", signed_on=DAY, whom="commune",
        targets=["vn/25/08914/h01"], made_by="cli:test", made_at=now,
    )  # fmt: skip
    was = snapshot()
    reform = draft(*MERGE)
    apply(reform)
    asked.refresh_from_db()
    alone.refresh_from_db()
    assert asked.targets == ["vn/25/08914", "vn/25/08911"]
    assert (alone.office, alone.targets) == (
        "vn/25/08911",
        ["vn/25/08914/h01", "vn/25/08911/h02"],
    )
    assert Mark.objects.filter(place="vn/25/08911").count() == 1
    undo(reform)
    assert snapshot() == was


def test_figures_counted_before_are_found_at_the_successor(country: Country) -> None:
    from loa.insight.models import Measure
    from loa.insight.selectors import totals

    for path in ("vn/25/08911", "vn/25/08914"):
        Measure.objects.create(
            indicator="clusters", commune=path, since=DAY - timedelta(days=9), until=DAY,
            value=2, base=0, rows=2, counted_at=clock.now(),
        )  # fmt: skip
    apply(draft(*MERGE))
    assert totals("vn/25/08911", DAY - timedelta(days=1))["clusters"].value == 4
    assert totals("vn/25", DAY - timedelta(days=1))["clusters"].value == 4
