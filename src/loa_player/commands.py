"""What a node may ask of one device. None of it can lower the level of an alert."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from loa_player import outcomes
from loa_player.audio import tone
from loa_player.clock import TrustedClock
from loa_player.decode import MediaVoice
from loa_player.media_cache import MediaCache, MediaError
from loa_player.mixer import Ended, Lane, Measured, Mixer, MixerEvent, Play
from loa_player.store import Store
from loa_player.voice import ClipVoice
from loa_protocol.payloads import Command, ReceiptItem

log = logging.getLogger(__name__)

# Loa's media are made at this level; `level` asks for another one at the horn.
MEDIA_LUFS = -16
_TEST_TONE_HZ = 1000.0
_TEST_TONE_S = 1.5
_MEASURE_S = 1.0
# How long a test sentence may take to come; then the technician is told, not left waiting.
_SPEECH_WAIT_S = 60.0
_RUN_UP_S = 0.25


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A test sentence that is still being fetched."""

    sha256: str
    size: int
    until_s: float


@dataclass(slots=True)
class Commands:
    """Carries out commands in the main thread."""

    store: Store
    mixer: Mixer
    clock: TrustedClock
    media: MediaCache
    set_volume: Callable[[int], None]
    set_level: Callable[[int], None]
    restart: Callable[[], None]
    fetch_assignment: Callable[[], None]
    deliver: Callable[[], None]
    on_missing: Callable[[], None]
    _sentences: dict[str, _Sentence] = field(default_factory=dict, init=False)

    def obey(self, id_: str, command: Command) -> None:
        """Do what an accepted command says. That it was accepted is answered already, durably, with
        its acceptance; here what came of it, and what cannot be done as refused."""
        args = command.args
        if command.do == "volume" and args.volume_pct is not None:
            self.store.set_fact("volume_pct", args.volume_pct)
            self.set_volume(args.volume_pct)
        elif command.do == "level" and args.level_lufs is not None:
            self.store.set_fact("level_lufs", args.level_lufs)
            self.set_level(args.level_lufs)
        elif command.do == "self-test":
            self._self_test(id_, command)
        elif command.do == "measure":
            self.mixer.listen(f"measure-{id_}", _MEASURE_S)
        elif command.do == "restart":
            self.restart()
        elif command.do == "fetch-assignment":
            self.fetch_assignment()
        elif command.do == "confirm":
            self.store.confirm(args.receipts or ())
        else:
            self._refused(id_, "unsupported")

    def on_event(self, event: MixerEvent) -> bool:
        """Answer for a self-test that has sounded, or a level that was measured; False when the
        event is about neither."""
        if isinstance(event, Measured):
            self._measured(event)
            return True
        if not event.key.startswith("test-"):
            return False
        if isinstance(event, Ended):
            silent = event.level_lufs is None
            self._answer(
                ReceiptItem(
                    id=event.key.removeprefix("test-"),
                    result="muted" if silent else "played",
                    at=self.clock.now(),
                    reason="silent" if silent else None,
                    grade=outcomes.GRADE,
                    level_lufs=outcomes.whole_lufs(event.level_lufs),
                    volume_pct=self.mixer.volume_pct,
                )
            )
        return True

    def wanted_media(self) -> dict[str, int]:
        """Test sentences that are still to be fetched, with their sizes. From any thread."""
        return {one.sha256: one.size for one in list(self._sentences.values())}

    def step(self) -> None:
        """Sound the sentences that have come, and give up those that are too long on the way."""
        for id_, wanted in list(self._sentences.items()):
            if self.media.has(wanted.sha256):
                del self._sentences[id_]
                self._say(id_, wanted.sha256)
            elif self.clock.monotonic() > wanted.until_s:
                del self._sentences[id_]
                self._refused(id_, "media_missing")

    def _self_test(self, id_: str, command: Command) -> None:
        """The command's sentence, or else a short tone, as loud as a programme; no programme and
        no order has to wait for it."""
        speech = command.args.speech
        if speech is not None:
            until_s = self.clock.monotonic() + _SPEECH_WAIT_S
            self._sentences[id_] = _Sentence(speech.sha256, speech.bytes, until_s)
            self.on_missing()
            self.step()
        elif not self.mixer.has(f"test-{id_}"):
            pcm = tone(_TEST_TONE_HZ, _TEST_TONE_S)
            self.mixer.add(Play(f"test-{id_}", Lane.PROGRAMME, ClipVoice(pcm)))

    def _say(self, id_: str, sha256: str) -> None:
        try:
            voice = MediaVoice(self.media.checked(sha256))
        except MediaError as error:
            self._refused(id_, error.reason)
            return
        voice.wait_ready(_RUN_UP_S)
        self.mixer.add(Play(f"test-{id_}", Lane.PROGRAMME, voice))

    def _measured(self, event: Measured) -> None:
        silent = event.level_lufs is None
        self._answer(
            ReceiptItem(
                id=event.key.removeprefix("measure-"),
                result="accepted",
                at=self.clock.now(),
                reason="silent" if silent else None,
                grade=outcomes.GRADE,
                level_lufs=outcomes.whole_lufs(event.level_lufs),
                volume_pct=self.mixer.volume_pct,
            )
        )

    def _refused(self, id_: str, reason: str) -> None:
        self._answer(outcomes.of_order(id_, "refused", now=self.clock.now(), reason=reason))

    def _answer(self, line: ReceiptItem) -> None:
        self.store.add_outcome(line)
        self.deliver()
