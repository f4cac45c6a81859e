"""The page of the protocol names the HTTP status of every refusal as this side answers it."""

import re
from pathlib import Path

from loa.device.asking import STATUS
from loa_protocol import Reason

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "README.md"


def test_the_page_has_the_statuses_that_are_sent() -> None:
    rows = re.findall(r"^\| ([45]\d\d) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    named = {
        Reason(name): int(status)
        for status, names in rows
        for name in re.findall(r"`([a-z_]+)`", names)
        if name in set(Reason)
    }
    assert named == STATUS
