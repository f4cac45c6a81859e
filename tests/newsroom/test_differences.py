"""Two texts compared: exactly, and with bounded work."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.newsroom.differences import Piece, difference

words = st.lists(st.sampled_from(["a", "b", "ô", "\n", "1", "1."]), max_size=30).map(" ".join)


def sides(pieces: list[Piece]) -> tuple[str, str]:
    before = "".join(piece.text for piece in pieces if piece.change != "added")
    after = "".join(piece.text for piece in pieces if piece.change != "removed")
    return before, after


@given(words, words)
def test_both_texts_are_in_the_pieces(before: str, after: str) -> None:
    assert sides(difference(before, after)) == (before, after)


@given(words)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert all(piece.change == "same" for piece in difference(text, text))


def test_one_changed_word_in_a_long_text_is_the_only_mark() -> None:
    text = "Bà con chú ý. " * 1_400
    changed = text[:9_000] + "MỚI " + text[9_000:]
    marked = [piece for piece in difference(text, changed) if piece.change != "same"]
    assert sum(len(piece.text) for piece in marked) < 40


@pytest.mark.parametrize("letters", ["ab", "0123456789"])
def test_hostile_texts_take_a_bounded_time(letters: str) -> None:
    dice = random.Random(7)
    before, after = (" ".join(dice.choices(letters, k=10_000)) for _ in range(2))
    began_s = time.process_time()
    pieces = difference(before, after)
    assert time.process_time() - began_s < 2
    assert sides(pieces) == (before, after)
