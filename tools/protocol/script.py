"""Scripts: what a device says, plays and reports over time, for every implementation to repeat."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from loa_protocol import Channel, Envelope, Kind, Reason, format_time
from loa_protocol.encoding import b64encode
from loa_protocol.kinds import RULES, Nature
from loa_protocol.payloads import (
    Hours,
    Issuer,
    Media,
    PlanItem,
    Policy,
    Span,
    Speech,
    item_id,
)
from loa_protocol.trust import version_for
from tools.protocol.world import NOW, PROVINCE, World

SOUNDS = Path(__file__).with_name("sounds")
# How far a start or an end may be off, in seconds.
SLACK_S = 0.06

BULLETIN = "0199b8c2-0000-7000-8000-00000000000"

Value = dict[str, Any]


@dataclass(frozen=True)
class Sound:
    """A sound file of the scripts: its bytes and its length."""

    name: str
    ms: int

    @property
    def data(self) -> bytes:
        """Ogg Opus."""
        return (SOUNDS / f"{self.name}.opus").read_bytes()

    @property
    def sha256(self) -> str:
        """Its name on the wire."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def speech(self) -> Speech:
        """As an order names it."""
        return Speech(sha256=self.sha256, bytes=len(self.data), ms=self.ms)

    @property
    def media(self) -> Media:
        """As a plan names it."""
        return Media(sha256=self.sha256, bytes=len(self.data))


SPEECH = Sound("speech", 2000)
CLIP = Sound("clip", 1000)
PROGRAMME = Sound("programme", 10_000)
ALL = (SPEECH, CLIP, PROGRAMME)


def at(seconds: float) -> datetime:
    """The moment so many seconds after the beginning."""
    return NOW + timedelta(seconds=seconds)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


@dataclass
class Script:
    """One device from its start on. Times are seconds after the beginning, `NOW`."""

    name: str
    world: World
    until_s: float
    files: tuple[Sound, ...] = ALL
    own_clock: datetime = NOW
    told: bool = True
    steps: list[Value] = field(default_factory=list)
    sound: list[Value] = field(default_factory=list)
    receipts: list[Value] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.told:
            self.time(0, NOW)

    def message(
        self,
        at_s: float,
        envelope: Envelope,
        channel: Channel = Channel.AREA,
        refused: Reason | None = None,
    ) -> Self:
        """`envelope` arrives; what is accepted of events is reported."""
        self._step(at_s, way=channel.name.lower(), text=envelope.to_bytes().decode(),
                   expect=str(refused or "accepted"))  # fmt: skip
        event = RULES[envelope.kind].nature is Nature.EVENT and envelope.kind is not Kind.CLOCK
        if refused is None and event:
            self.receipt(envelope.id, "accepted")
        return self

    def time(
        self,
        at_s: float,
        moment: datetime,
        refused: Reason | None = None,
        *,
        nonce: str | None = None,
        issued: datetime | None = None,
    ) -> Self:
        """A time answer that says `moment`; `nonce` is what the device asked with, if another."""
        answer = self.world.time_answer(moment, issued=issued or moment)
        own = json.loads(answer.payload)["nonce"]
        self._step(at_s, way="time", text=answer.to_bytes().decode(), nonce=nonce or own,
                   expect=str(refused or "accepted"))  # fmt: skip
        return self

    def file(self, at_s: float, sound: Sound, content: Sound | None = None) -> Self:
        """The file of `sound` is on the device from now on; with `content`, other bytes are."""
        return self._step(at_s, file=sound.sha256, content=(content or sound).sha256)

    def power_cut(self, at_s: float, off_s: float, own_clock: datetime | None = None) -> Self:
        """No power for so long; afterwards its own clock ran on, or says `own_clock`."""
        shown = own_clock or at(at_s + off_s)
        return self._step(at_s, off_ms=_ms(off_s), own_clock=format_time(shown))

    def hears(
        self, what: str, of: str, from_s: float, to_s: float, slack_s: float = SLACK_S
    ) -> Self:
        """Expected: `of` sounds from `from_s` to `to_s`."""
        entry = {"what": what, "of": of, "from_ms": _ms(from_s), "to_ms": _ms(to_s)}
        self.sound.append({**entry, "slack_ms": _ms(slack_s)})
        return self

    def receipt(self, of: str, result: str, **more: object) -> Self:
        """Expected: a receipt item of `of` with these fields."""
        self.receipts.append({"id": of, "result": result, **more})
        return self

    def _step(self, at_s: float, **fields: object) -> Self:
        self.steps.append({"at_ms": _ms(at_s), **fields})
        return self

    def value(self) -> Value:
        """The script as it is written."""
        return {
            "name": self.name,
            "begin": format_time(NOW),
            "own_clock": format_time(self.own_clock),
            "files": [sound.sha256 for sound in self.files],
            "steps": sorted(self.steps, key=lambda step: int(step["at_ms"])),
            "until_ms": _ms(self.until_s),
            "sound": sorted(self.sound, key=lambda entry: int(entry["from_ms"])),
            "receipts": self.receipts,
        }


