"""Files by their content: continued, checked, evicted with care."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loa_player.link.http import LinkError
from loa_player.media_cache import RESERVE_BYTES, MediaCache, MediaError, MediaStream


class FakeSource:
    def __init__(self, *files: bytes) -> None:
        self.files = {hashlib.sha256(f).hexdigest(): f for f in files}
        self.asked: list[int] = []
        self.cut_after: int | None = None
        self.knows_ranges = True

    @contextmanager
    def open_media(self, sha256: str, start: int) -> Iterator[MediaStream]:
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        self.asked.append(start)
        begin = start if self.knows_ranges else 0
        yield MediaStream(begin, self._pieces(self.files[sha256][begin:]))

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), 1000):
            if self.cut_after is not None and at >= self.cut_after:
                raise LinkError("cut")
            yield data[at : at + 1000]


def content(size: int, seed: int = 0) -> tuple[bytes, str]:
    data = bytes((i * 7 + seed) % 251 for i in range(size))
    return data, hashlib.sha256(data).hexdigest()


def test_a_cut_download_is_continued_and_never_seen_as_whole(tmp_path: Path) -> None:
    data, name = content(10_000)
    source, cache = FakeSource(data), MediaCache(tmp_path)
    source.cut_after = 4000
    with pytest.raises(LinkError):
        cache.fetch(name, len(data), source, ())
    assert not cache.has(name)
    with pytest.raises(MediaError, match="media_missing"):
        cache.checked(name)
    source.cut_after = None
    cache.fetch(name, len(data), source, ())
    assert source.asked == [0, 4000]
    assert cache.checked(name).read_bytes() == data


def test_a_server_without_ranges_is_taken_from_the_beginning(tmp_path: Path) -> None:
    data, name = content(10_000)
    source, cache = FakeSource(data), MediaCache(tmp_path)
    source.cut_after = 4000
    with pytest.raises(LinkError):
        cache.fetch(name, len(data), source, ())
    source.cut_after, source.knows_ranges = None, False
    cache.fetch(name, len(data), source, ())
    assert cache.checked(name).read_bytes() == data


@pytest.mark.parametrize("size", [10_000, 0])
def test_wrong_bytes_are_thrown_away(tmp_path: Path, size: int) -> None:
    data, name = content(10_000)
    source, cache = FakeSource(data), MediaCache(tmp_path)
    source.files[name] = data[:-1] + b"?"
    with pytest.raises(MediaError, match="media_mismatch"):
        cache.fetch(name, size, source, ())
    assert not cache.has(name)
    assert cache.used_bytes() == 0


def test_more_bytes_than_were_signed_are_not_taken(tmp_path: Path) -> None:
    data, name = content(10_000)
    source, cache = FakeSource(data), MediaCache(tmp_path)
    with pytest.raises(MediaError, match="media_mismatch"):
        cache.fetch(name, 5000, source, ())
    assert cache.used_bytes() == 0


def test_a_file_that_rotted_is_found_before_it_is_played(tmp_path: Path) -> None:
    data, name = content(10_000)
    cache = MediaCache(tmp_path)
    cache.fetch(name, len(data), FakeSource(data), ())
    path = cache.path_of(name)
    path.write_bytes(data[:5000] + b"!" + data[5001:])
    with pytest.raises(MediaError, match="media_mismatch"):
        cache.checked(name)
    assert not cache.has(name), "so that it is fetched again"


def test_the_longest_unused_goes_first_and_what_is_needed_never(tmp_path: Path) -> None:
    files = [content(10_000, seed) for seed in range(4)]
    source = FakeSource(*(data for data, _ in files))
    cache = MediaCache(tmp_path, max_bytes=30_000)
    for age, (data, name) in enumerate(files[:3]):
        cache.fetch(name, len(data), source, ())
        os.utime(cache.path_of(name), (1000 + age, 1000 + age))
    needed, unused = files[0][1], files[1][1]
    cache.fetch(files[3][1], 10_000, source, {needed})
    assert cache.has(needed)
    assert not cache.has(unused)
    with pytest.raises(MediaError, match="store_full"):
        cache.fetch(unused, 10_000, source, {name for _, name in files})


def test_room_for_the_store_is_left_on_a_full_disk(tmp_path: Path) -> None:
    data, name = content(10_000)
    cache = MediaCache(tmp_path, free_bytes=lambda _path: RESERVE_BYTES + 5000)
    with pytest.raises(MediaError, match="store_full"):
        cache.fetch(name, len(data), FakeSource(data), ())


def test_what_nobody_has_is_missing_and_half_files_of_no_use_go(tmp_path: Path) -> None:
    data, name = content(10_000)
    source, cache = FakeSource(), MediaCache(tmp_path)
    with pytest.raises(MediaError, match="media_missing"):
        cache.fetch(name, len(data), source, ())
    (tmp_path / "part" / name).write_bytes(b"half")
    cache.drop_parts(())
    assert cache.used_bytes() == 0


def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        MediaCache(tmp_path).path_of("../player.db")
