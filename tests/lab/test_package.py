"""The lab's package: what is installed for development is the checkout itself, no copy of it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_installed_lab_is_the_checkout(tmp_path: Path) -> None:
    """A copy would go on running what was edited long ago."""
    code = "import loa, loa_lab; print(loa.__file__); print(loa_lab.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    places = [Path(line).resolve().parent for line in done.stdout.splitlines()]
    assert places == [ROOT / "src" / "loa", ROOT / "src" / "loa_lab"]
