"""The published test vectors, judged by this implementation from the published file alone."""

import json
from typing import Any

import pytest

from loa_protocol import Kind, Reason
from tests.protocol.judge import vectors, verdict


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    assert verdict(vector) == vector["expect"]


def test_every_kind_has_an_accepted_vector_and_refusals_are_many() -> None:
    accepted = [v for v in vectors() if v["expect"] == "accepted"]
    refused = [v for v in vectors() if v["expect"] != "accepted"]
    kinds = {json.loads(v["text"])["kind"] for v in accepted}
    assert kinds == set(Kind)
    assert len(refused) >= 40
    untested = set(Reason) - {Reason(v["expect"]) for v in refused}
    # These depend on a clock, a store or sound, not on one message.
    assert untested == {
        Reason.TIME_JUMP,
        Reason.MEDIA_MISSING,
        Reason.MEDIA_MISMATCH,
        Reason.OUTSIDE_SESSION,
    }
