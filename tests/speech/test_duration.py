"""The estimate of a text's length stays near what the built-in voice then takes."""

import pytest

from loa.newsroom.templates import Template, templates
from loa.speech.duration import estimate_s
from loa.speech.normalise import spoken
from loa.speech.voices import voice_get


@pytest.mark.parametrize("template", templates()[::4], ids=lambda template: template.key)
def test_the_estimate_is_within_a_tenth(template: Template) -> None:
    text = spoken(f"{template.title}.\n\n{template.body}").text
    sounds = list(voice_get().sentences(text))
    took = sum(len(sound.pcm) / 2 / sound.sample_rate_hz for sound in sounds)
    assert estimate_s(text) == pytest.approx(took, rel=0.1)


def test_nothing_to_say_takes_no_time() -> None:
    assert estimate_s("") == estimate_s(" . ") == 0
