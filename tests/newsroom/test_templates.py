"""Drafts with blanks: enough of them, each whole, each spoken without a stumble once filled."""

import pytest

from loa.newsroom.models import BulletinClass, Category
from loa.newsroom.templates import Template, blanks, filled, template_get, templates
from loa.speech.normalise import spoken


def test_there_are_enough_for_daily_work() -> None:
    assert len(templates()) >= 15
    assert len({template.key for template in templates()}) == len(templates())


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.key)
def test_each_has_blanks_and_is_whole_when_they_are_filled(template: Template) -> None:
    names = blanks(template.title, template.body)
    assert template.category in Category.values
    assert template.class_name in BulletinClass.values
    values = {name: f"giá trị {number}" for number, name in enumerate(names)}
    text = filled(f"{template.title}\n{template.body}", values)
    assert blanks(text) == ()
    assert "[" not in text
    assert "giá trị" in spoken(text).text or not names


def test_the_same_words_are_the_same_blank_and_an_empty_value_stays_one() -> None:
    text = "[ngày] và [ngày], [giờ]"
    assert blanks(text) == ("ngày", "giờ")
    assert filled(text, {"ngày": "mùng 5", "giờ": "  "}) == "mùng 5 và mùng 5, [giờ]"


def test_a_reference_in_brackets_is_no_blank() -> None:
    assert blanks("theo tài liệu [1] và [12]") == ()


def test_an_unknown_key_is_none() -> None:
    assert template_get("khong-co") is None
