"""Accounts and outlets of channels, as their services make them, and what went out by them."""

import json
from pathlib import Path
from typing import Any

from loa.channels import accounts
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch
from loa.people.rules import NODE
from loa.places.models import Place
from tests.country import Country


def account(
    country: Country, kind: str = "demo", commune: str = "one", **fields: Any
) -> ChannelAccount:
    """An account of a commune."""
    given: dict[str, Any] = {"name": f"Kênh {kind}", "settings": {}}
    place = getattr(country, commune).place
    return accounts.account_add(actor=NODE, place=place, kind=kind, **(given | fields))


def outlet(held: ChannelAccount, place: Place | None = None, **fields: Any) -> ChannelOutlet:
    """An outlet of an account, at the account's own place unless another is given."""
    given: dict[str, Any] = {"name": "Bảng tin", "profile": {}}
    return accounts.outlet_add(
        actor=NODE, account_id=held.pk, place=place or held.place, **(given | fields)
    )


def board(
    country: Country, folder: Path, commune: str = "one", *, mode: str = "push", **fields: Any
) -> ChannelOutlet:
    """An outlet of the demo channel that writes into a folder."""
    folder.mkdir(exist_ok=True)
    settings = {"folder": str(folder), "mode": mode}
    held = account(country, "demo", commune, settings=settings, **fields)
    return outlet(held)


def shown(folder: Path) -> list[dict[str, Any]]:
    """What a demo outlet in push mode shows."""
    return [
        json.loads(path.read_text())
        for path in sorted(folder.glob("*.json"))
        if not path.name.endswith(".state.json")
    ]


def shown_by_state(folder: Path) -> list[dict[str, Any]]:
    """What the demo outlets in state mode show."""
    return [row for path in folder.glob("*.state.json") for row in json.loads(path.read_text())]


def states() -> list[str]:
    return list(Dispatch.objects.order_by("begun_at", "pk").values_list("state", flat=True))


def withdrawals() -> list[str]:
    return list(Dispatch.objects.order_by("begun_at", "pk").values_list("withdrawn", flat=True))
