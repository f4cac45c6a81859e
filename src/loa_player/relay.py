"""Sound from elsewhere in a slot of its own, with something to fall back on.

Only what the registrar's policy lists is opened, only over HTTP(S), only as plain sound. When the
source fails, or is silent for as long as the slot allows, the fallback takes over for the rest of
the slot: there is no way back, because a source that comes and goes would be worse to hear than
one change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal

import av
import av.container

from loa_player.audio import RATE_HZ, level_dbfs, samples_in
from loa_player.decode import MediaVoice, PumpedVoice, pcm_of
from loa_player.voice import Chunk
from loa_protocol.payloads import Relay

log = logging.getLogger(__name__)

# Quieter than this is not a programme: the noise of an open line lies below.
SILENT_DBFS = -50.0
_OPEN_TIMEOUT_S = 10.0
_READ_TIMEOUT_S = 10.0
_PROTOCOLS = "http,https,tcp,tls"
_FORMATS = "mp3,aac,ogg,flac,wav,hls,mpegts,mov,mp4"
_LISTEN_SAMPLES = RATE_HZ // 5

Fault = Literal["relay_silent", "relay_failed", "relay_not_allowed"]


class RelayVoice:
    """A relay as a voice. `fault` says why and whether the fallback took over.

    `inputs` maps the names of line inputs to ALSA devices of this board. The voice ends only when
    there is neither source nor fallback; the slot's end silences it.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        allowed: Collection[str],
        inputs: Mapping[str, str],
        fallback: Path | None,
    ) -> None:
        self._fallback = fallback
        self._silence_limit = relay.silence_s * RATE_HZ
        self._silent = 0
        self._heard = bytearray()
        self._lock = threading.Lock()
        self.fault: Fault | None = None
        self._voice: PumpedVoice | None = None
        if relay.url is not None and relay.url not in allowed:
            self._fall_back("relay_not_allowed")
        elif relay.input is not None and relay.input not in inputs:
            self._fall_back("relay_failed")
        else:
            device = inputs.get(relay.input or "")
            self._voice = PumpedVoice("relay", lambda: _opened(relay.url, device))

    def read(self, samples: int) -> Chunk:
        """From the source or the fallback; the change happens between two calls."""
        with self._lock:
            if self._voice is None:
                return Chunk(b"", ended=True)
            chunk = self._voice.read(samples)
            if self.fault is not None:
                return self._from_fallback(chunk)
            self._listen(chunk.pcm, samples)
            if chunk.ended:
                self._fall_back("relay_failed")
            elif self._silent >= self._silence_limit:
                self._fall_back("relay_silent")
            return Chunk(chunk.pcm, ended=self._voice is None)

    def close(self) -> None:
        """End both sources."""
        with self._lock:
            if self._voice is not None:
                self._voice.close()

    def _listen(self, pcm: bytes, asked: int) -> None:
        """Count how long nothing was heard: missing samples are silence too."""
        missing = asked - samples_in(pcm)
        self._silent += missing
        self._heard += pcm
        if samples_in(self._heard) >= _LISTEN_SAMPLES:
            quiet = level_dbfs(bytes(self._heard)) < SILENT_DBFS
            self._silent = self._silent + samples_in(self._heard) if quiet else 0
            self._heard.clear()

    def _fall_back(self, fault: Fault) -> None:
        self.fault = fault
        log.warning("Nguồn tiếp âm có lỗi (%s), chuyển sang bài dự phòng", fault)
        if self._voice is not None:
            self._voice.close()
        self._voice = None if self._fallback is None else MediaVoice(self._fallback)

    def _from_fallback(self, chunk: Chunk) -> Chunk:
        """Over and over: the slot is longer than most fallbacks."""
        if chunk.ended and self._fallback is not None and self._voice is not None:
            if self._voice.failed is not None:
                return Chunk(chunk.pcm, ended=True)
            self._voice = MediaVoice(self._fallback)
        return Chunk(chunk.pcm)


def _opened(url: str | None, device: str | None) -> Iterator[bytes]:
    if url is not None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("only http and https are relayed")
        source = av.open(
            url,
            "r",
            options={"protocol_whitelist": _PROTOCOLS, "format_whitelist": _FORMATS},
            timeout=(_OPEN_TIMEOUT_S, _READ_TIMEOUT_S),
        )
    else:
        source = av.open(str(device), "r", format="alsa", options={"channels": "1"})
    with source as container:
        yield from pcm_of(container)
