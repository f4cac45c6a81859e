"""A worker of its own process for tests that kill it: dispatches until told to stop.

    python -m tests.channels.worker_process FOLDER [kill]

The peer is a file that each send appends a line to: key and time. With `kill` the process kills
itself with SIGKILL in the middle of its first send, before or after the peer took it by turns.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import django

django.setup()

from django.conf import settings  # noqa: E402  after set-up

from loa.channels import dispatching  # noqa: E402  after set-up
from loa.channels.contract import Channel, Mode, Outcome, Profile, Secrets, Settings  # noqa: E402  after set-up
from loa.channels.models import Dispatch  # noqa: E402  after set-up
from loa.lib import clock  # noqa: E402  after set-up
from loa.newsroom.renditions import Form  # noqa: E402  after set-up

PEER = "peer.log"


class Peer(Channel[Settings, Secrets, Profile]):
    """An outside system that remembers everything it took; it takes a key once."""

    kind: ClassVar[str] = "peer"
    label: ClassVar[str] = "Kênh thử"
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.PUSH})
    forms: ClassVar[tuple[Form, ...]] = (Form.MESSAGE,)
    repeatable: ClassVar[bool] = True
    batch_max: ClassVar[int] = 3
    timeout_s: ClassVar[float] = -59.0
    """The lease is 60 seconds longer: one second."""
    folder: ClassVar[Path] = Path()
    kills: ClassVar[str] = ""

    def send(self, account: Any, batch: Any) -> list[Outcome]:
        if self.kills == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with (self.folder / PEER).open("a") as log:
            for message in batch:
                log.write(f"{message.key}\n")
        if self.kills == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return [Outcome(key=one.key, state="carried", at=clock.now()) for one in batch]


class Once(Peer):
    """The same, by a system that would reach people twice."""

    kind: ClassVar[str] = "once"
    repeatable: ClassVar[bool] = False


def main() -> int:
    Peer.folder = Path(sys.argv[1])
    Peer.kills = sys.argv[2] if len(sys.argv) > 2 else ""
    sys.modules["tests.channels.worker_process"] = sys.modules[__name__]
    settings.LOA_CHANNELS = [f"tests.channels.worker_process.{one}" for one in ("Peer", "Once")]
    until = time.monotonic() + 30
    open_ones = Dispatch.objects.filter(state__in=["waiting", "sending"], code__in=["", "in_doubt"])
    while time.monotonic() < until and open_ones.exists():
        if not dispatching.dispatch():
            time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
