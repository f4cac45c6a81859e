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
from loa.media.probe import probe
from loa.media.refusals import MediaRefused
from loa.media.store import MediaStore, StoreFull
from loa.newsroom.rules import BulletinRefused

MIME = {
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mov": "audio/mp4",
    "mp3": "audio/mpeg",
}
PICTURE_MAX_BYTES = 15 << 20
PICTURE_MAX_PIXELS = 50_000_000
PICTURE_SIDE_PX = 2000


def recording_take(file: "UploadedFile[bytes]") -> Upload:
    """Keep a recording. Raises BulletinRefused with a sentence; then nothing is kept."""
    with tempfile.NamedTemporaryFile(suffix=".upload", dir=_scratch()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        path = Path(copy.name)
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
    return Upload(kept.sha256, (file.name or "")[:120])


def _sentence(refusal: Exception) -> str:
    """The refusal's own words; a full disk's have the system's number in front otherwise."""
    return str(refusal.strerror) if isinstance(refusal, OSError) else str(refusal)


def picture_take(file: "UploadedFile[bytes]") -> Upload:
    """Keep a picture, made anew without what cameras add (place, serial number).

    JPEG stays JPEG, all else becomes PNG or JPEG; at most PICTURE_SIDE_PX on a side. Raises
    BulletinRefused with a sentence.
    """
    if (file.size or 0) > PICTURE_MAX_BYTES:
        raise BulletinRefused(_("Ảnh lớn hơn 15 MB. Xin thu nhỏ rồi gửi lại."))
    data = file.read()
    picture, kind = _opened(data)
    picture.thumbnail((PICTURE_SIDE_PX, PICTURE_SIDE_PX))
    out = io.BytesIO()
    if kind == "PNG":
        picture.save(out, "PNG", optimize=True)
    else:
        plain = picture.convert("RGB")
        plain.info.clear()  # a JPEG's comment would be written again
        plain.save(out, "JPEG", quality=85)
    with tempfile.NamedTemporaryFile(suffix=".picture", dir=_scratch()) as copy:
        copy.write(out.getvalue())
        copy.flush()
        try:
            kept = MediaStore(settings.ENV.media).put(Path(copy.name))
        except StoreFull as refusal:
            raise BulletinRefused(_sentence(refusal)) from refusal
    media.file_note(sha256=kept.sha256, mime=f"image/{kind.lower()}", size_bytes=kept.bytes)
    return Upload(kept.sha256, (file.name or "")[:120])


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


def _scratch() -> Path:
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
