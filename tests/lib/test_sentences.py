"""Sentences keep their values apart, so that a catalogue can say them in another language."""

import pytest

from loa.lib.sentences import Refusal, Sentence, duration


class Refused(Refusal):
    pass


ENGLISH = {
    "Còn %(room)s, cần %(length)s.": "%(length)s needed, %(room)s left.",
    "%(m)s phút": "%(m)s min",
}


def test_a_refusal_reads_as_its_vietnamese_sentence() -> None:
    assert str(Refused("Đài đã có cụm loa mã “%(code)s”.", code="CL01")) == (
        "Đài đã có cụm loa mã “CL01”."
    )


def test_a_sentence_without_values_may_hold_a_percent_sign() -> None:
    assert str(Sentence("Âm lượng 100%")) == "Âm lượng 100%"


def test_values_are_said_in_the_same_language_as_their_sentence() -> None:
    said = Sentence("Còn %(room)s, cần %(length)s.", room=duration(120), length=duration(300))
    assert said.said(lambda text: ENGLISH[text]) == "5 min needed, 2 min left."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 giây"),
        (59, "59 giây"),
        (60, "1 phút"),
        (440, "7 phút 20 giây"),
        (7200, "2 giờ"),
        (7260, "2 giờ 1 phút"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert str(duration(seconds)) == words
