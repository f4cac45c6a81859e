"""Looking at an uploaded recording before anything decodes it.

The first bytes settle which of the accepted containers the file is; ffmpeg is then told so and may
not take it for anything else. What is not one of them (a text, a playlist, a picture, a programme)
never reaches ffmpeg. Its streams come from the header; its length is what was really decoded, for
a header may say anything. Decoding stops at the limit of length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from loa.lib.process import ProcessTimeout
from loa.media import ogg
from loa.media.ffmpeg import FfmpegFailed, Input, run_ffmpeg
from loa.media.refusals import MediaRefused, broken, too_long, too_short, too_slow

MAX_SECONDS = 7_200.0
MAX_BYTES = 500 * 1024**2
MIN_SECONDS = 0.3
_TIMEOUT_S = 20.0
_DECODE_TIMEOUT_S = 120.0

__all__ = ["MAX_BYTES", "MAX_SECONDS", "MediaRefused", "Probed", "demuxer_of", "opened", "probe"]

_AUDIO = re.compile(
    r"Stream #0:\d+.*?: Audio: (?P<codec>\w+).*?, (?P<rate>\d+) Hz, (?P<layout>[^,\n]+)"
)
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: ")
_TWO_CHANNELS = frozenset({"stereo", "downmix", "2 channels"})
_HEAD_BYTES = 1 << 17


@dataclass(frozen=True, slots=True)
class Probed:
    """What an accepted recording is. `seconds` was counted while it was decoded. `stereo`: two
    channels, of which a microphone cable may have turned one upside down."""

    source: Input
    codec: str
    seconds: float
    sample_rate_hz: int
    bytes: int
    stereo: bool


def probe(path: Path, *, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> Probed:
    """Inspect the file; raises `MediaRefused` with a sentence for people, `OSError` if unreadable.

    Accepted: mp3, wav, m4a, 3gp and amr (a phone's own recording), aac, ogg (Vorbis, Opus, FLAC),
    flac and webm (a browser's own recording), of up to `max_seconds` and `max_bytes`. Nothing is
    written.
    """
    size = path.stat().st_size
    if size == 0:
        raise MediaRefused("empty", "Tệp rỗng, không có âm thanh. Hãy chọn tệp khác.")
    if size > max_bytes:
        raise MediaRefused(
            "too_large", f"Tệp lớn hơn {max_bytes // 1024**2} MB. Hãy nén hoặc cắt ngắn bản ghi."
        )
    source = opened(path)
    _refuse_mixed(source)
    audio = _AUDIO.search(_first_second(source))
    if audio is None:
        raise broken()
    seconds = _decoded_seconds(source, max_seconds)
    if seconds > max_seconds:
        raise too_long(max_seconds)
    if seconds < MIN_SECONDS:
        raise too_short()
    stereo = audio["layout"].strip() in _TWO_CHANNELS
    return Probed(source, audio["codec"], seconds, int(audio["rate"]), size, stereo)


def opened(path: Path) -> Input:
    """The file with the container its first bytes show; `MediaRefused` if it is not accepted."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        demuxer = demuxer_of(head)
        if head[:3] == b"ID3":  # a tag before MP3 or AAC, perhaps with a large picture in it
            file.seek(_tag_bytes(head))
            demuxer = _frames(file.read(_HEAD_BYTES)) or demuxer
    if demuxer is None:
        raise MediaRefused(
            "not_audio",
            "Tệp này không phải bản ghi âm. Hãy tải lên tệp mp3, wav, m4a, aac, 3gp, ogg, opus hoặc"
            " flac.",
        )
    return Input(path, demuxer)


def demuxer_of(head: bytes) -> str | None:
    """The ffmpeg demuxer for a file that begins so, or None for what is not accepted."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    for mark, demuxer in _MARKS:
        if head.startswith(mark):
            return demuxer
    if head[4:8] == b"ftyp":
        return "mov"
    return "mp3" if head[:3] == b"ID3" else _frames(head)


_MARKS = (
    *((b"OggS", "ogg"), (b"fLaC", "flac"), (b"\x1aE\xdf\xa3", "matroska")),
    *((b"#!AMR\n", "amr"), (b"#!AMR-WB\n", "amr")),
)


def _tag_bytes(head: bytes) -> int:
    """The length of the ID3 tag at the start: seven bits of each byte count."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _frames(head: bytes) -> str | None:
    """MP3 or AAC by the first frame. Recorders put zeros before it, which say nothing."""
    frame = head.lstrip(b"\0")[:2]
    if len(frame) < 2 or frame[0] != 0xFF:
        return None
    if frame[1] & 0xF6 == 0xF0:
        return "aac"
    return "mp3" if frame[1] & 0xE6 == 0xE2 else None


def _refuse_mixed(source: Input) -> None:
    """Refuse an Ogg file that was joined of parts of several kinds."""
    if source.demuxer == "ogg" and len(set(ogg.parts(source.path))) > 1:
        raise MediaRefused(
            "joined",
            "Tệp ghép từ nhiều bản ghi khác tần số hoặc số kênh nên chỉ đọc được phần đầu. Hãy xuất"
            " lại thành một bản mp3 hoặc wav, hoặc tải từng bản lên riêng.",
        )


def _first_second(source: Input) -> str:
    """ffmpeg's description of the file; a refusal if its first second cannot be decoded."""
    arguments = [*source.arguments(), "-map", "0:a:0", "-t", "1", "-f", "null", "-"]
    try:
        return run_ffmpeg(["-xerror", *arguments], timeout_s=_TIMEOUT_S)
    except FfmpegFailed as error:
        if _VIDEO.search(error.tail) and not _AUDIO.search(error.tail):
            raise MediaRefused(
                "no_audio", "Tệp chỉ có hình, không có tiếng. Hãy chọn tệp có âm thanh."
            ) from error
        raise broken() from error


def _decoded_seconds(source: Input, max_seconds: float) -> float:
    """Length by decoding, up to a second over the limit. The samples are counted: neither the
    header nor the times written beside the packets are asked."""
    last = [0.0]
    count = ["-map", "0:a:0", "-af", "asetpts=N/SR/TB", "-t", str(max_seconds + 1)]
    try:
        run_ffmpeg(
            [*source.arguments(), *count, "-f", "null", "-"],
            timeout_s=_DECODE_TIMEOUT_S,
            on_seconds=lambda seconds: last.__setitem__(0, seconds),
        )
    except FfmpegFailed as error:
        raise too_slow() if isinstance(error.reason, ProcessTimeout) else broken() from error
    return last[0]
