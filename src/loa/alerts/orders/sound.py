"""The order's own sound: a voice that people know, recorded on a phone, or the node's voice.

Neither chime nor closing: the siren comes before it, on the device. Made while the officer waits,
within seconds, because no queue may stand before a storm.
"""

import tempfile
from pathlib import Path

import structlog
from django.conf import settings
from django.utils.translation import gettext

from loa.alerts.models import Clip
from loa.alerts.rules import SPEECH_MAX_S, OrderRefused
from loa.media import services as media
from loa.media.programme import build_programme
from loa.media.refusals import MediaRefused
from loa.media.store import MediaStore, StoreFull
from loa.speech.normalise import spoken
from loa.speech.voices import VoiceFailed, VoiceUnavailable, voice_get
from loa_protocol.payloads import Speech

log = structlog.get_logger()

RECORDING_MAX_BYTES = 20 << 20


def speech_of_text(text: str) -> Speech:
    """The node's voice reading `text`. Raises OrderRefused with a sentence."""
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        source = Path(folder) / "voice.wav"
        try:
            voice_get(settings.LOA_VOICE).synthesise(spoken(text).text, out=source)
        except (VoiceFailed, VoiceUnavailable) as failure:
            raise OrderRefused("no_voice", str(failure)) from failure
        return _made(source, Path(folder))


def voice_if_any(text: str) -> Speech | None:
    """The same, or None where the node's voice or its store fails: a warning does not wait for
    them. Devices then say it with the clips that they hold."""
    try:
        return speech_of_text(text)
    except (OrderRefused, OSError) as failure:
        log.error("no voice for an order", why=str(failure))
        return None


def speech_of_recording(path: Path) -> Speech:
    """A recording at one loudness, in the form that devices play. Raises OrderRefused."""
    if path.stat().st_size > RECORDING_MAX_BYTES:
        raise OrderRefused("too_large", gettext("Bản ghi quá lớn. Ghi lại ngắn hơn."))
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        return _made(path, Path(folder))


def speech_again(sha256: str) -> Speech | None:
    """A file that was made before, as an order names it."""
    from loa.media.selectors import file_get

    file = file_get(sha256)
    if file is None or not file.ms:
        return None
    return Speech(sha256=file.sha256, bytes=file.bytes, ms=file.ms)


def clip_made(name: str, text: str) -> Clip:
    """The pinned clip `name` that says `text`, made once for a text and a voice."""
    voice = settings.LOA_VOICE
    known = Clip.objects.select_related("file").filter(pk=name).first()
    if known is not None and (known.text, known.voice) == (text, voice):
        return known
    speech = speech_of_text(text)
    clip, _ = Clip.objects.update_or_create(
        name=name, defaults={"text": text, "voice": voice, "file_id": speech.sha256}
    )
    return clip


def _made(source: Path, folder: Path) -> Speech:
    try:
        programme = build_programme(
            source, out_dir=folder, chime=False, max_seconds=SPEECH_MAX_S + 1
        )
        store = MediaStore(settings.ENV.media)
        opus, mp3 = store.put(programme.opus.path), store.put(programme.mp3.path)
    except (MediaRefused, StoreFull) as refusal:
        raise OrderRefused("bad_sound", str(refusal)) from refusal
    for file, mime in ((opus, "audio/ogg"), (mp3, "audio/mpeg")):
        media.file_note(sha256=file.sha256, mime=mime, size_bytes=file.bytes, ms=programme.ms)
    return Speech(sha256=opus.sha256, bytes=opus.bytes, ms=programme.ms)


def scratch() -> Path:
    """Where sounds are made, on the node's own disk."""
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
