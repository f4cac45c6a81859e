"""What must not be sent: each refused by name, with a sentence, and nothing is kept."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loa.alerts import rules, services
from loa.alerts.models import Order
from loa.alerts.rules import OrderRefused
from loa.lib import clock
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Alert, parse_payload
from tests.alerts.office import Office


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"hours": None}, "no_expiry"),
        ({"hours": -1}, "expired"),
        ({"hours": 72.1}, "life_too_long"),
        ({"drill": True, "hours": 2.1}, "life_too_long"),
        ({"text": "a" * 901}, "text_too_long"),
        ({"text": "   "}, "no_text"),
        ({"title": "Lũ ở {nơi}"}, "blank_left"),
        ({"text": "Bà con đến ____ ngay"}, "blank_left"),
        ({"targets": ()}, "bad_field"),
        ({"targets": ("vn/25/08911", "vn/25/08911")}, "bad_field"),
        ({"targets": ("everywhere",)}, "bad_field"),
        ({"targets": tuple(f"vn/25/{n:05}" for n in range(17))}, "bad_field"),
        ({"level": 6}, "bad_field"),
    ],
)
def test_a_wish_that_is_no_order(office: Office, wish: dict[str, Any], code: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        office.draft(**wish)
    assert caught.value.code == code
    assert str(caught.value).endswith((".", "}", "_")), "a sentence for the officer"


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        (("vn/25/99999",), "unknown_area"),
        (("vn/25/08911", "vn/25/08911/h01"), "area_twice"),
        (("vn/25", "vn/25/08911"), "area_twice"),
    ],
)
def test_places_that_do_not_stand(office: Office, targets: tuple[str, ...], code: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        office.author.propose(office.draft(targets=targets))
    assert caught.value.code == code
    assert not Order.objects.exists()


def doc(office: Office, **other: Any) -> Alert:
    found = parse_payload(Kind.ALERT, office.draft().payload)
    assert isinstance(found, Alert)
    return found.model_copy(update=other)


def sent(office: Office, made: Alert) -> str:
    """The name under which bytes that no page would make are refused."""
    from loa.alerts.orders.drafting import Draft

    with pytest.raises(OrderRefused) as caught:
        office.author.propose(Draft(Kind.ALERT, made.to_bytes()))
    assert not Order.objects.exists()
    return caught.value.code


def test_bytes_of_another_program_are_judged_like_the_pages(office: Office) -> None:
    now = clock.now()
    assert sent(office, doc(office, text="x" * 1000)) == "text_too_long"
    assert sent(office, doc(office, siren=None)) == "no_siren"
    assert sent(office, doc(office, expires=now + timedelta(hours=80))) == "life_too_long"
    assert sent(office, doc(office, issued=now + timedelta(minutes=1))) == "bad_field"
    other = doc(office).issuer.model_copy(update={"person": "p-somebody"})
    assert sent(office, doc(office, issuer=other)) == "issuer_mismatch"
    elsewhere = doc(office).issuer.model_copy(update={"path": "vn/25/08914"})
    assert sent(office, doc(office, issuer=elsewhere)) == "issuer_mismatch"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=400), kind=st.sampled_from(sorted(Kind)))
def test_no_bytes_that_nobody_signed_are_kept(office: Office, data: bytes, kind: Kind) -> None:
    with pytest.raises(OrderRefused):
        services.order_propose(
            actor=office.author.actor,
            kind=kind,
            payload=data,
            kid=office.author.key.kid,
            sig=b"\0" * 64,
        )
    assert not Order.objects.exists()


def test_every_byte_of_a_proposed_order_counts(office: Office) -> None:
    draft = office.draft()
    sig = office.author.sign(draft)
    for at in range(0, len(draft.payload), 7):
        changed = bytearray(draft.payload)
        changed[at] ^= 1
        with pytest.raises(OrderRefused):
            services.order_propose(
                actor=office.author.actor,
                kind=Kind.ALERT,
                payload=bytes(changed),
                kid=office.author.key.kid,
                sig=sig,
            )
    assert not Order.objects.exists()


def test_the_limits_that_officers_read_are_the_rules(office: Office) -> None:
    assert rules.SPOKEN_MAX == 900
    assert office.draft(text="a" * 900)
