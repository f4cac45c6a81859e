"""The nation's ground: a network for each node where the machine gives them, else none at all."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from loa_lab.nation import wires
from loa_lab.nation.wires import NoWires, Wire

ASK = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1)"


def test_without_root_or_the_program_there_are_none_and_it_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wires.os, "geteuid", lambda: 1000)
    with pytest.raises(NoWires, match="root"):
        wires.lay_all(2)
    monkeypatch.setattr(wires.os, "geteuid", lambda: 0)
    monkeypatch.setattr(wires.shutil, "which", lambda _name: None)
    with pytest.raises(NoWires, match="iproute2"):
        wires.lay_all(2)


def test_all_of_them_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []

    def lay(number: int) -> Wire:
        if number == 2:
            raise NoWires("no more")
        left.append(f"w{number}")
        return Wire(f"w{number}", "198.18.0.1", "198.18.0.2")

    monkeypatch.setattr(wires, "lay", lay)
    monkeypatch.setattr(Wire, "remove", lambda self: left.remove(self.name))
    with pytest.raises(NoWires):
        wires.lay_all(3)
    assert left == []


def test_a_cut_wire_is_silent_and_a_mended_one_carries() -> None:
    """On a machine that gives no namespaces: that nothing is left behind."""
    laid: list[Wire] = []
    with suppress(NoWires):
        laid = wires.lay_all(1)
    if not laid:
        assert not Path(f"/run/netns/loa-{os.getpid()}-0").exists()
        return
    (wire,) = laid
    try:
        with socket.create_server((wire.outside, 0)) as server:
            port = str(server.getsockname()[1])

            def reaches() -> bool:
                argv = [*wire.within, sys.executable, "-c", ASK, wire.outside, port]
                return subprocess.run(argv, capture_output=True, check=False).returncode == 0

            assert reaches()
            wire.cut()
            assert not reaches()
            wire.mend()
            assert reaches()
    finally:
        wire.remove()
