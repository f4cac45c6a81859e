"""Units of measure and money after a number."""

from __future__ import annotations

import re

UNITS = {
    "km2": "ki lô mét vuông", "km²": "ki lô mét vuông", "m2": "mét vuông", "m²": "mét vuông",
    "m3": "mét khối", "m³": "mét khối", "cm2": "xen ti mét vuông", "cm²": "xen ti mét vuông",
    "cm3": "xen ti mét khối", "cm³": "xen ti mét khối", "dm3": "đề xi mét khối",
    "dm³": "đề xi mét khối", "mm2": "mi li mét vuông", "mm²": "mi li mét vuông",
    "km": "ki lô mét", "Km": "ki lô mét", "KM": "ki lô mét", "hm": "héc tô mét", "m": "mét",
    "dm": "đề xi mét", "cm": "xen ti mét", "mm": "mi li mét", "µm": "mi crô mét",
    "ha": "héc ta", "Ha": "héc ta", "kg": "ki lô gam", "Kg": "ki lô gam", "KG": "ki lô gam",
    "g": "gam", "gr": "gam", "mg": "mi li gam", "µg": "mi crô gam", "l": "lít", "lít": "lít",
    "ml": "mi li lít", "mL": "mi li lít", "kWh": "ki lô oát giờ", "KWh": "ki lô oát giờ",
    "kwh": "ki lô oát giờ", "KWH": "ki lô oát giờ", "MWh": "mê ga oát giờ", "kW": "ki lô oát",
    "KW": "ki lô oát", "kw": "ki lô oát", "MW": "mê ga oát", "MWp": "mê ga oát pích", "W": "oát",
    "kV": "ki lô vôn", "KV": "ki lô vôn", "kVA": "ki lô vôn am pe", "V": "vôn", "v": "vôn",
    "T": "tấn", "Hz": "héc", "kHz": "ki lô héc", "MHz": "mê ga héc", "GHz": "gi ga héc",
    "dB": "đề xi ben", "dBA": "đề xi ben a",
    "hPa": "héc tô pa xcan", "mb": "mi li ba", "HP": "mã lực",
    "CV": "mã lực", "KB": "ki lô bai", "MB": "mê ga bai", "GB": "gi ga bai", "TB": "tê ra bai",
    "Mbps": "mê ga bít trên giây", "Gbps": "gi ga bít trên giây",
    "kcal": "ki lô ca lo", "Kcal": "ki lô ca lo", "cal": "ca lo", "ppm": "phần triệu",
    "°C": "độ xê", "ºC": "độ xê", "oC": "độ xê", "độ C": "độ xê", "℃": "độ xê", "°F": "độ ép",
    "°": "độ", "º": "độ", "%": "phần trăm", "‰": "phần nghìn",
    "h": "giờ", "H": "giờ", "'": "phút", "’": "phút", "ph": "phút", "s": "giây",
    "đồng": "đồng", "đ": "đồng", "Đ": "đồng", "VNĐ": "đồng", "VND": "đồng", "vnđ": "đồng",
    "vnd": "đồng", "₫": "đồng", "USD": "đô la Mỹ", "$": "đô la", "EUR": "ơ rô", "€": "ơ rô",
}  # fmt: skip
"""As written after a number -> as said."""

MULTIPLES = {
    "trăm": "trăm", "nghìn": "nghìn", "ngàn": "nghìn", "triệu": "triệu", "tỷ": "tỷ", "tỉ": "tỷ",
    "tr": "triệu", "k": "nghìn", "K": "nghìn",
}  # fmt: skip
"""Words of magnitude between a number and its unit."""

MONEY = frozenset({"đồng", "đô la Mỹ", "đô la", "ơ rô"})
PER_TIME = frozenset({"h", "s", "giờ", "giây", "phút"})

COUNTED_PER = frozenset(
    [
        "người",
        "hộ",
        "trẻ",
        "em",
        "cháu",
        "học",
        "sinh",
        "suất",
        "ca",
        "lượt",
        "lần",
        "vụ",
        "con",
        "cây",
        "bao",
        "gói",
        "chai",
        "lít",
        "kg",
        "tạ",
        "tấn",
        "yến",
        "m",
        "m2",
        "m²",
        "m3",
        "m³",
        "km",
        "ha",
        "sào",
        "mẫu",
        "công",
        "giờ",
        "phút",
        "ngày",
        "đêm",
        "buổi",
        "tuần",
        "tháng",
        "quý",
        "năm",
        "vụ",
        "khóa",
        "khoá",
        "cái",
        "chiếc",
        "xe",
        "phòng",
        "trang",
        "tờ",
        "tập",
        "quyển",
        "thửa",
        "điểm",
        "cụm",
        "thôn",
        "xã",
        "phường",
        "tỉnh",
        "đơn",
        "vị",
        "lớp",
        "trường",
        "khẩu",
        "nhân",
        "hộp",
        "viên",
        "liều",
        "mũi",
        "kWh",
        "km2",
        "ml",
        "g",
        "mg",
        "l",
    ]
)
"""What a price or a rate may stand against after a slash: *đồng/người/tháng*."""


OFFICES = frozenset((
    "thôn", "xã", "phường", "tỉnh", "tổ", "ấp", "bản", "khóm", "buôn", "làng", "huyện", "quận",
    "cụm",
))  # fmt: skip
"""Units of administration: two of them with a slash between are two words and no rate."""
LAND = frozenset((
    "sào", "ha", "mẫu", "tạ", "tấn", "kg", "lít", "m2", "m²", "m3", "m³", "km", "gốc", "hố", "bình",
))  # fmt: skip
"""What a thing is given to: after a slash it is always a rate (*vôi bột/sào*)."""


def alternation(words: dict[str, str]) -> str:
    """A pattern that prefers the longest writing."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def unit_words(written: str) -> str:
    """A unit as said; a word that is no unit is said as it stands."""
    return UNITS.get(written, written)


def per_words(unit: str, against: str) -> str:
    """What follows a slash: `km`, `h` -> `trên giờ`; `đồng`, `người` -> `một người`.

    Between two measures an announcer says *trên*, for prices and rates *một*.
    """
    if against in {"km2", "km²"}:
        return f"trên {unit_words(against)}"
    physical = unit not in MONEY and unit in UNITS.values()
    if physical and (against in PER_TIME or against in UNITS):
        return f"trên {unit_words(against)}"
    return f"một {unit_words(against)}"
