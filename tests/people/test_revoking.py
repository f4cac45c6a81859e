"""One registrar takes a key out of force: for ever, in a list that only grows."""

from typing import Any

import pytest

from loa.people import authority, keys, revoking
from loa.people.acceptance import trust_now
from loa.people.selectors import NotAllowed
from loa.people.services import PeopleError
from loa_protocol.clock import ManualClock
from loa_protocol.encoding import dump_object, parse_object
from loa_protocol.envelope import signing_input
from loa_protocol.kinds import Kind
from tests.country import Country
from tests.people.test_keys import Person, asked, officer, registrars

__all__ = ["officer", "registrars"]


def sign(who: Person, payload: bytes, **other: Any) -> Any:
    fields = {
        "actor": who.actor,
        "payload": payload,
        "kid": who.key.kid,
        "sig": who.key.sign(signing_input(Kind.TRUST, payload)),
    }
    return revoking.revocation_sign(**(fields | other))


@pytest.fixture
def entitled(registrars: list[Person], officer: Person) -> str:
    """The officer's key with papers; its kid."""
    one, two = registrars
    key = officer.register()
    draft, _ = one.sign(asked(one, key))
    two.sign(draft)
    return officer.key.kid


def counts(kid: str) -> bool:
    return any(one.kid == kid for one in revoking.rights_in(("vn/25",)))


def test_one_registrar_ends_a_key_for_ever(
    registrars: list[Person], entitled: str, manual_clock: ManualClock
) -> None:
    one, two = registrars
    assert counts(entitled)
    payload = revoking.revocation_ask(actor=one.actor, path="vn/25", kids=[entitled])
    assert counts(entitled), "a list that nobody signed changes nothing"
    sign(one, payload)
    assert not counts(entitled)
    grants = [g for g in trust_now().state.grants.values() if g.kid == entitled]
    assert all(trust_now().state.revoked_since(grant) for grant in grants)
    served = authority.documents_over(Kind.TRUST, "vn/25/08911")
    assert [envelope.kind for envelope in served] == [Kind.TRUST]
    manual_clock.advance(60)
    again = revoking.revocation_ask(actor=two.actor, path="vn/25", kids=[one.key.kid])
    listed = [entry["kid"] for entry in parse_object(again)["revoked"]]
    assert listed == [entitled, one.key.kid], "lists only grow"


def test_a_list_that_forgot_somebody_is_refused(
    registrars: list[Person], entitled: str, manual_clock: ManualClock
) -> None:
    one, two = registrars
    late = revoking.revocation_ask(actor=two.actor, path="vn/25", kids=[one.key.kid])
    manual_clock.advance(5)
    sign(one, revoking.revocation_ask(actor=one.actor, path="vn/25", kids=[entitled]))
    with pytest.raises(PeopleError):
        sign(two, late)
    assert counts(one.key.kid)


def test_who_may_not_revoke(
    registrars: list[Person], officer: Person, entitled: str, country: Country
) -> None:
    one, two = registrars
    with pytest.raises(NotAllowed):
        revoking.revocation_ask(actor=officer.actor, path="vn/25", kids=[entitled])
    with pytest.raises(PeopleError):
        revoking.revocation_ask(actor=one.actor, path="vn/25", kids=["x" * 22])
    with pytest.raises(PeopleError):
        revoking.revocation_ask(actor=one.actor, path="vn/25", kids=[])
    payload = revoking.revocation_ask(actor=one.actor, path="vn/25", kids=[entitled])
    with pytest.raises(PeopleError):
        sign(two, payload)  # another's name under it
    with pytest.raises(PeopleError):
        sign(one, payload, sig=bytes(64))
    value = parse_object(payload)
    value["target"] = ["vn"]
    with pytest.raises((PeopleError, NotAllowed)):
        sign(one, dump_object(value))
    assert counts(entitled)
    assert keys.key_of(entitled) is not None
