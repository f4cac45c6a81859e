"""Sounds for tests, made by the same library that the player decodes with."""

from __future__ import annotations

import math
import random
import struct
import wave
from array import array
from fractions import Fraction
from pathlib import Path

import av

RATE_HZ = 48_000


def speechlike(seconds: float, *, seed: int = 1) -> bytes:
    """A sound with syllables and pauses, so that correlating two copies has one clear peak."""
    chance = random.Random(seed)
    out = array("h")
    total = int(seconds * RATE_HZ)
    phase = 0.0
    while len(out) < total:
        frequency, length = chance.uniform(120, 900), chance.randint(2400, 9600)
        for i in range(length):
            phase += 2 * math.pi * frequency / RATE_HZ
            envelope = math.sin(math.pi * i / length)
            out.append(int(9000 * envelope * math.sin(phase) + chance.uniform(-300, 300)))
        out.extend([0] * chance.randint(0, 2400))
    return out[:total].tobytes()


def encode(path: Path, pcm: bytes, *, codec: str = "libopus") -> Path:
    """`pcm` (48 kHz mono s16) as Ogg/Opus or MP3."""
    rate = 48_000 if codec == "libopus" else 24_000
    samples = len(pcm) // 2
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = 24_000 if codec == "libopus" else 48_000
        frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
        frame.sample_rate = RATE_HZ
        frame.pts = 0
        frame.time_base = Fraction(1, RATE_HZ)
        plane = frame.planes[0]
        plane.update(pcm + bytes(plane.buffer_size - len(pcm)))
        frame_size = stream.codec_context.frame_size or 960
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=rate, frame_size=frame_size
        )
        for part in resampler.resample(frame) + resampler.resample(None):
            for packet in stream.encode(part):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def machine_ns(path: Path) -> int:
    """The bext OriginatorReference: the machine's clock at the first sample."""
    head = path.read_bytes()[:1024]
    at = head.index(b"bext") + 8
    return int(head[at + 288 : at + 320].rstrip(b"\0"))


def read_wav(path: Path) -> tuple[bytes, int, str]:
    """Samples, the bext TimeReference and OriginationDate of a Broadcast Wave file."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        pcm = file.readframes(file.getnframes())
    head = path.read_bytes()[:1024]
    at = head.index(b"bext") + 8
    date = head[at + 320 : at + 330].decode()
    low, high = struct.unpack("<II", head[at + 338 : at + 346])
    return pcm, low + (high << 32), date
