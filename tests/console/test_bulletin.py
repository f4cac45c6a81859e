"""A bulletin's page: its way in six steps, counted by grade, live, and shut to strangers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.media.models import Production
from loa.newsroom.models import Bulletin
from loa.outlets.models import Health
from loa.people.authority import NodeIdentity
from loa.schedule import builder
from loa.schedule.coming import coming_at
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan, Slot, Timetable
from loa_protocol.clock import ManualClock
from tests.console.conftest import SignIn
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import Country


def page(bulletin: Bulletin) -> str:
    return reverse("console:bulletin", args=[bulletin.pk])


def steps(client: Client, bulletin: Bulletin) -> dict[str, tuple[str, str]]:
    """The strip as (state, words) by the step's name."""
    proof = client.get(page(bulletin)).context["proof"]
    return {step.name: (step.state, " ".join(step.lines)) for step in proof.steps}


def put(client: Client, country: Country, bulletin: Bulletin, **form: object) -> object:
    data = {"station": str(country.one.station.pk), "how": "next"} | form
    url = reverse("console:put_on_air", args=[bulletin.pk])
    return client.post(url, data, follow=True)


def test_the_strip_follows_the_bulletin(
    officer: Client, country: Country, node: NodeIdentity
) -> None:
    bulletin = approved(country.one)
    before = steps(officer, bulletin)
    assert [state for state, _ in before.values()] == [
        *("done", "done", "waits"),
        *("ahead", "ahead", "ahead"),
    ]
    assert "Đã xếp vào một buổi phát" in text_of(put(officer, country, bulletin))
    assert steps(officer, bulletin)["Vào lịch"][0] == "waits"
    builder.build_due(node)
    assert steps(officer, bulletin)["Vào lịch"][0] == "done"
    version = Plan.objects.get().version
    history = text_of(officer.get(reverse("console:history", args=[bulletin.pk])))
    assert f"từ lịch đã ký số {version}" in history
    Health.objects.create(outlet=country.one.outlets[0], seen_at=clock.now(), plan_version=version)
    assert "1/1 cụm loa" in steps(officer, bulletin)["Tới loa"][1]
    played(bulletin, country.one.outlets[0])
    played(bulletin, country.one.outlets[1], "expired", "", reason="device_off")
    after = steps(officer, bulletin)
    assert after["Đã phát"] == ("waits", "1/2 cụm loa loại B: 1")
    assert after["Đã ký"][0] == "done"
    shown = text_of(officer.get(page(bulletin)))
    assert "đến giờ thì thiết bị đang tắt" in shown
    assert "chữ ký không đúng" in shown


def test_put_on_air_twice_it_does_not_slip_into_the_session_after(
    officer: Client, country: Country
) -> None:
    """The first press filled the session: the second finds it there and is told so."""
    bulletin, other = approved(country.one), approved(country.one)
    Production.objects.update(ms=45_000)
    Timetable.objects.filter(station=country.one.station).update(session_limit_min=1)
    assert "Đã xếp vào một buổi phát" in text_of(put(officer, country, bulletin))
    assert "Tin đã có trong buổi phát ấy" in text_of(put(officer, country, bulletin))
    assert Slot.objects.count() == 1
    page = officer.get(reverse("console:put_on_air", args=[other.pk]))
    (offer,) = page.context["offers"]
    assert offer.soonest == offer.sessions[1], "the page names the session that has room"
    put(officer, country, other)
    assert Slot.objects.get(bulletin=other).session_at == offer.sessions[1].start


def test_grades_stand_apart_and_what_is_made_up_or_silent_is_no_proof(
    officer: Client, country: Country
) -> None:
    bulletin = approved(country.one)
    one, two = country.one.outlets
    played(bulletin, one, grade="A")
    played(bulletin, two, volume_pct=0)
    words = steps(officer, bulletin)["Đã phát"][1]
    assert "1/2" in words
    assert "loại A: 1" in words
    assert "loại B" not in words
    other = approved(country.two)
    played(other, country.two.outlets[0], simulated=True, grade="")
    client = Client()
    client.force_login(country.two.officer)
    assert "mô phỏng" in steps(client, other)["Đã phát"][1]


