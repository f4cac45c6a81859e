"""The ten commonest hazards: what is said of each, with blanks, and how loud it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hazard:
    """`id` as orders name it; `spoken` is the device's own clip when nothing else is there;
    `text` has `{blanks}` that the author fills; `hours` how long it usually stands."""

    id: str
    name: str
    spoken: str
    title: str
    text: str
    level: int
    hours: int
    event: str


HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        "flood",
        "Lũ, ngập lụt",
        "lũ lên nhanh",
        "Lũ lên nhanh ở {nơi}",
        "Lũ đang lên nhanh ở {nơi}. Bà con ở chỗ thấp di chuyển ngay đến {nơi tránh}. "
        "Không qua ngầm, qua suối. Cần giúp, gọi {số điện thoại}.",
        4,
        12,
        "Flood",
    ),
    Hazard(
        "dam",
        "Xả lũ, sự cố hồ đập",
        "hồ chứa xả lũ",
        "Hồ {tên hồ} xả lũ lúc {giờ}",
        "Hồ {tên hồ} xả lũ lúc {giờ}. Bà con ở ven sông, hạ du lên chỗ cao ngay. "
        "Không ở lại trên thuyền, trên bè, ngoài bãi.",
        5,
        12,
        "Dam release",
    ),
    Hazard(
        "storm",
        "Bão, áp thấp nhiệt đới",
        "bão sắp vào",
        "Bão sắp đổ bộ vào {nơi}",
        "Bão sắp đổ bộ vào {nơi}, khoảng {giờ}. Bà con vào nhà kiên cố, chằng chống cửa, "
        "không ra ngoài khi gió mạnh. Người ở nhà tạm đến ngay {nơi tránh}.",
        4,
        24,
        "Tropical cyclone",
    ),
    Hazard(
        "flash-flood",
        "Lũ quét, sạt lở đất",
        "nguy cơ lũ quét, sạt lở đất",
        "Nguy cơ lũ quét, sạt lở đất ở {nơi}",
        "Mưa rất to, có nguy cơ lũ quét và sạt lở đất ở {nơi}. Bà con ở sườn dốc, ven suối "
        "rời nhà ngay, đến {nơi tránh}. Không quay lại lấy đồ.",
        5,
        12,
        "Flash flood and landslide",
    ),
    Hazard(
        "fire",
        "Cháy lớn, cháy rừng",
        "có cháy lớn",
        "Cháy lớn tại {nơi}",
        "Đang có cháy lớn tại {nơi}. Bà con quanh đó ra khỏi nhà, đi theo hướng {hướng}, "
        "tránh khói, nhường đường cho xe chữa cháy. Báo cháy gọi 114.",
        4,
        6,
        "Fire",
    ),
    Hazard(
        "tsunami",
        "Sóng thần, nước dâng",
        "sóng thần",
        "Sóng thần: rời bờ biển ngay",
        "Có thể có sóng thần vào bờ biển {nơi}. Bà con rời bờ biển, lên chỗ cao ngay, "
        "đi bộ nếu đường tắc. Không quay lại cho đến khi có thông báo hết nguy hiểm.",
        5,
        6,
        "Tsunami",
    ),
    Hazard(
        "earthquake",
        "Động đất",
        "có động đất",
        "Động đất ở {nơi}",
        "Vừa có động đất ở {nơi}. Bà con ra chỗ trống, tránh xa nhà cao và cột điện. "
        "Có thể còn dư chấn, không vào nhà nứt.",
        4,
        6,
        "Earthquake",
    ),
    Hazard(
        "chemical",
        "Sự cố hóa chất, phóng xạ",
        "sự cố hóa chất",
        "Sự cố hóa chất tại {nơi}",
        "Có sự cố hóa chất tại {nơi}. Bà con vào nhà, đóng kín cửa, tắt quạt và máy lạnh, "
        "che mũi miệng bằng khăn ướt. Chờ thông báo tiếp.",
        5,
        6,
        "Chemical incident",
    ),
    Hazard(
        "epidemic",
        "Dịch bệnh",
        "có dịch bệnh nguy hiểm",
        "Dịch bệnh {tên bệnh} ở {nơi}",
        "Có dịch {tên bệnh} ở {nơi}. Bà con hạn chế tụ tập, ai có {triệu chứng} gọi ngay trạm y tế "
        "theo số {số điện thoại}, không tự đi lại.",
        3,
        48,
        "Epidemic",
    ),
    Hazard(
        "security",
        "An ninh, an toàn",
        "tình huống mất an toàn",
        "Tình huống mất an toàn tại {nơi}",
        "Đang có tình huống mất an toàn tại {nơi}. Bà con ở yên trong nhà, khóa cửa, "
        "không đến gần. Biết tin gì, gọi 113.",
        4,
        6,
        "Public safety",
    ),
)
ALL_CLEAR = Hazard(
    "all-clear",
    "Báo hết nguy hiểm",
    "đã hết nguy hiểm",
    "Hết nguy hiểm ở {nơi}",
    "Đã hết nguy hiểm ở {nơi}. Bà con trở lại sinh hoạt bình thường. Nơi nào còn hư hỏng, báo ngay "
    "trưởng thôn. Xin nghe tiếp thông báo của địa phương.",
    2,
    1,
    "All clear",
)
"""No hazard: what people are told when one is over. A correction of the order, or an order of its
own where that one has ended."""
BY_ID = {hazard.id: hazard for hazard in (*HAZARDS, ALL_CLEAR)}


def spoken_of(hazard: str) -> str:
    """What the device's own clip says of a hazard."""
    known = BY_ID.get(hazard)
    return known.spoken if known else "có tình huống nguy hiểm"
