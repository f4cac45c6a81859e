"""The time a text takes grows with its length, whatever stands in it."""

import time

import pytest

from loa.speech.normalise import spoken

SHORT, LONG = 5_000, 20_000
TIMES_MAX = 8
"""Four times the text may take twice its share; with the square of the length it takes sixteen."""

UNITS = [
    *("-", "—", "👍", " ", "\t", "*", "(", "/", "°", "…", "&", "\u0301", "\u0301\u0323"),
    *("1.", "1-", "1/", "-.", "a.", "a-", "x@", "1/A", "0 ", "10,", "10.", "(0", "TT.", "✔ "),
    *("số ", "UBND ", "I, ", "112, ", "ngày 1,", "gọi 09 ", "5kg", "15° - ", "bão (", "TBA 1 - "),
]


def text_of(unit: str, length: int) -> str:
    return ("@" + unit * (length // len(unit)) + "z")[: length + 2]


def seconds(text: str) -> float:
    """The better of two, in time of this process: other work on the machine does not count."""
    taken = []
    for _ in range(2):
        began = time.process_time()
        spoken(text)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_four_times_the_text_takes_about_four_times_as_long(unit: str) -> None:
    floor_s = 0.005  # below it the clock and the first use of a table are all there is to see
    short, long = seconds(text_of(unit, SHORT)), seconds(text_of(unit, LONG))
    assert long < TIMES_MAX * max(short, floor_s), (short, long)
