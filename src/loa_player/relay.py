"""Sound from elsewhere in a slot of its own, with something to fall back on.

Only what the registrar's policy lists is opened, exactly as listed (plain http too), only over
HTTP(S), only as plain sound. The bytes come by the player's own client, which checks certificates
and follows no redirect; FFmpeg, which does neither, opens nothing itself. When the source fails,
or is silent for as long as the slot allows, the fallback takes over for the rest of the slot: there
is no way back, because a source that comes and goes would be worse to hear than one change.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import av
import av.container

from loa_player.audio import RATE_HZ, level_dbfs, samples_in
from loa_player.decode import MediaVoice, PumpedVoice, pcm_of
from loa_player.link.http import HttpLine, LinkError
from loa_player.voice import Chunk
from loa_protocol.payloads import Relay

log = logging.getLogger(__name__)

# Quieter than this is not a programme: the noise of an open line lies below.
SILENT_DBFS = -50.0
_OPEN_TIMEOUT_S = 10.0
_READ_TIMEOUT_S = 10.0
_OK = 200
# FFmpeg gets bytes and no protocol: none of this name exists.
_NO_PROTOCOL = "none"
# Without those that are lists of other addresses.
_FORMATS = "mp3,aac,ogg,flac,wav,mpegts,mov,mp4"
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


class _Wire:
    """A stream's body as the file that PyAV reads. Stands still for a while: it breaks off."""

    def __init__(self, pieces: Iterator[bytes], limit_s: float) -> None:
        self._pieces = pieces
        self._rest = b""
        self.allow(limit_s)

    def allow(self, limit_s: float) -> None:
        """From now on, this long until sound must have come of what is read."""
        self._until_s = time.monotonic() + limit_s

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. Raises LinkError, TimeoutError."""
        if time.monotonic() > self._until_s:
            raise TimeoutError("bytes come, but no sound")
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


def _opened(url: str | None, device: str | None) -> Iterator[bytes]:
    if url is not None:
        yield from _from_network(url)
        return
    with av.open(str(device), "r", format="alsa", options={"channels": "1"}) as container:
        yield from pcm_of(container)


def _from_network(url: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    line = HttpLine((f"{parts.scheme}://{parts.netloc}",), timeout_s=_READ_TIMEOUT_S)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    with line.stream(path, headers={"Accept": "audio/*"}) as stream:
        if stream.status != _OK:  # a redirect leaves the policy's list
            raise LinkError(f"{url}: status {stream.status}")
        wire = _Wire(stream.pieces, _OPEN_TIMEOUT_S)
        options = {"protocol_whitelist": _NO_PROTOCOL, "format_whitelist": _FORMATS}
        with av.open(wire, "r", options=options) as container:
            for pcm in pcm_of(container):
                yield pcm
                wire.allow(_READ_TIMEOUT_S)
