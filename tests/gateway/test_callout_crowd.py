"""The callout's own work, without a broker: many questions at once, each answered as it must be."""

import asyncio
import json
import secrets as random
from pathlib import Path
from typing import Any

import pytest

from loa.gateway import nats_callout
from loa.gateway.broker import broker_secrets
from loa.gateway.nats_callout import WARDEN, Callout, decode_claims, encode_jwt
from loa.outlets.enrolment import broker_password
from loa.outlets.models import Device
from loa.people.authority import NodeIdentity
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("loa.device.urls")]


class Question:
    """What the broker sends, and what came back."""

    def __init__(self, callout: Callout, user: str, password: str, client_id: str) -> None:
        claims = {
            "nats": {
                "user_nkey": "U" + random.token_hex(8),
                "server_id": {"id": "N1"},
                "connect_opts": {"user": user, "pass": password},
                "client_info": {"mqtt_id": client_id},
            }
        }
        self.data = encode_jwt(claims, callout._secrets.issuer_seed).encode()
        self.answer: dict[str, Any] | None = None

    async def respond(self, data: bytes) -> None:
        self.answer = decode_claims(data.decode())["nats"]

    @property
    def granted(self) -> dict[str, Any]:
        assert self.answer is not None
        return decode_claims(self.answer["jwt"])


def asked(callout: Callout, questions: list[Any], wait_s: float = 0.0) -> None:
    async def run() -> None:
        for question in questions:
            await callout._answer(question)
        if wait_s:
            await asyncio.sleep(wait_s)  # so long they hang there, and the broker gives up
        judging = asyncio.ensure_future(callout._judge_all())
        await callout._asking.join()
        judging.cancel()

    asyncio.run(run())


@pytest.fixture
def callout(tmp_path: Path) -> Callout:
    return Callout("nats://nowhere", broker_secrets(tmp_path / "broker"))


def test_each_of_a_crowd_gets_its_own_answer(
    callout: Callout, country: Country, node: NodeIdentity
) -> None:
    box = Box(node.id)
    box.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    password = broker_password(Device.objects.get().kid)
    good = Question(callout, box.outlet, password, box.outlet)
    wrong = Question(callout, box.outlet, password[:-1] + "x", box.outlet)
    borrowed = Question(callout, box.outlet, password, "another")
    warden = Question(callout, WARDEN, callout._secrets.passwords[WARDEN], "")
    thief = Question(callout, WARDEN, "guessed", WARDEN)
    broken = Question(callout, "x", "y", "z")
    broken.data = b"not.a.jwt"
    asked(callout, [wrong, good, broken, borrowed, warden, thief])
    allowed = good.granted["nats"]["sub"]["allow"]
    assert allowed
    assert all(box.outlet in one or one.startswith("loa.1.") for one in allowed)
    assert good.granted["name"] == box.outlet
    assert warden.granted["name"] == WARDEN
    for refused in (wrong, borrowed, thief):
        assert refused.answer == {"type": "authorization_response", "version": 2} | {
            "error": "not admitted"
        }
    assert broken.answer is None, "what is no question is not answered, and harms nobody else"


def test_who_has_gone_is_not_answered(
    callout: Callout, country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_callout, "STALE_S", 0.05)
    late = Question(callout, "x", "y", "x")
    asked(callout, [late], wait_s=0.1)
    assert late.answer is None


def test_a_fault_in_one_batch_leaves_the_door_open(
    callout: Callout, country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [RuntimeError("database")]
    real = nats_callout._admit

    def moody(clients: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(clients)

    monkeypatch.setattr(nats_callout, "_admit", moody)
    monkeypatch.setattr(nats_callout, "AT_ONCE", 1)
    first, second = (Question(callout, "x", "y", "x") for _ in range(2))
    asked(callout, [first, second])
    assert first.answer is None
    assert second.answer is not None
    assert json.dumps(second.answer)


@pytest.mark.parametrize("strange", ["mật khẩu", "\ud800", "\x00"])
def test_strange_letters_from_one_client_keep_nobody_else_out(
    callout: Callout, country: Country, node: NodeIdentity, strange: str
) -> None:
    box = Box(node.id)
    box.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    good = Question(callout, box.outlet, broker_password(Device.objects.get().kid), box.outlet)
    odd = [
        Question(callout, WARDEN, strange, WARDEN),
        Question(callout, box.outlet, strange, box.outlet),
        Question(callout, strange, "x", strange),
    ]
    batches = []
    judge = callout._judge

    async def counted(messages: list[Any]) -> None:
        batches.append(len(messages))
        await judge(messages)

    callout._judge = counted  # type: ignore[method-assign]
    asked(callout, [odd[0], good, *odd[1:]])
    assert good.granted["name"] == box.outlet
    assert all(one.answer is not None and "error" in one.answer for one in odd)
    assert batches == [4], "none of them broke the batch"


def test_one_that_breaks_its_batch_is_judged_apart_from_the_others(
    callout: Callout, country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = nats_callout._admit

    def breaks(clients: Any) -> Any:
        if any(one.user == "bad" for one in clients):
            raise RuntimeError("a fault that nobody thought of")
        return real(clients)

    monkeypatch.setattr(nats_callout, "_admit", breaks)
    bad = Question(callout, "bad", "y", "bad")
    warden = Question(callout, WARDEN, callout._secrets.passwords[WARDEN], "")
    asked(callout, [bad, warden])
    assert warden.granted["name"] == WARDEN
    assert bad.answer is None
