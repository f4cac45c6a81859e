"""Files that only their owner may read, written whole or not at all."""

import os
import stat
import tempfile
from pathlib import Path

OTHERS = stat.S_IRWXO


def close_to_others(folder: Path) -> None:
    """Whoever is neither the owner of the folder nor of its group comes no more into it, and so to
    nothing inside. A folder that is not there is left so. Raises OSError where the folder is open
    to others and is not ours to close."""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except FileNotFoundError:
        return
    if mode & OTHERS:
        folder.chmod(mode & ~OTHERS)


def write_private(path: Path, data: bytes, *, replace: bool) -> None:
    """Write `data` at mode 0600. With `replace` false an existing file stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if replace:
            os.replace(draft, path)
        else:
            try:
                os.link(draft, path)
            except FileExistsError:
                return
    finally:
        Path(draft).unlink(missing_ok=True)
