"""The wall's tiles: a place each, with one figure and what it means. Words here, drawing there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from loa.alerts.orders.in_force import Counts, OnAir
from loa.places.selectors import names_of
from loa.web.formats import number
from loa_protocol.paths import inside

if TYPE_CHECKING:
    from loa.outlets.models import AreaCount


@dataclass(frozen=True, slots=True)
class Tile:
    """`shape` is order, drill, bad, waits, none or good."""

    name: str
    shape: str
    figure: str
    words: str
    url: str


def of(
    path: str, rows: "Sequence[AreaCount]", orders: Sequence[OnAir], now: datetime
) -> list[Tile]:
    """A tile for each row: first the places where an order of `orders` sounds, then the others in
    their order. A place of an order that has no row has a tile as well. One query for the names."""
    held = _sounding(path, [row.path for row in rows], orders, now)
    names = names_of({*(row.path for row in rows), *held})
    outlets = reverse("console:outlets")
    words = {
        "unreached": _("người không nghe được; %(mute)s/%(all)s cụm loa không phát được"),
        "silent": _("trên %(all)s cụm loa mất liên lạc"),
        "trouble": _("trên %(all)s cụm loa có lỗi hoặc tắt tiếng"),
        "never": _("chưa ghép thiết bị nào"),
        "good": _("cả %(all)s cụm loa sẵn sàng"),
    }
    first = [_order_tile(one, names.get(one, one), held[one]) for one in held]
    rest = [row for row in rows if row.path not in held]
    return first + [_tile(row, names.get(row.path, row.path), outlets, words) for row in rest]


def _sounding(
    path: str, known: Sequence[str], orders: Sequence[OnAir], now: datetime
) -> dict[str, tuple[OnAir, Counts, bool]]:
    """The places one level below `path` where an order is in force, with the most urgent one, its
    counts there and whether it is silenced there."""
    depth = path.count("/") + 2
    found: dict[str, tuple[OnAir, Counts, bool]] = {}
    for order in orders:
        named = ["/".join(t.split("/")[:depth]) for t in order.targets if inside(t, path)]
        inner = {one for one in named if one != path and one.count("/") + 1 == depth}
        whole = any(inside(path, target) for target in order.targets)
        for one in [*(known if whole else ()), *sorted(inner)]:
            silent = order.silent_until(one, now) is not None
            found.setdefault(one, (order, order.counts([one]), silent))
    return found


def _order_tile(path: str, name: str, held: tuple[OnAir, Counts, bool]) -> Tile:
    order, counts, silent = held
    if order.finished([path]):
        said = _("ĐÃ ĐỌC XONG LỆNH")
    elif silent:
        said = _("ĐANG DỪNG TIẾNG") if not order.drill else _("DIỄN TẬP, ĐANG DỪNG TIẾNG")
    else:
        said = _("ĐANG DIỄN TẬP") if order.drill else _("ĐANG PHÁT LỆNH")
    words = [order.title]
    if counts.targeted:
        words.append(
            _("%(a)s/%(n)s cụm loa đã nhận, %(m)s chưa trả lời")
            % {
                "a": number(counts.accepted),
                "n": number(counts.targeted),
                "m": number(counts.missing),
            }
        )
    url = f"{reverse('console:on_air')}#lenh-{order.alert[:12]}"
    return Tile(name, "drill" if order.drill else "order", said, "; ".join(words), url)


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
