"""Our orders as CAP, read again by our own strict reader."""

from datetime import timedelta
from typing import Any

import pytest

from loa.alerts.cap import mapping, reading, signing
from loa.alerts.cap.export import Earlier, Exported, to_cap
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.hazards import HAZARDS
from loa_protocol import payloads
from loa_protocol.payloads import Issuer, new_nonce
from tests.alerts.cap.office import CENTRES, NOW, certificate

SENDER = "loa.example.vn"
NAMES = {"vn/01/00004": "Phường Ba Đình", "vn/01/00008/h02": "Tổ dân phố 2"}
FIRST, SECOND, THIRD = "a" * 64, "b" * 64, "c" * 64


def common(after_s: int = 0) -> dict[str, Any]:
    issued = NOW + timedelta(seconds=after_s)
    return {
        "issuer": Issuer(path="vn/01", person="an"),
        "target": tuple(NAMES),
        "issued": issued,
        "expires": NOW + timedelta(hours=72),
        "nonce": new_nonce(),
    }


def sounding(after_s: int = 0, **other: Any) -> dict[str, Any]:
    made = common(after_s)
    return made | {
        "class": 4,
        "hazard": "flood",
        "title": "Lũ lên <nhanh> & cao",
        "text": "Lên chỗ cao ngay.",
        "languages": ("vi",),
        "speak_at": made["issued"] + timedelta(seconds=10),
        "plays": 0,
        "gap_s": 20,
        "map_date": "2026-11-25",
        **other,
    }


def alert(**other: Any) -> payloads.Alert:
    return payloads.Alert.model_validate(sounding(siren="flood", **other))


def exported(payload: Exported, order: str, *earlier: Earlier) -> bytes:
    return to_cap(payload, order=order, sender=SENDER, names=NAMES, earlier=earlier)


def back(data: bytes) -> OrderDraft:
    message = reading.read(data, NOW + timedelta(minutes=1))
    made = mapping.draft_of(message.alert, CENTRES, NOW + timedelta(minutes=1))
    assert made is not None
    return made


@pytest.mark.parametrize("hazard", [one.id for one in HAZARDS])
@pytest.mark.parametrize("level", range(1, 6))
def test_an_alert_comes_back_as_it_was(hazard: str, level: int) -> None:
    order = alert(hazard=hazard, **{"class": level})
    made = back(exported(order, FIRST))
    assert (made.kind, made.level, made.hazard) == ("alert", level, hazard)
    assert (made.title, made.text, made.expires) == (order.title, order.text, order.expires)
    assert made.targets == order.target


def test_an_update_names_what_it_updates() -> None:
    first = alert()
    update = payloads.Update.model_validate(sounding(20, alert=FIRST, revision=1))
    made = back(exported(update, SECOND, Earlier(FIRST, first)))
    assert made.kind == "update"
    assert [(one.sender, one.identifier, one.sent) for one in made.references] == [
        (SENDER, FIRST, first.issued)
    ]


def test_a_cancel_names_the_alert_and_its_updates() -> None:
    first = alert()
    update = payloads.Update.model_validate(sounding(20, alert=FIRST, revision=1))
    cancel = payloads.Cancel.model_validate(common(30) | {"alert": FIRST, "reason": "Báo nhầm"})
    data = exported(cancel, THIRD, Earlier(FIRST, first), Earlier(SECOND, update))
    made = back(data)
    assert (made.kind, made.title) == ("cancel", "Báo nhầm")
    assert [one.identifier for one in made.references] == [FIRST, SECOND]
    assert made.targets == first.target


def test_a_drill_is_an_exercise_in_its_status_and_in_its_headline() -> None:
    drill = payloads.Drill.model_validate(sounding())
    data = exported(drill, FIRST)
    assert reading.read(data, NOW).alert.status == "Exercise"
    made = back(data)
    assert made.kind == "drill"
    assert made.title.startswith("DIỄN TẬP")


def test_the_end_of_a_drill_is_an_exercise_too() -> None:
    drill = payloads.Drill.model_validate(sounding())
    end = payloads.DrillCancel.model_validate(common(9) | {"alert": FIRST, "reason": "Xong"})
    assert back(exported(end, SECOND, Earlier(FIRST, drill))).kind == "drill-cancel"


def test_a_cancel_of_nothing_and_an_alert_about_something_are_not_written() -> None:
    cancel = payloads.Cancel.model_validate(common() | {"alert": FIRST, "reason": "Báo nhầm"})
    with pytest.raises(ValueError, match="earlier"):
        exported(cancel, SECOND)
    with pytest.raises(ValueError, match="earlier"):
        exported(alert(), SECOND, Earlier(FIRST, alert()))


def test_what_is_signed_here_is_read_as_signed() -> None:
    key, made = certificate("Loa")
    data = signing.sign(exported(alert(), FIRST), key, made)
    signer = reading.read(data, NOW, trusted=[made], require_signature=True).signer
    assert signer is not None
    assert signer.trusted
