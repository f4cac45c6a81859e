"""Papers that end soon: each is named for what it is, and so is who signs the next one."""

from dataclasses import replace
from datetime import timedelta

from loa.console.urgent.endings import said_of
from loa.lib import clock
from loa.people.keys import Ending
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office
from tests.console.test_urgent import desk, office
from tests.country import Country

__all__ = ["office"]


def ending(kind: str, who: str = "", **fields: object) -> Ending:
    to = clock.now() + timedelta(days=9)
    made = Ending("d" * 64, kind, who, "vn/25", drill=False, to=to, days=9, alarm=14)
    return replace(made, **fields)  # type: ignore[arg-type]  # the test's own words


def words(*found: Ending) -> list[str]:
    return [one.words for one in said_of(found)]


def test_each_paper_says_what_it_is_and_who_signs_the_next(country: Country) -> None:
    author = country.one.officer.person_id
    node, registrar, person, drill, policy, trust = words(
        ending("node", "n-25"),
        ending("registrar", "dang-ky-1"),
        ending("person", author),
        ending("person", author, drill=True),
        ending("policy"),
        ending("trust"),
    )
    name = country.one.officer.full_name
    assert node.startswith("Giấy của máy chủ tại Tỉnh Phú Thọ còn hiệu lực 9 ngày.")
    assert "người giữ khóa gốc ký lại" in node
    assert registrar.startswith("Giấy của một người đăng ký khóa tại")
    assert "người giữ khóa gốc ký lại" in registrar
    assert person.startswith(f"Giấy ủy quyền của {name} tại")
    assert person.endswith("Nhờ hai người đăng ký khóa ký lại.")
    assert drill.startswith(f"Giấy ủy quyền diễn tập của {name}")
    assert "chương trình không phát được" in policy
    assert trust.startswith("Danh sách khóa bị thu hồi")


def test_the_last_day_and_the_end_are_said_so(country: Country) -> None:
    assert "còn hiệu lực chưa đầy một ngày" in words(ending("policy", days=0, alarm=7))[0]
    (over,) = said_of([ending("policy", days=-3, alarm=0)])
    assert over.over
    assert "đã hết hạn. Chương trình không phát được" in over.words


def test_the_same_sentence_stands_once(country: Country) -> None:
    assert len(words(ending("registrar", "dang-ky-1"), ending("registrar", "dang-ky-2"))) == 1
    assert words() == []


def test_the_room_says_it_before_it_is_too_late(office: Office, manual_clock: ManualClock) -> None:
    author = desk(office.author)
    assert "Giấy ủy quyền" not in author.get("/khan-cap/").content.decode()
    manual_clock.advance(171 * 86400)
    page = author.get("/khan-cap/").content.decode()
    assert "Giấy ủy quyền của Bùi Thanh Bình tại Tỉnh Phú Thọ còn hiệu lực 8 ngày." in page
    assert "Giấy ủy quyền diễn tập của Bùi Thanh Bình" in page
