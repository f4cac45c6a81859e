"""Opus, MP3 or whatever FFmpeg knows, to 48 kHz mono s16, a little ahead of time.

A thread decodes into a bounded buffer; the mixer takes from it without waiting. Positions are
exact to the sample: near the start everything is decoded and dropped, farther in the decoder is set
down two seconds early and what lies before the position is dropped by its time stamps (Opus needs
at least 80 ms to settle, RFC 7845).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import av
import av.error
from av.codec.codec import UnknownCodecError
from av.container import InputContainer

from loa_player.audio import RATE_HZ, SAMPLE_BYTES, samples_in
from loa_player.voice import Chunk

log = logging.getLogger(__name__)

# Two marks, so that the thread decodes in bursts and sleeps between them.
_FULL_BYTES = RATE_HZ * SAMPLE_BYTES * 3 // 2
_LOW_BYTES = RATE_HZ * SAMPLE_BYTES // 2
_RUN_UP_S = 2.0
_SETTLE_FRAMES = 5
_DROP_ALL_BELOW_S = 20.0
# What a device accepts to decode (abuse case 14), by its first bytes: plain sound, nothing that
# fetches or runs. FFmpeg is told the format: asking all its demuxers would cost 3 MB.
_FORMATS = {b"OggS": "ogg", b"RIFF": "wav", b"fLaC": "flac", b"ID3": "mp3"}
_MICROSECONDS = 1_000_000


class PumpedVoice:
    """A voice fed by a thread that takes PCM from an iterator, a bounded stretch ahead.

    `failed` holds the reason when the source broke off, in which case the voice ends early.
    """

    def __init__(self, name: str, source: Callable[[], Iterator[bytes]]) -> None:
        self._name = name
        self._source = source
        self._changed = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._done = False
        self._closed = False
        self.failed: str | None = None
        self._thread = threading.Thread(target=self._fill, name="decode", daemon=True)
        self._thread.start()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until samples are there or the voice has ended; for the one who prepares a play."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._done or self._buffered >= _LOW_BYTES, timeout_s
            )

    def read(self, samples: int) -> Chunk:
        """At most `samples` samples from the buffer, without waiting."""
        wanted = samples * SAMPLE_BYTES
        out = bytearray()
        with self._changed:
            while self._chunks and len(out) < wanted:
                head = self._chunks.popleft()
                room = wanted - len(out)
                out += head[:room]
                if len(head) > room:
                    self._chunks.appendleft(head[room:])
            self._buffered -= len(out)
            if self._buffered < _LOW_BYTES:
                self._changed.notify_all()
            return Chunk(bytes(out), ended=self._done and not self._chunks)

    def close(self) -> None:
        """End the thread; what is buffered is dropped."""
        with self._changed:
            self._closed = True
            self._chunks.clear()
            self._buffered = 0
            self._changed.notify_all()

    def _fill(self) -> None:
        try:
            for pcm in self._source():
                if not self._put(pcm):
                    return
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self.failed = f"{type(error).__name__}: {error}"
            log.warning("Không giải mã được %s: %s", self._name, error)
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _put(self, pcm: bytes) -> bool:
        with self._changed:
            if self._buffered >= _FULL_BYTES:
                self._changed.wait_for(lambda: self._closed or self._buffered < _LOW_BYTES)
            if self._closed:
                return False
            self._chunks.append(pcm)
            self._buffered += len(pcm)
            if self._buffered >= _LOW_BYTES:
                self._changed.notify_all()
            return True


class MediaVoice(PumpedVoice):
    """A media file as a voice, from `position` samples on."""

    def __init__(self, path: Path, *, position: int = 0) -> None:
        super().__init__(path.name, lambda: decoded(path, position))


def decoded(path: Path, position: int = 0) -> Iterator[bytes]:
    """The samples of `path` from `position` on, in pieces as the decoder gives them.

    Raises FFmpegError for a broken file, ValueError for one that is not of an accepted form.
    """
    options = {"protocol_whitelist": "file"}
    with av.open(str(path), "r", format=format_of(path), options=options) as container:
        frames, at = _from_before(container, position)
        for pcm in _resampled(frames):
            samples = samples_in(pcm)
            skip = min(samples, max(0, position - at))
            at += samples
            if skip < samples:
                yield pcm[skip * SAMPLE_BYTES :]


def format_of(path: Path) -> str:
    """FFmpeg's name of the form of `path`. Raises ValueError unless it is one that is accepted."""
    with path.open("rb") as file:
        head = file.read(4)
    for magic, name in _FORMATS.items():
        if head.startswith(magic):
            return name
    if len(head) == 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # MPEG's frame sync
        return "mp3"
    raise ValueError("not of a form that is played")


def pcm_of(container: InputContainer) -> Iterator[bytes]:
    """All samples of the first audio stream from where `container` stands."""
    return _resampled(_frames(container))


def decoder_for(stream: av.AudioStream) -> av.AudioCodecContext:
    """A fresh decoder for `stream`: the reference one for Opus, where this FFmpeg has it.

    FFmpeg's own Opus decoder bursts on SILK-coded speech (measured: up to 70 dB too loud).
    """
    own = stream.codec_context
    if own.name != "opus":
        return own
    try:
        decoder = av.CodecContext.create("libopus", "r")
    except UnknownCodecError:
        log.warning("Thiếu bộ giải mã libopus, dùng bộ giải mã Opus của FFmpeg")
        return own
    decoder.extradata = own.extradata
    decoder.layout = own.layout
    decoder.sample_rate = own.sample_rate
    return decoder


def _sound(container: InputContainer) -> av.AudioStream:
    if not container.streams.audio:
        raise ValueError("no audio stream")
    return container.streams.audio[0]


def _frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    """Every frame of the first audio stream from where the container stands."""
    stream = _sound(container)
    decoder = decoder_for(stream)
    for packet in container.demux(stream):
        yield from decoder.decode(packet)


def _resampled(frames: Iterator[av.AudioFrame]) -> Iterator[bytes]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    for frame in frames:
        for out in resampler.resample(frame):
            yield bytes(out.planes[0])[: out.samples * SAMPLE_BYTES]
    for out in resampler.resample(None):
        yield bytes(out.planes[0])[: out.samples * SAMPLE_BYTES]


def _from_before(container: InputContainer, position: int) -> tuple[Iterator[av.AudioFrame], int]:
    """The frames from somewhere before `position` on, and the sample at which they begin."""
    stream = _sound(container)
    target_s = position / RATE_HZ - _RUN_UP_S
    if target_s < _DROP_ALL_BELOW_S:
        return _frames(container), 0
    container.seek(int(target_s * _MICROSECONDS))
    frames = _frames(container)
    # A decoder that starts in the middle may cut its first frames without saying so.
    for frame in islice(frames, _SETTLE_FRAMES, None):
        if frame.pts is None or frame.time_base is None:
            break
        start = stream.start_time or 0
        return chain([frame], frames), round(float((frame.pts - start) * frame.time_base) * RATE_HZ)
    container.seek(0)
    return _frames(container), 0
