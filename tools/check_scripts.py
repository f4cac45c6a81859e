"""Check the console's own scripts: lint, types, unit tests.

    python tools/check_scripts.py

Needs node and npm. Without npm it says so and runs the tests alone, without node nothing; where
`CI` is `true` either is a failure. The packages come from package-lock.json, into node_modules.
Where no registry of npm answers, that is said and the tests, which need no package, run alone.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "package-lock.json"
INSTALLED = ROOT / "node_modules" / ".package-lock.json"
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH")
"""How npm says that it reached no registry."""
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
    if shutil.which("npm") is None:
        print("Scripts are tested, not linted: npm is not here (apt-get install npm).")
        if in_ci:
            return 1
    else:
        installed = _install()
        if installed is None:
            return 1
        steps += LINT_AND_TYPES if installed else ()
    tests = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/scripts/*.test.js"))
    steps.append(("node", "--test", *tests))
    return next((code for code in map(_run, steps) if code), 0)


def _install() -> bool | None:
    """Whether the locked packages are here; None, with npm's words, where they cannot be right."""
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return True
    command = ("npm", "ci", "--no-progress", "--loglevel", "error")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    said = done.stdout + done.stderr
    print(said, file=sys.stderr)
    if not any(code in said for code in UNREACHABLE):
        return None
    print("Scripts are tested, NOT linted: no registry of npm answers here.", file=sys.stderr)
    return False


def _run(command: tuple[str, ...]) -> int:
    """Its exit code; what it says is shown where that is not 0."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
