"""The tests' SQLite database, migrated once and copied: migrations take ten seconds of a core.

The copy's name holds a hash of everything that makes the tables: our migrations, the settings that
name the apps and the locked libraries. Any change of these makes a new one.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "tests"


def lay_out(database: Path) -> None:
    """Put a migrated, empty database where the tests will open theirs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    template = FOLDER / f"migrated-{_digest()}.sqlite3"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            for old in FOLDER.glob("migrated-*.sqlite3"):
                old.unlink()
            _migrate(template)
    shutil.copyfile(template, database)


def _digest() -> str:
    sources = [
        *sorted(ROOT.glob("src/loa/*/migrations/*.py")),
        ROOT / "src/loa/config/settings.py",
        ROOT / "requirements/dev.txt",
    ]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(template: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="loa-migrated-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        kept.pop("PYTEST_XDIST_WORKER", None)
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--no-input"],
            env={
                **kept,
                "LOA_DATA": folder,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            },
            cwd=ROOT,
            check=True,
        )
        made = Path(folder) / "loa.sqlite3"
        with closing(sqlite3.connect(made)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.move(made, template)
