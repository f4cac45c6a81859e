"""What an attacker sends who has every right but the keys, and what a careless officer may sign.

Each attack has a name and the refusals that are right for it. Nothing here needs a network: a unit
test offers them to one device, a drill to five hundred.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from loa_protocol import Channel, Envelope, Kind, Signature, SigningKey, new_nonce, sign
from loa_protocol.encoding import b64encode
from loa_protocol.envelope import ENVELOPE_MAX_BYTES
from loa_protocol.keys import SIGNATURE_BYTES
from loa_protocol.kinds import REAL_KINDS
from loa_protocol.payloads import (
    Alert,
    Delegation,
    Fill,
    Issuer,
    KeyText,
    Subject,
    Template,
)
from loa_protocol.trust import version_for
from loa_swarm.loot import Attack, Loot, alert_fields
from loa_swarm.loot import by as _by
from loa_swarm.loot import one as _one
from loa_swarm.overreach import ABOUT_THE_GENUINE, about_it


def attacks(loot: Loot, seed: int = 1) -> Iterator[Attack]:
    """All of them, the same for the same seed but for keys, which are fresh."""
    chance = Random(seed)  # noqa: S311 - repeatable noise, no secret
    yield from _without_keys(loot, chance)
    yield from _with_some_keys(loot)
    yield from about_it(loot)
    yield from _out_of_time(loot)
    yield from _malformed(loot)
    yield from _garbage(loot, chance)
    yield from _wrong_way(loot)
    yield from _machines(loot)


def every_byte(loot: Loot) -> Iterator[Attack]:
    """The genuine order with each byte of its payload changed in turn."""
    genuine = loot.genuine
    for at in range(len(genuine.payload)):
        changed = bytearray(genuine.payload)
        changed[at] ^= 1 << (at % 8)
        forged = replace(genuine, payload=bytes(changed))
        yield Attack(f"altered_{at}", forged.to_bytes(), frozenset({"bad_signature"}))


def _alert(loot: Loot, **other: Any) -> bytes:
    return Alert.model_validate({"kind": "alert", **alert_fields(loot, **other)}).to_bytes()


def _raw(loot: Loot, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The payload of an alert after `change`, which the model would not let through."""
    value = json.loads(_alert(loot))
    change(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _without_keys(loot: Loot, chance: Random) -> Iterator[Attack]:
    own = [SigningKey.generate(), SigningKey.generate()]
    yield _one("forged_no_papers", _by(_alert(loot), own, ()), "unknown_key")
    yield _one("forged_others_papers", _by(_alert(loot), own, loot.officer_papers), "unknown_key")
    papers = [_self_made(loot, key, own, f"p-fake-{n}") for n, key in enumerate(own)]
    yield _one(
        "forged_own_papers",
        _by(_alert(loot), own, [*loot.officer_papers, *papers]),
        *("not_enough_signers", "unknown_key", "bad_signature"),
    )
    p256 = [SigningKey.generate("p256"), SigningKey.generate("p256")]
    yield _one(
        "forged_other_algorithm", _by(_alert(loot), p256, loot.officer_papers), "unknown_key"
    )
    genuine = loot.genuine
    yield _one("no_signatures", replace(genuine, sigs=()).to_bytes(), "not_enough_signers")
    noise = tuple(Signature(s.kid, chance.randbytes(SIGNATURE_BYTES)) for s in genuine.sigs)
    yield _one("noise_signatures", replace(genuine, sigs=noise).to_bytes(), "bad_signature")
    swapped = tuple(
        Signature(a.kid, b.sig) for a, b in zip(genuine.sigs, reversed(genuine.sigs), strict=True)
    )
    yield _one("swapped_signatures", replace(genuine, sigs=swapped).to_bytes(), "bad_signature")
    # A signature of another sort of key under the name of a known one.
    typed = tuple(
        Signature(s.kid, k.sign(genuine.signing_input))
        for s, k in zip(genuine.sigs, p256, strict=True)
    )
    yield _one("wrong_key_type", replace(genuine, sigs=typed).to_bytes(), "bad_signature")
    other = replace(genuine, payload=_alert(loot))
    yield _one("signatures_of_another_order", other.to_bytes(), "bad_signature")
    # The same bytes but for a line's end, so that a counter tells it from the lane's own repeating.
    yield _one("replayed", genuine.to_bytes() + b"\n", "seen")
    for kind in (Kind.UPDATE, Kind.DRILL, Kind.CANCEL):
        moved = replace(genuine, kind=kind)
        yield _one(f"kind_changed_to_{kind}", moved.to_bytes(), "bad_signature")


def _self_made(
    loot: Loot, key: SigningKey, registrars: Sequence[SigningKey], name: str
) -> Envelope:
    """A paper that the attacker wrote and signed for itself."""
    public = key.public
    doc = Delegation(
        issuer=Issuer(path=loot.officer.path, person="dang-ky-1"),
        target=(loot.officer.path,),
        issued=loot.now - timedelta(hours=1),
        expires=loot.now + timedelta(days=30),
        nonce=new_nonce(),
        version=version_for(loot.now - timedelta(hours=1)),
        subject=Subject(type="person", id=name, alg=public.alg, key=public.text),
        path=loot.officer.path,
        kinds=tuple(sorted(REAL_KINDS)),
        ceiling=5,
        from_=loot.now - timedelta(hours=1),
        to=loot.now + timedelta(days=30),
    )
    return sign(Kind.DELEGATION, doc, registrars)


def _with_some_keys(loot: Loot) -> Iterator[Attack]:
    author, approver = loot.officers
    papers = loot.officer_papers
    yield _one("one_signer", _by(_alert(loot), [author], papers), "not_enough_signers")
    twice = json.loads(_by(_alert(loot), [author], papers))
    twice["sigs"] *= 2
    yield _one("same_signature_twice", json.dumps(twice).encode(), "duplicate_signature")
    seized = _alert(loot, issuer=loot.node_issuer)
    no_right = ("not_delegated_kind", "issuer_mismatch")
    yield _one("node_signs_an_order", _by(seized, [loot.node], loot.node_papers), *no_right)
    pair = _by(_alert(loot), [author, loot.node], [*papers, *loot.node_papers])
    yield _one("author_and_node", pair, "not_delegated_kind")
    for place, name in ((loot.elsewhere, "neighbour"), ("vn/25", "province"), ("vn", "nation")):
        payload = _alert(loot, issuer=loot.villager, target=(place,), **{"class": 3})
        yield _one(
            f"villagers_order_the_{name}",
            _by(payload, loot.villagers, loot.village_papers),
            "outside_issuer",
        )
    places = (loot.villager.path, loot.elsewhere)
    both = _alert(loot, issuer=loot.villager, target=places, **{"class": 3})
    yield _one(
        "villagers_add_a_place", _by(both, loot.villagers, loot.village_papers), "outside_issuer"
    )
    above = _alert(loot, issuer=loot.villager, target=(loot.villager.path,), **{"class": 5})
    yield _one(
        "villagers_above_their_class",
        _by(above, loot.villagers, loot.village_papers),
        "above_ceiling",
    )
    drill = _alert(loot, issuer=loot.driller)
    yield _one(
        "drillers_sign_a_real_alert",
        _by(drill, loot.drillers, loot.drill_papers),
        "not_delegated_kind",
    )
    somebody = loot.officer.model_copy(update={"person": "p-somebody"})
    yield _one(
        "issuer_who_did_not_sign",
        _by(_alert(loot, issuer=somebody), [author, approver], papers),
        "issuer_mismatch",
    )


def _out_of_time(loot: Loot) -> Iterator[Attack]:
    keys, papers = loot.officers, loot.officer_papers
    hour = timedelta(hours=1)

    def dated(issued: datetime, expires: datetime) -> bytes:
        """Signed by both, at that time."""
        moment = {"issued": issued, "expires": expires, "speak_at": issued + timedelta(seconds=5)}
        return _by(_alert(loot, **moment), keys, papers)

    now = loot.now
    yield _one("expired", dated(now - 3 * hour, now - hour), "expired")
    yield _one("from_tomorrow", dated(now + 24 * hour, now + 26 * hour), "not_yet")
    yield _one(
        "far_future",
        dated(now + 73 * 365 * 24 * hour, now + 73 * 365 * 24 * hour + hour),
        "not_yet",
    )
    yield _one("four_days_long", dated(now, now + 96 * hour), "lifetime_too_long")
    yield _one("before_the_floor", dated(now - 26 * hour, now + hour), "below_floor")


def _malformed(loot: Loot) -> Iterator[Attack]:
    """Signed by both officers, so that only the strict reading stands between it and the horn."""
    keys, papers = loot.officers, loot.officer_papers

    def signed(change: Callable[[dict[str, Any]], None]) -> bytes:
        return _by(_raw(loot, change), keys, papers)

    yield _one("no_area", signed(lambda v: v.pop("target")), "bad_field")
    yield _one("empty_area", signed(lambda v: v.update(target=[])), "bad_field")
    yield _one("area_everywhere", signed(lambda v: v.update(target=["*"])), "bad_field")
    yield _one("area_null", signed(lambda v: v.update(target=None)), "bad_field")
    yield _one("area_twice", signed(lambda v: v.update(target=[loot.target] * 2)), "bad_field")
    many = [f"vn/25/{n:05}" for n in range(17)]
    yield _one("areas_too_many", signed(lambda v: v.update(target=many)), "bad_field")
    yield _one("no_expiry", signed(lambda v: v.pop("expires")), "bad_field")
    yield _one("expiry_null", signed(lambda v: v.update(expires=None)), "bad_field")
    yield _one("expiry_a_number", signed(lambda v: v.update(expires=4102444800)), "bad_field")
    yield _one("unknown_critical", signed(lambda v: v.update(crit=["x"], x=1)), "unknown_critical")
    yield _one("class_six", signed(lambda v: v.update({"class": 6})), "bad_field")
    yield _one("says_it_is_a_drill", signed(lambda v: v.update(kind="drill")), "kind_mismatch")
    text = _raw(loot, lambda v: None)
    doubled = text[:-1] + b',"target":["vn"]}'
    yield _one("duplicate_key", _by(doubled, keys, papers), "bad_json")
    deep = text[:-1] + b',"x":' + b"[" * 200 + b"]" * 200 + b"}"
    yield _one("deep_json", _by(deep, keys, papers), "bad_json")
    for number, name in ((b"5.0", "float_number"), (b"NaN", "not_a_number"), (b"-0", "minus_zero")):
        odd = text.replace(b'"gap_s":5', b'"gap_s":' + number)
        yield _one(name, _by(odd, keys, papers), "bad_json")
    yield _one("byte_order_mark", _by(b"\xef\xbb\xbf" + text, keys, papers), "bad_json")
    big = text[:-1] + b',"x":"' + b"a" * 17_000 + b'"}'
    envelope = json.loads(loot.genuine.to_bytes())
    envelope["payload"] = b64encode(big)
    yield _one("payload_of_17_kib", json.dumps(envelope).encode(), "too_large")


def _garbage(loot: Loot, chance: Random) -> Iterator[Attack]:
    value = json.loads(loot.genuine.to_bytes())

    def envelope(**other: Any) -> bytes:
        return json.dumps({**value, **other}).encode()

    yield _one("random_bytes", chance.randbytes(2000), "bad_envelope")
    yield _one("empty", b"{}", "bad_envelope")
    yield _one("deep_envelope", b"[" * 100_000, "bad_envelope")
    yield _one("oversized", b'{"v":1,"x":"' + b"a" * ENVELOPE_MAX_BYTES + b'"}', "too_large")
    yield _one("version_two", envelope(v=2), "bad_version")
    yield _one("unknown_kind", envelope(kind="panic"), "unknown_kind")
    yield _one("extra_field", envelope(x=1), "bad_envelope")
    yield _one("padded_base64", envelope(payload=value["payload"] + "=="), "bad_envelope")
    yield _one("chain_of_seventeen", envelope(chain=value["chain"][:1] * 17), "bad_chain")
    nested = [{**value["chain"][0], "chain": value["chain"][:1]}]
    yield _one("nested_chain", envelope(chain=nested), "bad_chain")
    yield _one("nine_signatures", envelope(sigs=_many(chance, 9)), "too_many_signatures")
    doubled = loot.genuine.to_bytes().replace(b'"kind":', b'"kind":"drill","kind":', 1)
    yield _one("duplicate_envelope_key", doubled, "bad_envelope")


def _many(chance: Random, number: int) -> list[dict[str, str]]:
    return [
        {
            "kid": b64encode(chance.randbytes(16)),
            "sig": b64encode(chance.randbytes(SIGNATURE_BYTES)),
        }
        for _ in range(number)
    ]


def _wrong_way(loot: Loot) -> Iterator[Attack]:
    yield _one(
        "order_as_open", loot.genuine.to_bytes() + b"\n", "wrong_channel", channel=Channel.OPEN
    )
    paper = loot.officer_papers[0].to_bytes()
    yield _one("paper_as_order", paper, "wrong_channel")


def _machines(loot: Loot) -> Iterator[Attack]:
    """Words that nobody signed in advance, and templates that one signs, or brings as an order."""
    stranger = SigningKey.generate()
    for name, key in (
        ("fill_by_a_stranger", stranger),
        ("fill_by_the_node", loot.node),
        ("fill_by_an_officer", loot.officers[0]),
    ):
        yield _one(name, _signed(_fill(loot), key), "unknown_key")
    template = _template(loot, stranger)
    one = sign(Kind.TEMPLATE, template, loot.officers[:1], loot.officer_papers)
    yield _one("template_by_one", one.to_bytes(), "not_enough_signers", channel=Channel.POLICY)
    by_node = sign(Kind.TEMPLATE, template, [loot.node], loot.node_papers)
    yield _one(
        "template_by_the_node",
        by_node.to_bytes(),
        "not_delegated_kind",
        channel=Channel.POLICY,
    )
    yield _one("template_as_order", one.to_bytes(), "wrong_channel")


def _signed(payload: bytes, key: SigningKey) -> bytes:
    return sign(Kind.FILL, payload, [key]).to_bytes()


def _fill(loot: Loot) -> bytes:
    fields = {"template": "mau-1", "template_version": 1, "blanks": {}, "kind": "fill"}
    return Fill.model_validate({**alert_fields(loot), **fields}).to_bytes()


def _template(loot: Loot, feed: SigningKey) -> bytes:
    return Template(
        issuer=loot.officer,
        target=(loot.target,),
        issued=loot.now,
        expires=loot.now + timedelta(days=30),
        nonce=new_nonce(),
        version=version_for(loot.now),
        id="mau-1",
        feed=KeyText(alg=feed.public.alg, key=feed.public.text),
        class_=4,
        text="Chạy ngay.",
        blanks={},
        cancel_s=0,
        max_per_day=100,
    ).to_bytes()


__all__ = ["ABOUT_THE_GENUINE", "Attack", "Loot", "alert_fields", "attacks", "every_byte"]
