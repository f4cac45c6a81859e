"""What stations and outlets must be like, each fault as a sentence with its field."""

import math
from typing import TYPE_CHECKING

from loa.lib.sentences import Refusal, Sentence
from loa.lib.text import nfc
from loa.outlets import rules

if TYPE_CHECKING:
    from loa.places.models import Place


class OutletError(Refusal):
    """What does not fit, as a sentence for the asker."""


def check_position(latitude: float | None, longitude: float | None, commune: "Place") -> None:
    """Raise OutletError with a sentence unless a pole of the commune may stand there."""
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        raise OutletError("Tọa độ cần cả vĩ độ và kinh độ.").at("latitude")
    middle = None
    if commune.latitude is not None and commune.longitude is not None:
        middle = (commune.latitude, commune.longitude)
    away = rules.position_fault(
        (latitude, longitude), middle, islands=commune.name.lower().startswith("đặc khu")
    )
    if away is None:
        return
    if math.isinf(away):
        raise OutletError("Vị trí này nằm ngoài Việt Nam. Xem lại vĩ độ và kinh độ.").at("latitude")
    raise OutletError(
        "Vị trí này cách trung tâm %(place)s khoảng %(km)s km. Xem lại vĩ độ và kinh độ.",
        place=commune.name,
        km=round(away),
    ).at("latitude")


def check_hamlet(hamlet: "Place | None", commune: "Place") -> None:
    """Raise OutletError unless the hamlet, if any, is the commune's."""
    if hamlet is not None and not hamlet.path.startswith(commune.path + "/"):
        raise OutletError("Thôn này không thuộc xã của đài.").at("hamlet")


def clean_words(text: str, most: int, what: Sentence, field: str = "name") -> str:
    """One line of NFC text. Raises OutletError for control letters or too long a text."""
    plain = " ".join(nfc(text).split())
    if len(plain) > most:
        raise OutletError(
            "%(what)s dài %(length)s chữ, nhiều nhất là %(most)s.",
            what=what,
            length=len(plain),
            most=most,
        ).at(field)
    if any(not letter.isprintable() for letter in plain):
        raise OutletError("%(what)s có ký tự lạ không hiện được. Xin gõ lại.", what=what).at(field)
    return plain
