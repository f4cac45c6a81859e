"""Uploads in pieces: one note that cannot be read stops nobody."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loa.media.uploading import KEPT_S, PER_OWNER_MAX, UploadGone, Uploads


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, limit_bytes=1 << 20)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"owner": 1, "size": 2}', '{"owner": "a"}'])
def test_a_half_written_note_stops_nobody(uploads: Uploads, tmp_path: Path, content: str) -> None:
    (tmp_path / ("x" * 24 + ".json")).write_text(content)
    begun = uploads.begin(owner="lan", size=10)
    assert uploads.append(begun.name, owner="lan", offset=0, piece=b"x" * 10).whole
    with pytest.raises(UploadGone):
        uploads.get("x" * 24, owner="lan")


def test_what_cannot_be_read_is_swept_by_its_age(uploads: Uploads, tmp_path: Path) -> None:
    old = [tmp_path / name for name in ("a.json", "b.part", "c.new")]
    for file in old:
        file.write_text("")
        os.utime(file, (time.time() - KEPT_S - 1,) * 2)
    uploads.begin(owner="lan", size=10)
    assert not any(file.exists() for file in old)


def test_many_that_begin_at_once_all_begin(uploads: Uploads) -> None:
    def begin(number: int) -> int:
        return uploads.begin(owner=f"lan-{number % 3}", size=10).size

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(begin, range(300))) == {10}


def test_a_full_disk_leaves_no_half_note(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _text: str) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            uploads.begin(owner="lan", size=10)
    assert list(tmp_path.iterdir()) == []


def test_an_owner_has_a_few_at_a_time(uploads: Uploads) -> None:
    names = [uploads.begin(owner="lan", size=10).name for _ in range(PER_OWNER_MAX + 2)]
    kept = []
    for name in names:
        try:
            kept.append(uploads.get(name, owner="lan").name)
        except UploadGone:
            continue
    assert len(kept) == PER_OWNER_MAX
    assert names[-1] in kept
