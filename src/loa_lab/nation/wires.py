"""A network namespace for each node, with one wire to the middle, where the lines' proxies are.

Linux gives them to root alone, and not everywhere; where it does not, the nodes share loopback and
are told apart by their ports, which the run says and writes down. netem is not asked of the kernel:
delay and loss come from the seeded proxies on both grounds.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass

LIMIT_S = 20.0


class NoWires(Exception):
    """This machine gives no namespaces; says why."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One namespace: its name, the address of the middle's end of the wire, and of the node's."""

    name: str
    outside: str
    inside: str

    @property
    def within(self) -> list[str]:
        """What goes before a command that is to run there."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """A blackhole route: whatever the node sends is swallowed without a word."""
        _ip("-n", self.name, "route", "replace", "blackhole", f"{self.outside}/32")

    def mend(self) -> None:
        """The route is as it was."""
        _ip("-n", self.name, "route", "flush", "type", "blackhole")

    def remove(self) -> None:
        """The namespace, and with it both ends of the wire."""
        _ip("netns", "del", self.name)


def lay(number: int) -> Wire:
    """A namespace with its wire; `number` from 0 to 60. Raises NoWires, having left nothing."""
    if os.geteuid() != 0:
        raise NoWires("không chạy với quyền root")
    # 198.18.0.0/15 is for measuring between networks and routed nowhere.
    net = f"198.18.{os.getpid() % 250}.{4 * number}"
    base, last = net.rpartition(".")[0], 4 * number
    wire = Wire(f"loa-{os.getpid()}-{number}", f"{base}.{last + 1}", f"{base}.{last + 2}")
    near, far = f"loa{os.getpid() % 100_000}-{number}", "loa0"
    _ip("netns", "add", wire.name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", wire.name)
        _ip("addr", "add", f"{wire.outside}/30", "dev", near)
        _ip("link", "set", near, "up")
        for words in (
            f"addr add {wire.inside}/30 dev {far}",
            f"link set {far} up",
            "link set lo up",
        ):
            _ip("-n", wire.name, *words.split())
    except NoWires:
        wire.remove()
        raise
    return wire


def lay_all(count: int) -> list[Wire]:
    """So many, or none. Raises NoWires."""
    laid: list[Wire] = []
    try:
        while len(laid) < count:
            laid.append(lay(len(laid)))
    except NoWires:
        for wire in laid:
            wire.remove()
        raise
    return laid


def _ip(*words: str) -> None:
    program = shutil.which("ip")
    if program is None:
        raise NoWires("không có lệnh ip (gói iproute2)")
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        raise NoWires(f"ip {' '.join(words[:3])}: {done.stderr.strip()[:200]}")
