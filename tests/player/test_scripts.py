"""The published scripts, played by this player from the published file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .script import document, faults


@pytest.mark.parametrize("script", document()["scripts"], ids=lambda script: script["name"])
def test_script(script: dict[str, Any], tmp_path: Path) -> None:
    assert list(faults(script, tmp_path / "device")) == []
