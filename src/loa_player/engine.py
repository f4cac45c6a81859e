"""The audio thread: asks the mixer for a block when the sink wants one, and hands it over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from loa_player.audio import BLOCK_SAMPLES
from loa_player.mixer import Mixer
from loa_player.sinks.base import Sink, SinkError

log = logging.getLogger(__name__)


class AudioEngine:
    """Runs until `stop`. A sink that fails is reported once, and the thread ends."""

    def __init__(self, mixer: Mixer, sink: Sink, on_failure: Callable[[str], None]) -> None:
        self._mixer = mixer
        self._sink = sink
        self._on_failure = on_failure
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
        try:
            while not self._stop.is_set():
                self._sink.clock.wait_for(base)
                self._sink.write(self._mixer.render(base))
                base += BLOCK_SAMPLES
        except SinkError as error:
            log.error("%s", error)
            self._on_failure(str(error))
