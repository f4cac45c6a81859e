"""This node as a province or as the centre, and the other side of its link."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from loa.federation.models import Link
from loa.lib import clock
from loa.people import acceptance, authority
from loa.people.authority import NodeIdentity
from loa_lab.nation import trust
from tests.country import Country
from tests.federation.peers import FakePeer, identity, linked


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "demo"


def become(path: str, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeIdentity:
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path / "node"))
    trust.ensure(keys=keys, node_keys=tmp_path / "node" / "keys", path=path, now=clock.now())
    monkeypatch.setattr(authority, "_cached", None)
    monkeypatch.setattr(acceptance, "_trust", None)
    return authority.node_identity()


@pytest.fixture
def province(
    country: Country, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NodeIdentity:
    """This node is the province's."""
    return become("vn/25", keys, tmp_path, monkeypatch)


@pytest.fixture
def centre(
    country: Country, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NodeIdentity:
    """This node is the centre's."""
    return become("vn", keys, tmp_path, monkeypatch)


@pytest.fixture
def above(province: NodeIdentity, keys: Path) -> FakePeer:
    """The centre, for this province, linked."""
    peer = FakePeer(identity(keys, "vn"), province)
    linked(peer.node, below=False, url="http://127.0.0.1:1")
    return peer


@pytest.fixture
def below(centre: NodeIdentity, keys: Path) -> FakePeer:
    """The province, for this centre, linked."""
    peer = FakePeer(identity(keys, "vn/25"), centre)
    linked(peer.node, below=True)
    return peer


@pytest.fixture
def link(request: pytest.FixtureRequest) -> Link:
    """The only link there is."""
    return Link.objects.get()
