"""Making a bulletin's sound: voice or recording in, measured Opus and MP3 out.

Claimed by a conditional update, so that one worker makes it; a failure leaves a sentence for the
officer and can be asked again.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

from loa.media import selectors as media_selectors
from loa.media import services as media
from loa.media.programme import Programme, build_programme
from loa.media.refusals import MediaRefused
from loa.media.store import MediaStore, StoreFull
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.speech.voices import VoiceFailed, VoiceUnavailable, voice_get

log = structlog.get_logger()

VOICE_SHARE = 0.4
"""How much of the bar the voice takes; the rest is loudness and coding."""


def store() -> MediaStore:
    """The node's media store."""
    return MediaStore(settings.ENV.media)


def make_next() -> bool:
    """Make the oldest production that waits. Returns whether there was one."""
    for row in aside.due(Queue.PRODUCTIONS):
        if not media.production_queue_again(UUID(row)):
            quarantine.release(Queue.PRODUCTIONS, [row])
        else:
            quarantine.rest(Queue.PRODUCTIONS, row)
    waiting = media_selectors.oldest_queued()
    if waiting is None:
        return False
    if media.production_claim(waiting):
        with quarantine.isolated(Queue.PRODUCTIONS, str(waiting), atomic=False):
            make(waiting)
    return True


def make(production_id: UUID) -> None:
    """Make one claimed production. What goes wrong becomes a sentence on the bulletin's page."""
    wanted = media_selectors.production_get(production_id)
    progress = _progress(production_id)
    try:
        with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
            source = _source(wanted.recording_id, wanted.spoken, wanted.voice, folder, progress)
            programme = build_programme(
                source,
                out_dir=Path(folder),
                max_seconds=settings.LOA_MEDIA_LIMIT_S,
                progress=lambda done: progress(VOICE_SHARE + (1 - VOICE_SHARE) * done),
            )
            _keep(production_id, programme)
    except (MediaRefused, VoiceFailed, VoiceUnavailable, StoreFull) as refusal:
        log.warning("production failed", production=str(production_id), reason=repr(refusal))
        media.production_fail(production_id, str(refusal))
    except Exception:
        media.production_fail(
            production_id, "Chưa làm được âm thanh vì lỗi của máy chủ. Thử lại sau ít phút."
        )
        raise


def _source(
    recording: str | None, spoken: str, voice: str, folder: str, progress: Callable[[float], None]
) -> Path:
    if recording:
        return store().path_of(recording)
    out = Path(folder) / "voice.wav"
    voice_get(voice).synthesise(spoken, out=out, progress=lambda done: progress(VOICE_SHARE * done))
    return out


def _keep(production_id: UUID, made: Programme) -> None:
    kept = store()
    opus, mp3 = kept.put(made.opus.path), kept.put(made.mp3.path)
    for file, mime in ((opus, "audio/ogg"), (mp3, "audio/mpeg")):
        media.file_note(sha256=file.sha256, mime=mime, size_bytes=file.bytes, ms=made.ms)
    media.production_finish(
        production_id,
        opus_sha256=opus.sha256,
        mp3_sha256=mp3.sha256,
        ms=made.ms,
        level_lufs=made.level_lufs,
        peak_dbtp=made.peak_dbtp,
    )


def _progress(production_id: UUID) -> Callable[[float], None]:
    last = [-1]

    def report(done: float) -> None:
        """Write each tenth once: the bar moves, the database rests."""
        percent = int(done * 10) * 10
        if percent > last[0]:
            last[0] = percent
            media.production_progress(production_id, percent)

    return report


def _scratch() -> Path:
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
