"""`loa spoken`: written lines in, spoken lines out, one for one, as they come.

printf 'Gọi 112 trước 16h00\\n' | loa spoken
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO, TextIO

from loa.speech.limits import LIMIT_CHARACTERS, TextRefused, checked_text
from loa.speech.normalise import spoken_line

_LONGEST_LINE_BYTES = LIMIT_CHARACTERS * 4 + 2
EXIT_REFUSED = 2


def main(
    argv: Sequence[str] | None = None,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Read lines of UTF-8 from `stdin`, write each as spoken to `stdout`; 0, or 2 if refused.

    Every line is answered before the next is read, so a person or a program may converse with it.
    A line that is no text, or longer than the limit, ends the run with a sentence on `stderr`;
    the lines before it have been answered.
    """
    parser = argparse.ArgumentParser(
        prog="loa spoken", description="Đọc từng dòng văn bản, in ra đúng lời sẽ được đọc lên."
    )
    parser.parse_args(argv)
    source = stdin if stdin is not None else sys.stdin.buffer
    target = stdout if stdout is not None else sys.stdout.buffer
    complaints = stderr if stderr is not None else sys.stderr
    number = 0
    try:
        while raw := source.readline(_LONGEST_LINE_BYTES):
            number += 1
            target.write(f"{_spoken(raw)}\n".encode())
            target.flush()
    except TextRefused as refusal:
        complaints.write(f"Dòng {number}: {refusal.sentence}\n")
        return EXIT_REFUSED
    except BrokenPipeError:  # the reader has seen enough (head); spare it Python's last flush
        if stdout is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _spoken(raw: bytes) -> str:
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    return spoken_line(checked_text(line)) if line.strip() else ""
