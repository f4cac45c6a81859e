"""Check the console's own scripts: lint, types, unit tests.

    python tools/check_scripts.py

Needs node and npm. Without npm it says so and runs the tests alone, without node nothing; where
`CI` is `true` either is a failure. The packages come from package-lock.json, into node_modules.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "package-lock.json"
INSTALLED = ROOT / "node_modules" / ".package-lock.json"
LINT_AND_TYPES = (
    ("npm", "run", "--silent", "lint"),
    ("npm", "run", "--silent", "types"),
)


def main() -> int:
    in_ci = os.environ.get("CI") == "true"
    if shutil.which("node") is None:
        print("Scripts are not checked: node is not here (apt-get install nodejs npm).")
        return 1 if in_ci else 0
    steps = [("node", "tools/scripts/gather.js")]
    if shutil.which("npm") is not None:
        if not INSTALLED.exists() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
            steps.insert(0, ("npm", "ci", "--no-progress", "--loglevel", "error"))
        steps += LINT_AND_TYPES
    else:
        print("Scripts are tested, not linted: npm is not here (apt-get install npm).")
        if in_ci:
            return 1
    tests = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/scripts/*.test.js"))
    steps.append(("node", "--test", *tests))
    return next((code for code in map(_run, steps) if code), 0)


def _run(command: tuple[str, ...]) -> int:
    """Its exit code; what it says is shown where that is not 0."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