def alert(
    w: World, level: int = 4, *, issued_s: float = 0, after_s: float = 5, **more: Any
) -> Envelope:
    """An alert of which two seconds are spoken: issued and spoken at seconds after the start."""
    issued = at(issued_s)
    fields: dict[str, Any] = {
        "speech": SPEECH.speech,
        "issued": issued,
        "speak_at": at(issued_s + after_s),
        "expires": at(issued_s + 3600),
        "gap_s": 3,
        "plays": 2,
        **more,
    }
    return w.alert(level, **fields)


def item(at_s: float, sound: Sound = SPEECH, number: int = 1, **more: Any) -> PlanItem:
    """A slot of the plan."""
    fields: dict[str, Any] = {
        "at": at(at_s),
        "kind": "media",
        "class_": "normal",
        "bulletin": f"{BULLETIN}{number}",
        "title": "Lịch tiêm chủng",
        "seconds": sound.ms // 1000,
        "gain_db": 0,
        "media": sound.media,
    }
    return PlanItem(**{**fields, **more})


def plan(w: World, *items: PlanItem, number: int = 0, **more: Any) -> Envelope:
    """A plan with one long session."""
    sessions = (Span(from_=at(-600), to=at(3600)),)
    fields: dict[str, Any] = {"sessions": sessions, "items": items, **more}
    return w.plan(version_for(NOW) + number, **fields)


def policy(w: World, path: str = PROVINCE, **more: Any) -> Envelope:
    """A policy that allows the whole day."""
    fields: dict[str, Any] = {
        "hours": (Hours(from_min=0, to_min=1440),),
        "max_minutes_day": 600,
        "programme_max_pct": 80,
        "alert_pct": 100,
        "relays": (),
        "version": version_for(NOW),
        **more,
    }
    issuer = Issuer(path=PROVINCE, person="r1")
    doc = Policy(**fields, **w.common(86400, issuer=issuer, target=(path,)))
    return w.signed(doc, "r1", chain=w.registrars)


def slot(one: PlanItem) -> str:
    """Its identity."""
    return item_id("s1", one)


def document() -> Value:
    """All scripts with the world that they live in."""
    from tools.protocol import script_orders, script_programme, script_times

    world = World()
    makers = (script_orders, script_programme, script_times)
    scripts = [script.value() for maker in makers for script in maker.scripts(world)]
    if len({script["name"] for script in scripts}) != len(scripts):
        raise ValueError("two scripts have one name")
    return {
        "about": ABOUT,
        "anchor": world.root.id,
        "root": world.root.to_value(),
        "receiver": vars(world.receiver()),
        "files": {sound.sha256: b64encode(sound.data) for sound in ALL},
        "scripts": scripts,
    }


ABOUT = (
    "TEST KEYS as in vectors.json. Each script stands alone: a device that knows `root`, is "
    "`receiver` and has `files`; its own clock says `own_clock` at the beginning. `steps` happen "
    "in order, so many ms after the beginning: a message arrives by `way` and has the verdict "
    "`expect` (a time answer: the device asked with `nonce`); `file` is on the device from then "
    "on, with the bytes of `content`; the power is off for `off_ms`, and the device's own clock "
    "says `own_clock` afterwards. `sound` is all that is heard: a `siren` or a `reading` of an "
    "order, an `item` of the plan; the start and the end within `slack_ms`. A reading includes "
    "what the device says before and after it. `receipts` are all items, with at least these "
    "fields; `from_ms` and `played_ms` within 60 ms."
)
