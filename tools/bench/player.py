"""A real player process while it plays: its memory and its share of a core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TypeVar

from tests.player.fake_authority import FakeAuthority, media_item, utc_now
from tests.player.fake_broker import FakeBroker
from tests.player.fake_node import FakeNode, soon
from tests.player.processes import PlayerProcess, players
from tests.player.sounds import encode, speechlike

from loa_protocol.device_api import Mqtt
from tools.bench.line import Line, line

T = TypeVar("T")

MEMORY_MB, CPU_PERCENT = 80.0, 5.0
_LOUDSPEAKER = "cum-loa-01"
_PHRASE_S, _TIMES = 9.0, 5
_SETTLE_S, _WINDOW_S, _WINDOWS = 2.0, 8.0, 3
_MEGABYTE = 1_000_000

# What the player is built on, and nothing else.
_IMPORTS = """
import av, paho.mqtt.client, pydantic
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
"""
_BARE_MEMORY = _IMPORTS + "print(flush=True); input()"
_BARE_DECODE = """
import sys, time, av
began = time.monotonic()
sent = 0
resampler = av.AudioResampler(format="s16", layout="mono", rate=48000)
with av.open(sys.argv[1]) as container:
    print(flush=True)
    for frame in container.decode(audio=0):
        for out in resampler.resample(frame):
            sent += len(bytes(out.planes[0])[: out.samples * 2]) // 2
        time.sleep(max(0.0, began + sent / 48000 - time.monotonic()))
"""


def player_memory(folder: Path) -> list[Line]:
    """Resident memory, shared pages included; MB is 10^6 bytes."""
    with _playing(folder) as (player, _media), _bare([_BARE_MEMORY]) as baseline:
        samples = [
            (_resident_mb(_pid(player)), _resident_mb(baseline.pid)) for _ in _windows(lambda: None)
        ]
    return [
        line(
            "player_memory",
            median(one for one, _ in samples),
            "MB",
            baseline=median(two for _, two in samples),
            budget=MEMORY_MB,
            judged="value at most",
            note="VmRSS, MB = 10^6 bytes; baseline: python with av, cryptography, pydantic, paho",
        )
    ]


def player_cpu(folder: Path) -> list[Line]:
    """Per cent of one core, user and system, all threads."""
    with _playing(folder) as (player, media), _bare([_BARE_DECODE, str(media)]) as baseline:
        shares = list(_windows(lambda: (_cpu_s(_pid(player)), _cpu_s(baseline.pid))))
    ours = [100 * (after[0] - before[0]) / seconds for before, after, seconds in shares]
    bare = [100 * (after[1] - before[1]) / seconds for before, after, seconds in shares]
    return [
        line(
            "player_cpu",
            median(ours),
            "%",
            baseline=median(bare),
            budget=CPU_PERCENT,
            judged="value at most",
            note=f"of a core, {_WINDOWS} windows of {_WINDOW_S:g} s; doorbell connected, WAV sink",
        )
    ]


@contextmanager
def _playing(folder: Path) -> Iterator[tuple[PlayerProcess, Path]]:
    """A player in the middle of an item, enrolled at a small node, with a real broker."""
    node = FakeNode(FakeAuthority(utc_now())).start()
    broker = FakeBroker(folder).start()
    try:
        node.mqtt = Mqtt(urls=(broker.url,), password="a-password-of-the-device")  # noqa: S106
        voice = encode(folder / "voice.opus", speechlike(_PHRASE_S) * _TIMES)
        media = node.add_media(voice.read_bytes())
        length = int(_PHRASE_S * _TIMES)
        item = media_item(soon(node, 6), media.sha256, media.bytes, length)
        node.plan = node.authority.plan(node.now(), (item,))
        with players(node, folder, _LOUDSPEAKER) as (player,):
            player.start()
            node.wait_until(lambda: any(player.wav.glob("*.wav")), 30)
            time.sleep(_SETTLE_S)
            yield player, voice
            if node.results():
                raise RuntimeError(f"it did not play all the time: {node.results()}")
    finally:
        broker.stop()
        node.stop()


@contextmanager
def _bare(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The baseline's process, once it says that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the baseline did not start")
        try:
            yield process
        finally:
            process.kill()


def _windows(read: Callable[[], T]) -> Iterator[tuple[T, T, float]]:
    """`read` before and after each window, and the window's seconds."""
    for _ in range(_WINDOWS):
        began_s, before = time.monotonic(), read()
        time.sleep(_WINDOW_S)
        yield before, read(), time.monotonic() - began_s


def _pid(player: PlayerProcess) -> int:
    if player.process is None:
        raise RuntimeError("the player is not running")
    return player.process.pid


def _resident_mb(pid: int) -> float:
    for text in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if text.startswith("VmRSS:"):
            return int(text.split()[1]) * 1024 / _MEGABYTE
    raise RuntimeError("the kernel does not say how much memory is resident")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
