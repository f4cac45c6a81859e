"""The form of an envelope, and that no byte of a signed one can change."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.protocol.world import World

from loa_protocol import (
    Channel,
    Envelope,
    Kind,
    Reason,
    Refused,
    SigningKey,
    add_signature,
    sign,
    signing_input,
    verify,
)
from loa_protocol.encoding import b64encode
from tests.protocol.refusing import refusing

WORLD = World()
ALERT = WORLD.alert()
ALERT_BYTES = ALERT.to_bytes()


def value(**changes: Any) -> bytes:
    """An alert's envelope with some fields changed."""
    return json.dumps({**ALERT.to_value(), **changes}).encode()


def test_an_envelope_comes_back_unchanged() -> None:
    assert Envelope.parse(ALERT_BYTES) == ALERT
    assert Envelope.parse(ALERT_BYTES).id == ALERT.id


def test_the_kind_is_part_of_what_is_signed() -> None:
    assert signing_input(Kind.ALERT, b"{}") == b"loa/v1/alert\x00{}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" " * (512 * 1024 + 1), Reason.TOO_LARGE),
        (b"{", Reason.BAD_ENVELOPE),
        (b"[]", Reason.BAD_ENVELOPE),
        (value(v=2), Reason.BAD_VERSION),
        (value(v=True), Reason.BAD_ENVELOPE),
        (value(v="1"), Reason.BAD_ENVELOPE),
        (value(more=1), Reason.BAD_ENVELOPE),
        (value(kind="Alert"), Reason.UNKNOWN_KIND),
        (value(kind="siren"), Reason.UNKNOWN_KIND),
        (value(kind=1), Reason.BAD_ENVELOPE),
        (value(payload="QQ=="), Reason.BAD_ENVELOPE),
        (value(payload=1), Reason.BAD_ENVELOPE),
        (value(payload=b64encode(b" " * (16 * 1024 + 1))), Reason.TOO_LARGE),
        (value(kind="delegation", payload=b64encode(b" " * (4 * 1024 + 1))), Reason.TOO_LARGE),
        (value(kind="open", payload=b64encode(b" " * (32 * 1024 + 1))), Reason.TOO_LARGE),
        (value(kind="plan", payload=b64encode(b" " * (256 * 1024 + 1))), Reason.TOO_LARGE),
        (value(sigs={}), Reason.BAD_ENVELOPE),
        (value(sigs=[1]), Reason.BAD_ENVELOPE),
        (value(sigs=[{"kid": "A" * 22}]), Reason.BAD_ENVELOPE),
        (value(sigs=[{"kid": "A" * 21, "sig": "A" * 86}]), Reason.BAD_ENVELOPE),
        (value(sigs=[{"kid": "A" * 22, "sig": "A" * 85}]), Reason.BAD_ENVELOPE),
        (value(sigs=[{"kid": "A" * 22, "sig": "A" * 86}] * 2), Reason.DUPLICATE_SIGNATURE),
        (value(sigs=[{"kid": "A" * 22, "sig": "A" * 86}] * 9), Reason.TOO_MANY_SIGNATURES),
        (value(chain={}), Reason.BAD_ENVELOPE),
        (value(chain=[1]), Reason.BAD_CHAIN),
        (value(chain=[WORLD.officers[0].to_value()] * 17), Reason.BAD_CHAIN),
        (value(chain=[replace(ALERT, chain=()).to_value()]), Reason.BAD_CHAIN),
        (
            value(chain=[{**WORLD.root.to_value(), "chain": [WORLD.root.to_value()]}]),
            Reason.BAD_CHAIN,
        ),
        (
            value(
                chain=[
                    {**WORLD.officers[0].to_value(), "payload": b64encode(b" " * 4096)}
                    for _ in range(9)
                ]
            ),
            Reason.TOO_LARGE,
        ),
    ],
)
def test_bad_forms_are_refused_by_name(data: bytes, reason: Reason) -> None:
    with refusing(reason):
        Envelope.parse(data)


@pytest.mark.parametrize("name", ["v", "kind", "payload", "sigs", "chain"])
def test_every_field_is_needed(name: str) -> None:
    fields = ALERT.to_value()
    del fields[name]
    with refusing(Reason.BAD_ENVELOPE):
        Envelope.parse(json.dumps(fields).encode())


def test_signing_keeps_the_limits() -> None:
    key = SigningKey.generate()
    with refusing(Reason.TOO_LARGE):
        sign(Kind.ALERT, b" " * (16 * 1024 + 1), [key])
    with refusing(Reason.DUPLICATE_SIGNATURE):
        sign(Kind.ALERT, b"{}", [key, key])
    envelope = sign(Kind.ALERT, b"{}", [SigningKey.generate() for _ in range(8)])
    with refusing(Reason.TOO_MANY_SIGNATURES):
        add_signature(envelope, key)


def test_signatures_and_chain_do_not_change_the_id() -> None:
    assert replace(ALERT, sigs=(), chain=()).id == ALERT.id


@settings(max_examples=400, deadline=None)
@given(position=st.integers(0, len(ALERT.payload) - 1), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_payload_is_refused(position: int, bit: int) -> None:
    payload = bytearray(ALERT.payload)
    payload[position] ^= 1 << bit
    with refusing(Reason.BAD_SIGNATURE):
        verify(replace(ALERT, payload=bytes(payload)), Channel.AREA, WORLD.context())


@settings(max_examples=400, deadline=None)
@given(position=st.integers(0, len(ALERT_BYTES) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing(position: int, bit: int) -> None:
    """The chain's members are not under the order's signatures, but under their own."""
    data = bytearray(ALERT_BYTES)
    data[position] ^= 1 << bit
    try:
        verified = verify(bytes(data), Channel.AREA, WORLD.context())
    except Refused:
        return
    assert verified.envelope.payload == ALERT.payload
    assert verified.signers == ("p1", "p2")


def test_every_flipped_byte_of_payload_and_signatures_is_refused() -> None:
    end = ALERT_BYTES.index(b'"chain"')
    for position in range(end):
        data = bytearray(ALERT_BYTES)
        data[position] ^= 1
        with pytest.raises(Refused):
            verify(bytes(data), Channel.AREA, WORLD.context())
