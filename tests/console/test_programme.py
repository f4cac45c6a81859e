"""Lịch phát and Hôm nay: the line of a session, the timetable, a relay, a clash."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.outlets import wall
from loa.schedule import selectors, services
from loa.schedule.coming import coming_at
from loa.schedule.handlers import station_ref
from loa.schedule.models import Slot, Timetable
from loa.schedule.rules import Session
from loa_protocol.clock import ManualClock
from tests.console.conftest import SignIn
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import Country
from tests.factories.bulletins import airable_content

CALM = "Mọi thôn có loa đều có ít nhất một cụm đang hoạt động"


def url(name: str, country: Country, *more: object) -> str:
    return reverse(f"console:{name}", args=[country.one.station.pk, *more])


def session_of(country: Country) -> str:
    session = selectors.next_session(station_ref(country.one.station))
    assert session is not None
    return session.start.isoformat()


def add(client: Client, country: Country, **form: str) -> object:
    bulletin = approved(country.one)
    data = {"bulletin": str(bulletin.pk), "session": session_of(country)} | form
    return client.post(url("add", country), data, follow=True)


def line(country: Country) -> list[str]:
    """The ids of the next session's items in their order on air."""
    today = selectors.today()
    day = selectors.day_of(station_ref(country.one.station), today, clock.now())
    return [str(item.wish.key) for one in day.programmes for item in one.placed]


def test_items_are_added_moved_and_taken_out(officer: Client, country: Country) -> None:
    assert "Đã thêm vào buổi phát" in text_of(add(officer, country))
    add(officer, country)
    first, second = line(country)
    officer.post(url("item", country, second), {"do": "up"})
    assert line(country) == [second, first]
    officer.post(url("item", country, second), {"do": "up"})
    assert line(country) == [second, first]
    officer.post(url("item", country, second), {"do": "down"})
    assert line(country) == [first, second]
    gone = officer.post(url("item", country, first), {"do": "remove"}, follow=True)
    assert "Đã bỏ “Lịch tiêm chủng”" in text_of(gone)
    assert line(country) == [second]


def test_a_filler_comes_last(officer: Client, country: Country) -> None:
    add(officer, country, filler="1")
    add(officer, country)
    filler = Slot.objects.get(filler=True)
    assert line(country)[-1] == str(filler.pk)


def test_the_day_and_the_week_are_shown(officer: Client, country: Country) -> None:
    add(officer, country)
    page = officer.get(url("programme", country))
    assert "Buổi 12 giờ 00 – 13 giờ 00" in text_of(page)
    assert page.context["picture"].blocks[0].title == "Lịch tiêm chủng"
    for text in ("2026-02-31", "x", "9999-12-31", "0001-01-01", ""):
        assert officer.get(url("programme", country), {"ngay": text}).status_code == 200


