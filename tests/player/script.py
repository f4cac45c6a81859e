"""Plays docs/protocol/scripts.json on the player: its gate, schedule, orders and mixer under a
clock moved by hand, with everything but a sound card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from loa_player.audio import BLOCK_SAMPLES, RATE_HZ
from loa_player.clock import Probe
from loa_player.media_cache import MediaCache
from loa_player.mixer import Block
from loa_player.policy import binding
from loa_protocol import Channel, Envelope, ManualClock, Receiver, Refused, parse_time
from loa_protocol.encoding import b64decode
from loa_protocol.payloads import ReceiptItem

from .rig import Rig

FILE = Path(__file__).parents[2] / "docs" / "protocol" / "scripts.json"
_NEAR_MS = 60

Value = dict[str, Any]


@cache
def document() -> Value:
    """What is published."""
    return cast(Value, json.loads(FILE.read_text(encoding="utf-8")))


@dataclass
class Heard:
    """One stretch of sound, in ms after the beginning."""

    what: str
    of: str
    from_ms: int
    to_ms: int


class ScriptRig(Rig):
    """The device of the scripts."""

    def __init__(self, folder: Path, script: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manual = ManualClock(parse_time(script["own_clock"]))
        self.begin = parse_time(script["begin"])
        self.heard = {}
        self.refused = []
        self.reboots = 0
        self.horn_off = False
        self.before_s = 0.0
        self.sounded: list[Heard] = []
        fields = document()["receiver"]
        self.who = Receiver(**{**fields, "paths": tuple(fields["paths"])})
        (folder / "media").mkdir(parents=True)
        for sha256 in script["files"]:
            self.put(sha256, sha256)
        self.boot()
        self.gate.begin(Envelope.from_value(document()["root"]), document()["anchor"], self.who)
        enrolled = self.begin - timedelta(hours=1)
        self.store.set_fact("enrolled_ms", round(enrolled.timestamp() * 1000))
        self._use()

    def elapsed_s(self) -> float:
        """Seconds after the beginning."""
        return self.before_s + self.manual.monotonic()

    def put(self, sha256: str, content: str) -> None:
        """The file is here, with the bytes of `content`."""
        data = b64decode(document()["files"][content])
        (self.folder / "media" / sha256).write_bytes(data)

    def boot(self) -> None:
        """As a start does; the gate learns from the script who it is."""
        super().boot()
        self.media = MediaCache(self.folder / "media")
        if self.gate.receiver is None and hasattr(self, "who"):
            self.gate.receiver = self.who
            if self.reboots:
                self.programme.recover()
                self._use()

    def step(self, step: Mapping[str, Any]) -> str:
        """Do one step; the verdict, for a message."""
        if "file" in step:
            self.put(step["file"], step["content"])
        elif "off_ms" in step:
            # Saved now and then while running; a cut may cost what came after.
            self.gate.save_time()
            self.before_s = self.elapsed_s() + step["off_ms"] / 1000
            self.manual.jump(parse_time(step["own_clock"]))
            self.kill(reboot=True)
        else:
            return self._message(step)
        return "accepted"

    def _message(self, step: Mapping[str, Any]) -> str:
        data = step["text"].encode()
        try:
            if step["way"] == "time":
                sent_s = self.manual.monotonic()
                answer = self.gate.take_time(data, step["nonce"])
                self.gate.take_round([Probe(sent_s, sent_s + 0.002, answer.now)])
            else:
                self.gate.take(data, Channel[step["way"].upper()])
        except Refused as refused:
            return str(refused.reason)
        return "accepted"

    def _keep(self, block: Block) -> None:
        for part in block.parts:
            at = self.before_s + (block.base + part.offset) / RATE_HZ
            self._note(part.key, at, at + part.samples / RATE_HZ)

    def _note(self, key: str, from_s: float, to_s: float) -> None:
        what, of = "item", key
        if key.startswith("order-"):
            of = key.removeprefix("order-")[:16]
            what = "siren" if key.endswith("siren") else "reading"
        last = self.sounded[-1] if self.sounded else None
        if (
            last is not None
            and (last.what, last.of) == (what, of)
            and from_s * 1000 - last.to_ms < 5
        ):
            last.to_ms = round(to_s * 1000)
        else:
            self.sounded.append(Heard(what, of, round(from_s * 1000), round(to_s * 1000)))

    def _use(self) -> None:
        self.programme.use_policy(binding(self.gate.policies()))
        found = self.gate.plan()
        plan, accepted = found if found is not None else (None, self.clock.now())
        clips = {} if plan is None else plan.clips
        self.alerts.clips = {name: clip.sha256 for name, clip in clips.items()}
        enrolled = datetime.fromtimestamp(self.store.fact("enrolled_ms") / 1000, self.begin.tzinfo)
        self.programme.use_plan(
            plan,
            accepted=accepted,
            since=enrolled,
            outlet=self.who.outlet,
            paths=self.who.paths,
        )


def faults(script: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """What the player does otherwise than the script says."""
    rig = ScriptRig(folder, script)
    try:
        for step in script["steps"]:
            rig.run_for(step["at_ms"] / 1000 - rig.elapsed_s())
            verdict = rig.step(step)
            if verdict != step.get("expect", "accepted"):
                yield f"at {step['at_ms']} ms: {verdict} instead of {step['expect']}"
        rig.run_for(script["until_ms"] / 1000 - rig.elapsed_s())
        yield from _of_sound(script["sound"], rig.sounded)
        yield from _of_receipts(script["receipts"], rig.lines())
    finally:
        rig.database.close()


def _of_sound(expected: list[Value], sounded: list[Heard]) -> Iterator[str]:
    # What a play begins within a block and gives up again is no sound.
    heard = [one for one in sounded if one.to_ms - one.from_ms > 1000 * BLOCK_SAMPLES / RATE_HZ]
    named = [(one["what"], one["of"][:16] if one["what"] != "item" else one["of"])
             for one in expected]  # fmt: skip
    if named != [(one.what, one.of) for one in heard]:
        yield f"heard {heard} instead of {expected}"
        return
    for want, have in zip(expected, heard, strict=True):
        for end in ("from_ms", "to_ms"):
            if abs(want[end] - getattr(have, end)) > want["slack_ms"]:
                yield f"heard {have} instead of {want}"


def _of_receipts(expected: list[Value], lines: list[ReceiptItem]) -> Iterator[str]:
    left = [line.model_dump(mode="json", exclude_none=True) for line in lines]
    for want in expected:
        found = next((have for have in left if _tells(have, want)), None)
        if found is None:
            yield f"no receipt {want}; left are {left}"
        else:
            left.remove(found)
    if left:
        yield f"receipts too many: {left}"


def _tells(have: Value, want: Value) -> bool:
    for name, value in want.items():
        if name in ("from_ms", "played_ms"):
            if abs(have.get(name, -1000) - value) > _NEAR_MS:
                return False
        elif have.get(name) != value:
            return False
    return True
