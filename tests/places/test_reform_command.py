"""`loa places reorganise`, as an operator with a shell goes through it."""

import re
from pathlib import Path
from typing import Any

import pytest

from loa.config.commands.places import main
from loa.outlets.models import Station
from loa.places.models import Place, Reorganisation
from tests.country import Country

pytestmark = pytest.mark.django_db

SPLIT = """former,successor,share,name,province
08911,08911,phần chính,,
08911,08920,một phần,Xã Đảo Đông,25
08914,08920,,,
"""


def said(capsys: Any, *words: str, code: int = 0) -> str:
    """What it printed; a refusal's sentence, which goes to standard error, included."""
    assert main(["reorganise", *words]) == code
    return "".join(capsys.readouterr())


def test_draft_decide_apply_undo_confirm(country: Country, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "sap-xep.csv"
    file.write_text(SPLIT, encoding="utf-8")
    shown = said(capsys, "draft", str(file), "--day", "2026-11-01", "--document", "NQ 12")
    assert "Xã Đảo Đông (08920)" in shown
    reform = str(Reorganisation.objects.get().pk)
    number = re.search(r"(\d+)  cụm loa: Cụm loa 2, Xã Tam Đảo", shown)
    assert number is not None
    assert "Chưa làm gì" in said(capsys, "apply", reform, "--seen", _mark(shown), code=1)
    shown = said(capsys, "decide", reform, f"{number[1]}=08920", "--rest-to-main")
    assert "cần người quyết" not in shown
    said(capsys, "apply", reform, code=1)
    assert Reorganisation.objects.get().state == "draft"
    said(capsys, "apply", reform, "--seen", _mark(shown))
    assert Station.objects.filter(place__code="08920").exists()
    said(capsys, "undo", reform)
    assert Place.objects.get(pk=country.one.place.pk).valid_to is None
    assert "đã hoàn tác" in said(capsys, "list")
    assert "Chưa làm gì" in said(capsys, "confirm", reform, code=1)


def _mark(shown: str) -> str:
    found = re.search(r"Dấu của bản xem trước: (\w+)", shown)
    assert found is not None
    return found[1]


def test_a_file_that_contradicts_itself_leaves_nothing(
    country: Country, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "vong.csv"
    file.write_text("former,successor\n08911,08914\n08914,08911\n", encoding="utf-8")
    told = said(capsys, "draft", str(file), "--day", "2026-11-01", "--document", "NQ 12", code=1)
    assert "nối thành vòng" in told
    assert not Reorganisation.objects.exists()
