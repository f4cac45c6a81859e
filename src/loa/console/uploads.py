"""Files an officer hands in: looked at before anything decodes them, then kept by their hash."""

import io
import tempfile
import warnings
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from loa.console.typed import Upload
from loa.media import services as media
from loa.media.clips import recording_cut
from loa.media.probe import probe
from loa.media.refusals import MediaRefused
from loa.media.store import MediaStore, StoreFull
from loa.newsroom.importing import FILE_MAX_BYTES, Imported, import_document
from loa.newsroom.rules import BulletinRefused

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
PICTURE_MAX_PIXELS = 50_000_000
PICTURE_SIDE_PX = 2000


def recording_take(file: "UploadedFile[bytes]") -> Upload:
    """Keep a recording. Raises BulletinRefused with a sentence; then nothing is kept."""
    with tempfile.NamedTemporaryFile(suffix=".upload", dir=scratch()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return recording_keep(Path(copy.name), file.name)


def recording_keep(path: Path, name: str | None) -> Upload:
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
    return Upload(kept.sha256, label_of(name), found.seconds)


def recording_cut_take(
    path: Path, name: str | None, *, start_s: float, end_s: float | None, gate: bool
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
        return recording_keep(out, name)


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


def picture_take(file: "UploadedFile[bytes]") -> Upload:
    """Keep a picture that came with the form. Raises BulletinRefused with a sentence."""
    picture_fits(file.size or 0)
    return picture_keep(file.read(), file.name)


def picture_fits(size: int) -> None:
    """Raise BulletinRefused for more bytes than are read into memory for a picture."""
    if size > PICTURE_MAX_BYTES:
        raise BulletinRefused(_("Ảnh lớn hơn 15 MB. Xin thu nhỏ rồi gửi lại."))


def picture_keep(data: bytes, name: str | None) -> Upload:
    """Keep a picture, made anew without what cameras add (place, serial number).

    JPEG stays JPEG, all else becomes PNG or JPEG; at most PICTURE_SIDE_PX on a side. Raises
    BulletinRefused with a sentence.
    """
    picture, kind = _opened(data)
    picture.thumbnail((PICTURE_SIDE_PX, PICTURE_SIDE_PX))
    out = io.BytesIO()
    if kind == "PNG":
        picture.save(out, "PNG", optimize=True)
    else:
        plain = picture.convert("RGB")
        plain.info.clear()  # a JPEG's comment would be written again
        plain.save(out, "JPEG", quality=85)
    with tempfile.NamedTemporaryFile(suffix=".picture", dir=scratch()) as copy:
        copy.write(out.getvalue())
        copy.flush()
        try:
            kept = MediaStore(settings.ENV.media).put(Path(copy.name))
        except StoreFull as refusal:
            raise BulletinRefused(_sentence(refusal)) from refusal
    media.file_note(sha256=kept.sha256, mime=f"image/{kind.lower()}", size_bytes=kept.bytes)
    return Upload(kept.sha256, label_of(name))


def _opened(data: bytes) -> tuple[Image.Image, str]:
    """The picture, upright, and whether it is kept as PNG or JPEG. The size is checked first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
            width, height = picture.size
            if width * height > PICTURE_MAX_PIXELS:
                raise BulletinRefused(_("Ảnh quá lớn. Xin thu nhỏ còn dưới 50 triệu điểm ảnh."))
            picture.load()
            upright = ImageOps.exif_transpose(picture) or picture
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise BulletinRefused(
            _("Tệp này không phải ảnh đọc được. Xin gửi ảnh JPEG, PNG hoặc WebP.")
        ) from error
    return upright, "PNG" if picture.format == "PNG" else "JPEG"


def scratch() -> Path:
    """Where files lie while they are looked at."""
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
