"""What the tests of a pole and of its commands share."""

from django.urls import reverse

from loa.outlets.enrolment import Caller, enrol_waiting
from loa_protocol.keys import SigningKey
from tests.country import Country


def at(country: Country, name: str = "pole") -> str:
    return reverse(f"console:{name}", args=[country.one.outlets[0].wire_id])


def knock(serial: str = "may-01", area: str = "") -> SigningKey:
    key = SigningKey.generate()
    caller = Caller(serial=serial, model="loa-player", key=key.public, address="", area=area)
    assert enrol_waiting(caller=caller) is None
    return key
