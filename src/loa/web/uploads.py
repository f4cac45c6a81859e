"""Files an officer hands in: looked at before anything decodes them, then kept by their hash."""

import json
import sys
import tempfile
import threading
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from loa.lib.process import ProcessError, run_limited
from loa.lib.sentences import Sentence
from loa.media import services as media
from loa.media.clips import recording_cut
from loa.media.probe import probe
from loa.media.refusals import MediaRefused
from loa.media.store import MediaStore, StoreFull
from loa.newsroom.importing import FILE_MAX_BYTES, Imported, import_document
from loa.newsroom.rules import BulletinRefused
from loa.web.upload_tickets import Upload

MIME = {
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mov": "audio/mp4",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "matroska": "audio/webm",
}
PICTURE_MAX_BYTES = 15 << 20
PICTURE_TIMEOUT_S = 20.0
PICTURE_MEMORY_BYTES = 640 << 20
PICTURE_WAIT_S = 30.0
_BROKEN_PICTURE = Sentence("Tệp này không phải ảnh đọc được. Xin gửi ảnh JPEG, PNG hoặc WebP.")
_TOO_MANY_PIXELS = Sentence(
    "Ảnh quá lớn. Xin thu nhỏ còn dưới 25 triệu điểm ảnh (ảnh JPEG: 50 triệu)."
)
_BUSY = Sentence("Máy chủ đang xử lý nhiều ảnh. Xin đợi một phút rồi gửi lại.")
_one_picture = threading.Lock()


def recording_take(file: "UploadedFile[bytes]", owner: str) -> Upload:
    """Keep a recording of the account `owner`. Raises BulletinRefused with a sentence; then
    nothing is kept."""
    with tempfile.NamedTemporaryFile(suffix=".upload", dir=scratch()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return recording_keep(Path(copy.name), file.name, owner)


def recording_keep(path: Path, name: str | None, owner: str) -> Upload:
    """Look at a recording and keep it. Raises BulletinRefused with a sentence."""
    try:
        found = probe(
            path,
            max_seconds=settings.LOA_MEDIA_LIMIT_S,
            max_bytes=settings.LOA_UPLOAD_LIMIT_BYTES,
        )
        kept = MediaStore(settings.ENV.media).put(path)
    except (MediaRefused, StoreFull) as refusal:
        raise BulletinRefused(_sentence(refusal)) from refusal
    media.file_note(
        sha256=kept.sha256,
        mime=MIME[found.source.demuxer],
        size_bytes=kept.bytes,
        ms=round(found.seconds * 1000),
    )
    return Upload(kept.sha256, label_of(name), found.seconds, owner)


def recording_cut_take(
    path: Path, name: str | None, owner: str, *, start_s: float, end_s: float | None, gate: bool
) -> Upload:
    """Keep a part of a recording, without the room's noise if asked. Raises BulletinRefused."""
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        out = Path(folder) / "cut.flac"
        try:
            probe(
                path,
                max_seconds=settings.LOA_MEDIA_LIMIT_S,
                max_bytes=settings.LOA_UPLOAD_LIMIT_BYTES,
            )
            recording_cut(path, out, start_s=start_s, end_s=end_s, gate=gate)
        except MediaRefused as refusal:
            raise BulletinRefused(_sentence(refusal)) from refusal
        return recording_keep(out, name, owner)


def label_of(name: str | None) -> str:
    """A file's name to show: its last part, whatever folders or signs stood before it."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:120]


def document_take(file: "UploadedFile[bytes]") -> Imported:
    """Read a document that was handed in; nothing of it is kept but its words.

    Raises BulletinRefused with a sentence.
    """
    if (file.size or 0) > FILE_MAX_BYTES:
        raise BulletinRefused("Tệp lớn hơn 20 MB. Bỏ bớt ảnh trong tệp rồi gửi lại.")
    with tempfile.NamedTemporaryFile(suffix=".document", dir=scratch()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return import_document(Path(copy.name), limit=settings.LOA_TEXT_LIMIT)


def _sentence(refusal: Exception) -> str:
    """The refusal's own words; a full disk's have the system's number in front otherwise."""
    return str(refusal.strerror) if isinstance(refusal, OSError) else str(refusal)


def picture_take(file: "UploadedFile[bytes]", owner: str) -> Upload:
    """Keep a picture that came with the account's form. Raises BulletinRefused with a sentence."""
    picture_fits(file.size or 0)
    return picture_keep(file.read(), file.name, owner)


def picture_fits(size: int) -> None:
    """Raise BulletinRefused for more bytes than are read into memory for a picture."""
    if size > PICTURE_MAX_BYTES:
        raise BulletinRefused(_("Ảnh lớn hơn 15 MB. Xin thu nhỏ rồi gửi lại."))


def picture_keep(data: bytes, name: str | None, owner: str) -> Upload:
    """Keep a picture, made anew without what cameras add (place, serial number).

    JPEG stays JPEG, all else becomes PNG or JPEG. A process with limits decodes it, one picture at
    a time. Raises BulletinRefused with a sentence.
    """
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        source, out = Path(folder) / "picture", Path(folder) / "anew"
        source.write_bytes(data)
        kind = _made_anew(source, out)
        try:
            kept = MediaStore(settings.ENV.media).put(out)
        except StoreFull as refusal:
            raise BulletinRefused(_sentence(refusal)) from refusal
    media.file_note(sha256=kept.sha256, mime=f"image/{kind.lower()}", size_bytes=kept.bytes)
    return Upload(kept.sha256, label_of(name), owner=owner)


def _made_anew(source: Path, out: Path) -> str:
    """Whether `out` is a PNG or a JPEG."""
    if not _one_picture.acquire(timeout=PICTURE_WAIT_S):
        raise BulletinRefused(_BUSY.text)
    try:
        done = run_limited(
            [sys.executable, "-I", "-B", "-m", "loa.media.picture", str(source), str(out)],
            timeout_s=PICTURE_TIMEOUT_S,
            cpu_s=round(PICTURE_TIMEOUT_S),
            memory_bytes=PICTURE_MEMORY_BYTES,
            output_bytes=1 << 16,
            file_bytes=PICTURE_MAX_BYTES * 2,
        )
        answer = json.loads(done.stdout)
    except (ProcessError, ValueError) as error:
        raise BulletinRefused(_BROKEN_PICTURE.text) from error
    finally:
        _one_picture.release()
    if answer.get("refused") == "too_many_pixels":
        raise BulletinRefused(_TOO_MANY_PIXELS.text)
    if "kind" not in answer:
        raise BulletinRefused(_BROKEN_PICTURE.text)
    return str(answer["kind"])


def scratch() -> Path:
    """Where files lie while they are looked at."""
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
