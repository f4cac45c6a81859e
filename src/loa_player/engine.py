"""The audio thread: asks the mixer for a block when the sink wants one, and hands it over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from loa_player.audio import BLOCK_SAMPLES
from loa_player.mixer import Mixer
from loa_player.sinks.base import Sink, SinkError

log = logging.getLogger(__name__)


_RETRY_S = 5.0


class AudioEngine:
    """Runs until `stop`.

    When the sink fails, nothing is rendered, so nothing counts as played, until it works again.
    `on_sink(text)` is told of the failure once, and `on_sink(None)` of the recovery.
    """

    def __init__(self, mixer: Mixer, sink: Sink, on_sink: Callable[[str | None], None]) -> None:
        self._mixer = mixer
        self._sink = sink
        self._on_sink = on_sink
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audio", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop within a block and finish the sink's files."""
        self._stop.set()
        self._thread.join(timeout=2.0)
        self._sink.close()

    def _run(self) -> None:
        base = 0
        while not self._stop.is_set():
            self._sink.clock.wait_for(base)
            try:
                self._sink.write(self._mixer.render(base))
            except SinkError as error:
                log.error("%s", error)
                self._on_sink(str(error))
                self._recover()
            base += BLOCK_SAMPLES

    def _recover(self) -> None:
        while not self._stop.wait(_RETRY_S):
            try:
                self._sink.reopen()
            except SinkError as error:
                log.info("%s", error)
            else:
                self._on_sink(None)
                return
