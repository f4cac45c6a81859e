"""Places found as people write their names: short forms, i and y, tone marks, former names."""

import pytest

from loa.places import names, selectors, services

WRITTEN = [
    ("Lục Sỹ Thành", "Xã Lục Sĩ Thành", ""),
    ("X. Lục Sĩ Thành", "Xã Lục Sĩ Thành", ""),
    ("x lục sỹ thành", "Xã Lục Sĩ Thành", ""),
    ("TP Hồ Chí Minh", "Thành phố Hồ Chí Minh", ""),
    ("TP. Hồ Chí Minh", "Thành phố Hồ Chí Minh", ""),
    ("TP.HCM", "Thành phố Hồ Chí Minh", ""),
    ("TPHCM", "Thành phố Hồ Chí Minh", ""),
    ("Tp Huế", "Thành phố Huế", ""),
    ("T. Phú Thọ", "Tỉnh Phú Thọ", ""),
    ("P. Bến Nghé", "Phường Sài Gòn", "Phường Bến Nghé"),
    ("phường bến nghé", "Phường Sài Gòn", "Phường Bến Nghé"),
    ("Bến Nghé", "Phường Sài Gòn", "Phường Bến Nghé"),
    ("P.Hoàn Kiếm", "Phường Hoàn Kiếm", ""),
    ("Thừa Thiên Huế", "Thành phố Huế", "Tỉnh Thừa Thiên Huế"),
    ("Thừa Thiên - Huế", "Thành phố Huế", "Tỉnh Thừa Thiên Huế"),
    ("TX Đông Triều", "Phường Đông Triều", ""),
    ("TT. Hợp Châu", "Xã Tam Đảo", "Thị trấn Hợp Châu"),
    ("Bà Rịa Vũng Tàu", "Thành phố Hồ Chí Minh", "Tỉnh Bà Rịa - Vũng Tàu"),
    ("Bà Rịa-Vũng Tàu", "Thành phố Hồ Chí Minh", "Tỉnh Bà Rịa - Vũng Tàu"),
    ("Ea H’Leo", "Xã Ea H'Leo", ""),
    ("Đạo Trù", "Xã Đạo Trù", ""),
]
DISTRICTS = [("Q.1", "Phường Sài Gòn"), ("Quận 1", "Phường Tân Định"), ("H. Tam Đảo", "Xã Đạo Trù")]


@pytest.mark.django_db
def test_a_name_as_people_write_it() -> None:
    services.gazetteer_load(actor="cli:test")  # once: it takes seconds
    for typed, name, formerly in WRITTEN:
        place = selectors.place_search(typed)[0]
        assert (typed, place.name, getattr(place, "formerly", "")) == (typed, name, formerly)
    for typed, among in DISTRICTS:
        assert among in [place.name for place in selectors.place_search(typed)], typed
    assert selectors.place_search("P. Bến Nghé", within=["vn/25"]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Xã Mỹ Lý", "X. Mĩ Lí"),
        ("Thị trấn Hòa Bình", "TT. Hoà Bình"),
        ("Phường Thủy Xuân", "P Thuỷ Xuân"),
        ("Phường 5", "P.05"),
        ("Tổ dân phố 3", "TDP 3"),
        ("Xã Quý Sơn", "xã  Quí Sơn"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)
    assert names.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Xã Tam Sơn", "Xã Tam Sinh"),
        ("Thôn 1", "Thôn 11"),
        ("Xã Ý Yên", "Xã Yên"),
        ("P. Sa", "Sapa"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert not names.same(one, other)


def test_names_in_the_order_of_the_alphabet() -> None:
    ordered = [
        "An Giang",
        "Ăn",
        "Âu",
        "Bắc Ninh",
        "Cà Mau",
        "Cao Bằng",
        "Đà Nẵng",
        "Thôn 2",
        "Thôn 10",
    ]
    shuffled = [*ordered[4:], *ordered[:4]]
    assert sorted(shuffled, key=names.alphabetical) == ordered
