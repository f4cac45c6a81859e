"""What a process writes into its log."""

import json
import subprocess
import sys

LINES = """
import logging
from loa.config.log import setup
setup("web")
log = logging.getLogger("django.request")
log.warning("%s: %s", "Unprocessable Entity", "/loi-moi/s3cret_-x")
log.warning("%s: %s", "Gone", "/vao-nhanh/s3cret")
try:
    raise ValueError("/loi-moi/s3cret/")
except ValueError:
    log.exception("Internal Server Error: %s", "/soan/cau/s3cret:x")
"""


def test_an_address_that_opens_something_is_not_written_down() -> None:
    argv = [sys.executable, "-c", LINES]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        "Unprocessable Entity: /loi-moi/...",
        "Gone: /vao-nhanh/...",
        "Internal Server Error: /soan/cau/...",
    ]
    assert "ValueError: /loi-moi/.../" in lines[2]["exception"]
    assert "s3cret" not in done.stderr
