"""Media by hash: whole or not there."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loa.media.store import MediaDamaged, MediaFile, MediaMissing, MediaStore, StoreFull


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def made(folder: Path, content: bytes) -> Path:
    path = folder / "made"
    path.write_bytes(content)
    return path


def files(store: MediaStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_what_is_put_is_found_by_its_hash(store: MediaStore, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    kept = store.put(made(tmp_path, content))
    assert kept == MediaFile(hashlib.sha256(content).hexdigest(), 3_000_000)
    assert store.has(kept.sha256)
    assert store.info(kept.sha256) == kept
    assert store.verify(kept.sha256) == kept
    with store.open(kept.sha256) as file:
        assert file.read() == content
    assert (tmp_path / "made").exists()


def test_the_same_content_is_kept_once(store: MediaStore, tmp_path: Path) -> None:
    first = store.put(made(tmp_path, b"loa"))
    assert store.put(made(tmp_path, b"loa")) == first
    assert len(files(store)) == 1


def test_a_cut_file_under_its_hash_is_replaced(store: MediaStore, tmp_path: Path) -> None:
    kept = store.put(made(tmp_path, b"whole"))
    path = store.path_of(kept.sha256)
    path.chmod(0o640)
    path.write_bytes(b"wh")
    store.put(made(tmp_path, b"whole"))
    assert store.verify(kept.sha256) == kept


def test_altered_content_shows(store: MediaStore, tmp_path: Path) -> None:
    kept = store.put(made(tmp_path, b"whole"))
    store.path_of(kept.sha256).write_bytes(b"whale")
    with pytest.raises(MediaDamaged):
        store.verify(kept.sha256)


def test_what_is_not_there_is_told(store: MediaStore) -> None:
    nobody = "0" * 64
    assert not store.has(nobody)
    for ask in (store.open, store.info, store.verify):
        with pytest.raises(MediaMissing):
            ask(nobody)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_names_a_file(store: MediaStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.path_of(name)


def test_a_source_that_is_not_there_leaves_nothing(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "none")
    assert files(store) == []


FILL = """
import pathlib, resource, sys
from loa.media.store import MediaStore, StoreFull
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    MediaStore(pathlib.Path(sys.argv[1])).put(pathlib.Path(sys.argv[2]))
except StoreFull as full:
    sys.exit(str(full))
"""


def test_no_room_is_told_and_leaves_nothing(store: MediaStore, tmp_path: Path) -> None:
    source = made(tmp_path, bytes(300_000))
    done = subprocess.run(
        [sys.executable, "-c", FILL, store.folder, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "đã đầy" in done.stderr
    assert files(store) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("no mount command here")
    options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run([umount, str(folder)], check=True)


def test_a_full_disk_is_told_and_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    store = MediaStore(small_disk / "media")
    small = store.put(made(tmp_path, b"small"))
    with pytest.raises(StoreFull, match="đã đầy"):
        store.put(made(tmp_path, bytes(1_000_000)))
    assert files(store) == [store.path_of(small.sha256)]
    assert store.put(made(tmp_path, b"room for this")).bytes == 13


def test_a_kill_while_putting_leaves_nothing_under_a_hash(
    store: MediaStore, tmp_path: Path
) -> None:
    source = tmp_path / "endless"
    os.mkfifo(source)
    code = (
        "import pathlib, sys; from loa.media.store import MediaStore\n"
        "MediaStore(pathlib.Path(sys.argv[1])).put(pathlib.Path(sys.argv[2]))"
    )
    with (
        subprocess.Popen([sys.executable, "-c", code, store.folder, source]) as child,
        source.open("wb") as pipe,
    ):
        pipe.write(bytes(1_000_000))
        pipe.flush()
        child.kill()
        child.wait(10)
    left = files(store)
    assert all(path.parent.name == "tmp" for path in left)
    newest = max(path.stat().st_mtime for path in left)
    assert store.sweep(older_than_s=60, now_s=newest + 30) == 0
    assert store.sweep(older_than_s=60, now_s=newest + 61) == len(left) == 1
    assert files(store) == []