def test_a_week_of_silence_is_only_stored_on_purpose(officer: Client, country: Country) -> None:
    before = Timetable.objects.count()
    for nothing in ({"do": "save"}, {"do": "save", "name": "x"}):
        answer = officer.post(url("timetable", country), nothing)
        assert answer.status_code == 422
        assert "im cả tuần" in text_of(answer)
    assert Timetable.objects.count() == before
    wanted = {"do": "save", "name": "Quốc tang", "silent": "1"}
    assert "im cả tuần" not in text_of(officer.post(url("timetable", country), wanted))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"day0": "05:00-25:00"}, "không phải là giờ"),
        ({"day0": "05:00-06:00, 05:30-07:00"}, "chồng lên nhau"),
        ({"day0": "22:00-23:00", "quiet": "21:00-04:30"}, "giờ yên tĩnh"),
        ({"day0": "sáng"}, "không phải là một buổi"),
        ({"limit": "-5"}, "số phút"),
        ({"since": "2026-02-31"}, "không phải là một ngày"),
        ({"special": "1"}, "phải có ngày kết thúc"),
    ],
)
def test_a_timetable_that_cannot_be_is_refused_and_kept_on_the_page(
    officer: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    data = {"name": "Lịch mùa gặt", "do": "save"} | form
    answer = officer.post(url("timetable", country), data)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "Lịch mùa gặt" in text_of(answer)
    assert Timetable.objects.filter(name="Lịch mùa gặt").count() == 0


def test_a_preset_fills_the_page_and_saving_sets_it(officer: Client, country: Country) -> None:
    filled = officer.post(url("timetable", country), {"do": "preset", "preset": "mountain"})
    typed = filled.context["typed"]
    assert typed["day0"] == "04:45-07:00, 17:00-18:45"
    officer.post(url("timetable", country), typed | {"do": "save"})
    table = Timetable.objects.get(name="Xã miền núi")
    assert table.station == country.one.station
    assert table.days[6] == [["04:45", "07:00"], ["17:00", "18:45"]]


def relay_form(country: Country) -> dict[str, str]:
    return {
        "title": "Thời sự",
        "url": "https://radio.example/live.mp3",
        "day": "2026-11-24",
        "hour": "12:10",
        "minutes": "30",
        "fallback": str(approved(country.one).pk),
    }


def test_a_relay_has_its_fallback(officer: Client, country: Country) -> None:
    officer.post(url("relay", country), relay_form(country))
    slot = Slot.objects.get()
    assert (slot.kind, slot.seconds, slot.relay_url) == (
        "relay",
        1800,
        "https://radio.example/live.mp3",
    )
    assert slot.opus_id is not None


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"url": "file:///etc/passwd"}, "bắt đầu bằng https://"),
        ({"url": ""}, "đúng một nguồn"),
        ({"line_input": "mic"}, "đúng một nguồn"),
        ({"url": "", "line_input": "Mic 1"}, "chữ thường không dấu"),
        ({"url": "https://đài.vn/nghe"}, "chữ có dấu"),
        ({"fallback": ""}, "bài dự phòng"),
        ({"minutes": "0"}, "từ 1 đến 300"),
        ({"hour": "03:00"}, "ngoài buổi phát"),
        ({"hour": "25:00"}, "không phải là giờ"),
        ({"title": " "}, "tên chương trình"),
    ],
)
def test_a_relay_that_cannot_be_is_refused_in_words(
    officer: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    answer = officer.post(url("relay", country), relay_form(country) | form)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert Slot.objects.count() == 0


def clash_in(country: Country, session: Session) -> None:
    """The commune's own priority item and one from above, in one session."""
    for own in (True, False):
        services.slot_add(
            actor=country.one.actor("officer"),
            station=station_ref(country.one.station),
            content=airable_content(country.one, f"ưu tiên {own}"),
            seconds=60,
            session=session,
            class_name="priority",
            own=own,
        )


def decide(officer: Client, country: Country, session: Session) -> str:
    form = {"first": "other", "session": session.start.isoformat()}
    return text_of(officer.post(url("clash", country), form, follow=True))


def owners(country: Country, day: int) -> list[list[bool]]:
    """Whose item is first, by session with items, `day` days from today."""
    first = selectors.today() + timedelta(days=day)
    found = selectors.programmes(station_ref(country.one.station), first, 1)
    return [[item.wish.own for item in one.placed] for one in found if one.placed]


def test_the_commune_decides_a_clash(officer: Client, country: Country) -> None:
    session = coming_at(station_ref(country.one.station)).sessions[0]
    clash_in(country, session)
    page = officer.get("/hom-nay/")
    assert "Tin nào phát trước" in text_of(page)
    assert f'name="session" value="{session.start.isoformat()}"' in page.content.decode()
    assert "Đã xếp thứ tự theo ý của xã" in decide(officer, country, session)
    assert owners(country, 0) == [[False, True]]
    assert "Tin nào phát trước" not in text_of(officer.get("/hom-nay/"))


def test_a_second_press_decides_no_other_clash(officer: Client, country: Country) -> None:
    """The page asked about one session: the next one's order is a question of its own."""
    today, *later = coming_at(station_ref(country.one.station)).sessions
    tomorrow = next(one for one in later if one.start.date() > today.start.date())
    clash_in(country, today)
    clash_in(country, tomorrow)
    decide(officer, country, today)
    assert "Không có gì thay đổi" in decide(officer, country, today)
    assert owners(country, 0) == [[False, True]]
    assert owners(country, 1) == [[True, False]]
    assert "Tin nào phát trước" in text_of(officer.get("/hom-nay/"))


def test_a_clash_of_tomorrow_is_asked_the_evening_before(
    officer: Client, country: Country, manual_clock: ManualClock
) -> None:
    manual_clock.advance(11 * 3600)
    session = coming_at(station_ref(country.one.station)).sessions[0]
    clash_in(country, session)
    shown = text_of(officer.get("/hom-nay/"))
    assert "Buổi 5 giờ 00, 24/11 có hai tin ưu tiên" in shown
    assert "Buổi tới bắt đầu lúc 5 giờ 00, 24/11" in shown
    decide(officer, country, session)
    assert "có hai tin ưu tiên" not in text_of(officer.get("/hom-nay/"))
    assert owners(country, 1) == [[False, True]]


def test_today_says_what_failed_and_why(officer: Client, country: Country) -> None:
    bulletin = approved(country.one)
    one, two = country.one.outlets
    played(bulletin, one, "expired", "", reason="device_off")
    played(bulletin, two, volume_pct=0)
    shown = text_of(officer.get("/hom-nay/"))
    assert "đến giờ thì thiết bị đang tắt" in shown
    assert "âm lượng 0 nên không ai nghe được" in shown


def test_today_waits_for_the_approver_and_lists_communes_for_the_province(
    approver: Client, administrator: Client, country: Country
) -> None:
    from tests.newsroom.test_bulletins import submitted

    submitted(country.one)
    shown = text_of(approver.get("/hom-nay/"))
    assert shown.index("Chờ anh chị duyệt") < shown.index("Sắp phát"), "before all else"
    assert "Xem đủ các tin đang chờ" not in shown
    for _ in range(5):
        submitted(country.one)
    assert "Xem đủ các tin đang chờ" in text_of(approver.get("/hom-nay/"))
    wall.count(clock.now())
    shown = text_of(administrator.get("/hom-nay/"))
    assert "Xã Tam Đảo" in shown
    assert "Xã Bên Cạnh" in shown


def test_a_wall_whose_counting_stopped_says_so(
    administrator: Client, country: Country, manual_clock: ManualClock
) -> None:
    """Everything green all night is what a dead counter shows, too."""
    wall.count(clock.now())
    assert "ngừng đếm" not in text_of(administrator.get("/hom-nay/"))
    manual_clock.advance(4 * 60)
    wall.count(clock.now())
    manual_clock.advance(4 * 60)
    assert "ngừng đếm" not in text_of(administrator.get("/hom-nay/"))
    assert "Mọi thôn có loa đều có ít nhất một cụm đang hoạt động" in text_of(
        administrator.get("/hom-nay/")
    )
    manual_clock.advance(2 * 60)
    stopped = text_of(administrator.get("/hom-nay/"))
    assert "Máy chủ ngừng đếm từ 12 giờ 04" in stopped
    assert CALM not in stopped
    cache.clear()
    assert "Máy chủ đang không đếm" in text_of(administrator.get("/hom-nay/"))


def test_a_stranger_cannot_touch_the_programme(stranger: Client, country: Country) -> None:
    slot = services.slot_add(
        actor=country.one.actor("officer"),
        station=station_ref(country.one.station),
        content=airable_content(country.one, "Tin riêng"),
        seconds=60,
        session=selectors.next_session(station_ref(country.one.station)),  # type: ignore[arg-type]  # there is one
    )
    for name in ("programme", "relay", "timetable"):
        answer = stranger.get(url(name, country))
        assert answer.status_code == 404
        assert "Tin riêng" not in text_of(answer)
    posts = [
        (url("item", country, slot.pk), {"do": "remove"}),
        (url("add", country), {"bulletin": str(slot.pk)}),
        (url("clash", country), {"first": "own"}),
        (url("timetable", country), {"name": "x", "do": "save"}),
        (reverse("console:item", args=[country.two.station.pk, slot.pk]), {"do": "remove"}),
    ]
    for address, form in posts:
        assert stranger.post(address, form).status_code == 404, address
    slot.refresh_from_db()
    assert slot.removed_at is None


def test_who_may_look_may_not_change(approver: Client, country: Country) -> None:
    assert approver.get(url("programme", country)).status_code == 200
    assert approver.post(url("add", country), {"bulletin": ""}).status_code == 403
    assert approver.get(url("timetable", country)).status_code == 403


def test_an_item_is_moved_to_another_session_or_hour_by_a_plain_form(
    officer: Client, country: Country
) -> None:
    add(officer, country)
    slot = Slot.objects.get()
    station = station_ref(country.one.station)
    evening = selectors.sessions_between(station, selectors.today(), 1)[-1]
    form = {"do": "to", "session": evening.start.isoformat()}
    officer.post(url("item", country, slot.pk), form)
    slot.refresh_from_db()
    assert (slot.session_at, slot.fixed_at) == (evening.start, None)
    officer.post(url("item", country, slot.pk), form | {"hour": "17:15"})
    slot.refresh_from_db()
    assert slot.fixed_at is not None
    assert f"{clock.local(slot.fixed_at):%H:%M}" == "17:15"
    for wrong in ({"hour": "25:00"}, {"hour": "05:15"}, {"session": "hôm qua", "hour": "x"}):
        answer = officer.post(url("item", country, slot.pk), form | wrong, follow=True)
        assert "giờ" in text_of(answer).lower()
    slot.refresh_from_db()
    assert f"{clock.local(slot.fixed_at):%H:%M}" == "17:15"


def test_what_was_taken_out_is_put_back(officer: Client, country: Country) -> None:
    add(officer, country)
    (slot,) = line(country)
    removed = officer.post(url("item", country, slot), {"do": "remove"}, follow=True)
    assert "Hoàn tác" in text_of(removed)
    assert "Hoàn tác" not in text_of(officer.get(url("programme", country)))
    assert line(country) == []
    answer = officer.post(url("item", country, slot), {"do": "restore"}, follow=True)
    assert "trở lại lịch" in text_of(answer)
    assert line(country) == [slot]


def test_a_day_is_copied_from_its_page(officer: Client, stranger: Client, country: Country) -> None:
    add(officer, country)
    form = {"tu": "2026-11-23", "den": "2026-11-25"}
    answer = officer.post(url("copy_day", country), form, follow=True)
    assert "Đã chép 1 mục sang thứ Tư, 25/11/2026" in text_of(answer)
    odd = officer.post(url("copy_day", country), form | {"den": "2026-02-31"}, follow=True)
    assert "không phải là một ngày" in text_of(odd)
    assert stranger.post(url("copy_day", country), form).status_code == 404
    assert Slot.objects.count() == 2


def test_the_week_is_seen_whole_with_its_holidays(officer: Client, country: Country) -> None:
    page = officer.get(url("programme", country), {"ngay": "2026-11-24", "xem": "tuan"})
    assert "Ngày Văn hóa Việt Nam" in text_of(page)
    assert len(page.context["week"]) == 7


def test_a_calendar_program_reads_the_programme_by_its_address(
    officer: Client, stranger: Client, country: Country
) -> None:
    from icalendar import Calendar

    add(officer, country)
    address = officer.get(url("programme", country)).context["feed"]
    calendar = Calendar.from_ical(Client().get(address).content)
    names = {str(event["summary"]) for event in calendar.walk("VEVENT")}
    assert {"Lịch tiêm chủng", "Ngày Văn hóa Việt Nam"} <= names
    begins = {str(e["summary"]): e["dtstart"].dt for e in calendar.walk("VEVENT")}
    assert begins["Lịch tiêm chủng"] >= clock.now()
    path, _, key = address.partition("?khoa=")
    other = path.replace(str(country.one.station.pk), str(country.two.station.pk))
    for wrong in (path, f"{path}?khoa=x", f"{path}?khoa={key[:-1]}", f"{other}?khoa={key}"):
        assert Client().get(wrong).status_code == 404
    country.one.officer.set_password("mật khẩu mới rất dài 2027")
    country.one.officer.save()
    assert Client().get(address).status_code == 404


def test_a_province_s_template_is_what_its_stations_follow(
    country: Country, sign_in: SignIn, officer: Client
) -> None:
    Timetable.objects.all().delete()
    editor = sign_in(country.editor)
    form = {"name": "Mẫu của tỉnh", "do": "save", "day0": "06:00-06:30"}
    editor.post(reverse("console:timetable_template"), form)
    assert Timetable.objects.get().place == country.province
    own = officer.get(url("timetable", country))
    assert own.context["differences"] == []
    assert own.context["typed"]["day0"] == "06:00-06:30"
    officer.post(url("timetable", country), form | {"name": "Của xã", "day0": "05:00-06:00"})
    (difference,) = officer.get(url("timetable", country)).context["differences"]
    assert (difference.theirs, difference.ours) == ("06:00-06:30", "05:00-06:00")
    filled = officer.post(url("timetable", country), {"do": "template", "day0": "x"})
    assert filled.context["typed"]["day0"] == "06:00-06:30"
    assert officer.post(reverse("console:timetable_template"), form).status_code in {200, 302}
    assert Timetable.objects.filter(place=country.province).count() == 1
