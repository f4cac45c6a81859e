"""Say in one sentence which Python is missing, before anything is installed."""

import sys

if sys.version_info < (3, 11):
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(f"Loa needs Python 3.11 or newer; this is {found}. Try: make PYTHON=python3.12 run")
