"""The store of short-lived things: single-use doors, limits of wrong tries."""

import copy
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import override_settings


def test_many_entries_do_not_push_out_one_that_still_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests' settings use another store; this is about the one that a node runs with.
    from loa.config import settings as real

    chosen = copy.deepcopy(real.CACHES)
    chosen["default"]["LOCATION"] = str(tmp_path)
    with override_settings(CACHES=chosen):
        cache.set("door:first", "lan", 600)
        for number in range(1000):
            cache.set(f"door:{number}", "hoa", 600)
        assert cache.get("door:first") == "lan"
        assert sum(cache.get(f"door:{number}") is not None for number in range(1000)) == 1000