def test_the_live_part_is_sent_only_when_it_changed(officer: Client, country: Country) -> None:
    bulletin = approved(country.one)
    first = officer.get(page(bulletin))
    live = {"HTTP_HX_REQUEST": "true"}
    same = officer.get(page(bulletin), {"seen": first.context["digest"]}, **live)
    assert same.status_code == 204
    put(officer, country, bulletin)
    changed = officer.get(page(bulletin), {"seen": first.context["digest"]}, **live)
    assert changed.status_code == 200
    assert "<html" not in text_of(changed)
    assert "chờ ký lịch" in text_of(changed)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"how": "fixed", "day": "2026-02-31", "hour": "12:30"}, "không phải là một ngày"),
        ({"how": "fixed", "day": "2026-11-24", "hour": "25:00"}, "không phải là giờ"),
        ({"how": "fixed", "day": "2026-11-24", "hour": "09:00"}, "nằm ngoài buổi phát"),
        ({"how": "fixed", "day": "2026-11-22", "hour": "12:30"}, "đã qua"),
        ({"how": "session", "session": "hôm nay"}, "Chọn một buổi phát"),
        ({"how": "repeat", "days": "99"}, "từ 1 đến 31"),
        ({"how": "repeat", "days": ""}, "từ 1 đến 31"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(
    officer: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    answer = put(officer, country, approved(country.one), **form)
    assert sentence in text_of(answer)
    assert Slot.objects.count() == 0


def test_a_fixed_time_that_overlaps_names_the_other(officer: Client, country: Country) -> None:
    bulletin = approved(country.one)
    fixed = {"how": "fixed", "day": "2026-11-24", "hour": "12:30"}
    put(officer, country, bulletin, **fixed)
    answer = put(officer, country, bulletin, **fixed)
    assert "trùng với “Lịch tiêm chủng”, phát lúc 12 giờ 30" in text_of(answer)
    assert Slot.objects.count() == 1


def test_late_in_the_day_it_is_repeated_from_tomorrow(
    officer: Client, country: Country, manual_clock: ManualClock
) -> None:
    """What is left of an open session need not hold it."""
    last = coming_at(station_ref(country.one.station), 0).sessions[-1]
    manual_clock.advance((last.end - clock.now()).total_seconds() - 22)
    today = clock.local(clock.now()).date()
    put(officer, country, approved(country.one), how="repeat", days="2")
    days = sorted(clock.local(slot.session_at).date() for slot in Slot.objects.all())
    assert days == [today + timedelta(days=1), today + timedelta(days=2)]


def test_repeated_twice_it_does_not_slip_into_other_sessions(
    officer: Client, country: Country
) -> None:
    bulletin = approved(country.one)
    Production.objects.update(ms=45_000)
    Timetable.objects.filter(station=country.one.station).update(session_limit_min=1)
    put(officer, country, bulletin, how="repeat", days="3")
    again = text_of(put(officer, country, bulletin, how="repeat", days="3"))
    assert "Tin đã có trong buổi phát ấy" in again
    assert Slot.objects.count() == 3


def test_no_session_is_named_where_none_has_room(officer: Client, country: Country) -> None:
    bulletin = approved(country.one)
    Production.objects.update(ms=65_000)
    Timetable.objects.filter(station=country.one.station).update(session_limit_min=1)
    page = text_of(officer.get(reverse("console:put_on_air", args=[bulletin.pk])))
    assert "(chưa buổi nào đủ chỗ)" in page
    assert "cả buổi phát chỉ có 1 phút" in text_of(put(officer, country, bulletin))


def test_it_is_repeated_once_a_day(officer: Client, country: Country) -> None:
    put(officer, country, approved(country.one), how="repeat", days="3")
    days = sorted(clock.local(slot.session_at).date() for slot in Slot.objects.all())
    assert [(day - days[0]).days for day in days] == [0, 1, 2]


def test_withdrawing_needs_a_reason_and_the_right(
    officer: Client, technician: Client, country: Country
) -> None:
    bulletin = approved(country.one)
    url = reverse("console:withdraw", args=[bulletin.pk])
    assert "ghi lý do" in text_of(officer.post(url, {"reason": " "}, follow=True))
    assert technician.post(url, {"reason": "x"}).status_code == 404
    assert Bulletin.objects.get().state == "approved"
    done = officer.post(url, {"reason": "Đổi ngày tiêm."}, follow=True)
    assert "Đã thu hồi" in text_of(done)
    history = text_of(officer.get(reverse("console:history", args=[bulletin.pk])))
    assert "Đổi ngày tiêm." in history
    assert "Nguyễn Thị Lan thu hồi tin" in history


def test_a_stranger_sees_nothing_of_it(stranger: Client, country: Country) -> None:
    bulletin = approved(country.one)
    play = played(bulletin, country.one.outlets[0])
    urls = [
        reverse(f"console:{name}", args=[bulletin.pk])
        for name in ("bulletin", "history", "sound", "put_on_air")
    ]
    urls += [
        reverse("console:sound_file", args=[bulletin.pk, "opus"]),
        reverse("console:picture", args=[bulletin.pk, 0]),
        reverse("console:receipt", args=[play.pk]),
    ]
    for url in urls:
        answer = stranger.get(url)
        assert answer.status_code == 404, url
        assert "tiêm" not in text_of(answer)
    for name in ("withdraw", "put_on_air"):
        url = reverse(f"console:{name}", args=[bulletin.pk])
        form = {"reason": "x", "station": str(country.two.station.pk)}
        assert stranger.post(url, form).status_code == 404
    assert Slot.objects.count() == 0


def test_it_is_not_put_into_another_commune_s_programme(officer: Client, country: Country) -> None:
    bulletin = approved(country.one)
    answer = put(officer, country, bulletin, station=str(country.two.station.pk))
    assert answer.status_code == 404  # type: ignore[attr-defined]  # a Django response
    answer = put(officer, country, bulletin, station="x' OR 1=1")
    assert answer.status_code == 404  # type: ignore[attr-defined]  # a Django response
    assert Slot.objects.count() == 0


def test_the_receipt_is_given_byte_for_byte(officer: Client, country: Country) -> None:
    play = played(approved(country.one), country.one.outlets[0])
    answer = officer.get(reverse("console:receipt", args=[play.pk]))
    assert answer.content == b"{}"
    assert "attachment" in answer["Content-Disposition"]


def test_a_bulletin_from_above_is_seen_where_it_arrived_and_counts_only_there(
    officer: Client, stranger: Client, country: Country, sign_in: SignIn
) -> None:
    from loa.newsroom import services
    from loa.newsroom.rules import Draft
    from loa.schedule import handlers
    from tests.newsroom.test_bulletins import sounded

    draft = Draft(title="Phòng bão", body="Bão gần bờ.", targets=(country.one.place.path,))
    bulletin = services.bulletin_write(
        actor=country.actor("editor"),
        place_id=country.province.pk,
        place_path=country.province.path,
        draft=draft,
    )
    services.bulletin_submit(actor=country.actor("editor"), bulletin_id=bulletin.pk, edition=1)
    sounded(bulletin)
    services.bulletin_approve(
        actor=country.actor("editor_approver"), bulletin_id=bulletin.pk, edition=1
    )
    assert officer.get(page(bulletin)).status_code == 404
    while handlers.follow():
        pass
    assert "Phòng bão" in text_of(officer.get(page(bulletin)))
    assert stranger.get(page(bulletin)).status_code == 404
    station = reverse("console:programme", args=[country.one.station.pk])
    assert "Phòng bão" in text_of(officer.get(station))
    put(officer, country, bulletin)
    assert Slot.objects.get().own is False
    played(bulletin, country.two.outlets[0])
    assert officer.get(page(bulletin)).context["proof"].sounding.outlets == 0
    editor = sign_in(country.editor)
    assert editor.get(page(bulletin)).context["proof"].sounding.outlets == 1


def test_the_next_time_is_told(
    officer: Client, country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    bulletin = approved(country.one)
    put(officer, country, bulletin, how="fixed", day="2026-11-24", hour="12:30")
    builder.build_due(node)
    assert "12 giờ 30, 24/11" in steps(officer, bulletin)["Vào lịch"][1]
    manual_clock.advance(2 * 24 * 3600)
    assert "lần tới" not in steps(officer, bulletin)["Vào lịch"][1]


def test_an_outlet_that_sounded_counts_as_reached(
    officer: Client, country: Country, node: NodeIdentity
) -> None:
    bulletin = approved(country.one)
    put(officer, country, bulletin)
    builder.build_due(node)
    for outlet in country.one.outlets:
        played(bulletin, outlet)
    assert "2/2 cụm loa" in steps(officer, bulletin)["Tới loa"][1]
