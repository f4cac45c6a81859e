"""What a node may ask of one device. None of it can lower the level of an alert."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from loa_player import outcomes
from loa_player.audio import tone
from loa_player.clock import TrustedClock
from loa_player.mixer import Ended, Lane, Mixer, MixerEvent, Play
from loa_player.store import Store
from loa_player.voice import ClipVoice
from loa_protocol.payloads import Command, ReceiptItem

log = logging.getLogger(__name__)

# Loa's media are made at this level; `level` asks for another one at the horn.
MEDIA_LUFS = -16
_TEST_TONE_HZ = 1000.0
_TEST_TONE_S = 1.5


@dataclass(slots=True)
class Commands:
    """Carries out commands in the main thread."""

    store: Store
    mixer: Mixer
    clock: TrustedClock
    set_volume: Callable[[int], None]
    set_level: Callable[[int], None]
    restart: Callable[[], None]
    fetch_assignment: Callable[[], None]
    deliver: Callable[[], None]

    def obey(self, id_: str, command: Command) -> None:
        """Do what an accepted command says; what cannot be done is answered as refused."""
        args = command.args
        if command.do == "volume" and args.volume_pct is not None:
            self.store.set_fact("volume_pct", args.volume_pct)
            self.set_volume(args.volume_pct)
        elif command.do == "level" and args.level_lufs is not None:
            self.store.set_fact("level_lufs", args.level_lufs)
            self.set_level(args.level_lufs)
        elif command.do == "self-test":
            self._self_test(id_)
        elif command.do == "restart":
            self.restart()
        elif command.do == "fetch-assignment":
            self.fetch_assignment()
        elif command.do == "confirm":
            self.store.confirm(args.receipts or ())
        else:
            self._answer(
                outcomes.of_order(id_, "refused", now=self.clock.now(), reason="unsupported")
            )

    def on_event(self, event: MixerEvent) -> bool:
        """Answer for a self-test that has sounded; False when the event is not about one."""
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

    def _self_test(self, id_: str) -> None:
        """A short tone, as loud as a programme, that no programme or order has to wait for."""
        key = f"test-{id_}"
        if not self.mixer.has(key):
            pcm = tone(_TEST_TONE_HZ, _TEST_TONE_S)
            self.mixer.add(Play(key, Lane.PROGRAMME, ClipVoice(pcm)))

    def _answer(self, line: ReceiptItem) -> None:
        self.store.add_outcome(line)
        self.deliver()
