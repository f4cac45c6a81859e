"""True signatures about an order that is not their signers' to speak of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from loa_protocol import Kind, new_nonce
from loa_protocol.payloads import Cancel, DrillCancel, DrillMute, Update
from loa_swarm.loot import Attack, Loot, alert_fields, by, one

ABOUT_THE_GENUINE = frozenset(
    {
        "replayed",
        "villagers_cancel_it",
        "villagers_reword_it",
        "drillers_cancel_it",
        "a_driller_mutes_it",
    }
)
"""What is an attack only on a device that has accepted the genuine order: where it has not come, a
cancel waits for it and is judged then."""


def about_it(loot: Loot) -> Iterator[Attack]:
    """True signatures about an order that is not theirs to speak of."""
    author, approver = loot.villagers
    place: dict[str, Any] = {"issuer": loot.villager, "target": (loot.villager.path,)}
    about = {"alert": loot.genuine.id, **place}
    common: dict[str, Any] = {
        "issued": loot.now,
        "expires": loot.now + timedelta(hours=1),
        "nonce": new_nonce(),
    }
    cancel = Cancel(reason="Im", **common, **about).to_bytes()
    # Elsewhere than in their commune it is nobody's: refused one step earlier.
    not_theirs = ("not_ancestor", "not_for_me")
    keys, papers = (author, approver), loot.village_papers
    yield one("villagers_cancel_it", by(cancel, keys, papers, Kind.CANCEL), *not_theirs)
    fields = alert_fields(loot, **about, revision=9, **{"class": 3})
    update = Update.model_validate({"kind": "update", **fields}).to_bytes()
    yield one("villagers_reword_it", by(update, keys, papers, Kind.UPDATE), *not_theirs)
    ends = DrillCancel(
        reason="Hết", alert=loot.genuine.id, issuer=loot.driller, target=(loot.target,), **common
    ).to_bytes()
    yield one(
        "drillers_cancel_it",
        by(ends, loot.drillers, loot.drill_papers, Kind.DRILL_CANCEL),
        "unknown_order",
    )
    mute = DrillMute(
        orders=(loot.genuine.id,),
        seconds=600,
        issuer=loot.driller,
        target=(loot.target,),
        **common,
    ).to_bytes()
    yield one(
        "a_driller_mutes_it",
        by(mute, loot.drillers[:1], loot.drill_papers, Kind.DRILL_MUTE),
        "unknown_order",
    )
