"""The wall's tiles: a place each, with one figure and what it means. Words here, drawing there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from loa.console.wording import number
from loa.places.selectors import names_of

if TYPE_CHECKING:
    from loa.outlets.models import AreaCount


@dataclass(frozen=True, slots=True)
class Tile:
    """`shape` is bad, waits, none or good."""

    name: str
    shape: str
    figure: str
    words: str
    url: str


def of(rows: "Sequence[AreaCount]") -> list[Tile]:
    """A tile for each row, in the rows' order. One query for the names."""
    names = names_of(row.path for row in rows)
    outlets = reverse("console:outlets")
    words = {
        "unreached": _("người không nghe được; %(mute)s/%(all)s cụm loa không phát được"),
        "silent": _("trên %(all)s cụm loa mất liên lạc"),
        "trouble": _("trên %(all)s cụm loa có lỗi hoặc tắt tiếng"),
        "never": _("chưa ghép thiết bị nào"),
        "good": _("cả %(all)s cụm loa sẵn sàng"),
    }
    return [_tile(row, names.get(row.path, row.path), outlets, words) for row in rows]


def _tile(row: "AreaCount", name: str, outlets: str, words: dict[str, str]) -> Tile:
    if row.people_unreached:
        sort, shape, figure = "unreached", "bad", number(row.people_unreached)
    elif row.silent:
        sort, shape, figure = "silent", "bad", number(row.silent)
    elif row.trouble:
        sort, shape, figure = "trouble", "waits", number(row.trouble)
    elif row.never == row.outlets:
        sort, shape, figure = "never", "none", "–"
    else:
        sort, shape, figure = "good", "good", "✓"
    # A path is letters, digits and strokes: an address takes it as it is.
    asked = f"noi={row.path}" + ("&tinh-trang=trouble" if row.silent or row.trouble else "")
    said = words[sort] % {
        "mute": number(row.silent + row.trouble + row.never),
        "all": number(row.outlets),
    }
    return Tile(name, shape, figure, said, f"{outlets}?{asked}")
