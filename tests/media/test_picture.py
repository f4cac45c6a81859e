"""Pictures made anew, with bounded memory, by a process of its own."""

import io
from pathlib import Path

import pytest
from PIL import Image

from loa.media.picture import SIDE_PX, Unreadable, make
from loa.newsroom.rules import BulletinRefused
from loa.web import uploads


def picture(kind: str, size: tuple[int, int], mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **more)
    return out.getvalue()


def anew(folder: Path, data: bytes) -> tuple[str, Image.Image, bytes]:
    (folder / "in").write_bytes(data)
    kind = make(folder / "in", folder / "out")
    out = (folder / "out").read_bytes()
    return kind, Image.open(io.BytesIO(out)), out


@pytest.mark.parametrize(("kind", "made"), [("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "JPEG")])
def test_a_colour_profile_and_a_comment_do_not_survive(
    tmp_path: Path, kind: str, made: str
) -> None:
    data = picture(kind, (40, 30), icc_profile=b"secret" * 30, comment=b"secret")
    became, _image, out = anew(tmp_path, data)
    assert became == made
    assert b"iCCP" not in out
    assert b"ICC_PROFILE" not in out
    assert b"secret" not in out


def test_transparency_stays(tmp_path: Path) -> None:
    data = picture("PNG", (40, 30), "P", transparency=0)
    _kind, image, _out = anew(tmp_path, data)
    assert image.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]  # an RGBA pixel


def test_a_picture_of_a_small_file_and_many_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="too_many_pixels"):
        anew(tmp_path, picture("PNG", (5_200, 5_000), "1"))


def test_a_telephone_s_large_jpeg_becomes_small(tmp_path: Path) -> None:
    _kind, image, _out = anew(tmp_path, picture("JPEG", (8_000, 6_000), "L"))
    assert max(image.size) == SIDE_PX


@pytest.mark.django_db
def test_the_desk_decodes_in_a_process_with_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "scratch", lambda: tmp_path)
    monkeypatch.setattr(uploads, "PICTURE_MEMORY_BYTES", 1 << 20)
    with pytest.raises(BulletinRefused, match="không phải ảnh"):
        uploads.picture_keep(picture("PNG", (40, 30)), "a.png", "")


@pytest.mark.django_db
def test_one_picture_is_decoded_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "scratch", lambda: tmp_path)
    monkeypatch.setattr(uploads, "PICTURE_WAIT_S", 0.01)
    with uploads._one_picture, pytest.raises(BulletinRefused, match="nhiều ảnh"):
        uploads.picture_keep(picture("PNG", (40, 30)), "a.png", "")
