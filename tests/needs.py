"""Programs that pip does not bring. Missing ones are skipped with the reason; in CI they fail."""

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """The path of a system program, or a skip that says what to install."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if found:
        return found
    reason = f"{name} is not here: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
