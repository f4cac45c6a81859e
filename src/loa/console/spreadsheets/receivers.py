"""The sheet of an office's lists of communes: one row a commune of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.console.spreadsheets.resource import Draft, Row, Sheet, day, wrong
from loa.lib.text import fold
from loa.newsroom.receivers import (
    DOCUMENT_MAX,
    LISTS_MAX,
    NAME_MAX,
    Receivers,
    list_put,
    lists_for,
)
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.names import same
from loa.places.selectors import communes_by_code, place_get, units_with_code

if TYPE_CHECKING:
    from loa.places.models import Place


@dataclass
class _Coming:
    """A list as the file has it so far."""

    name: str
    document: str
    day: date
    row: int
    paths: list[str] = field(default_factory=list)


class ReceiverLists(Sheet):
    """Rows of one list name one document. The same document adds, another one makes it anew."""

    kind: ClassVar[str] = "danh-sach-xa"
    title: ClassVar[Any] = gettext_lazy("Danh sách xã để chọn nơi nhận")
    heads: ClassVar[tuple[str, ...]] = (
        *("Tên danh sách", "Văn bản", "Ngày văn bản", "Mã xã", "Tên xã"),
    )
    needed: ClassVar[tuple[str, ...]] = heads
    action: ClassVar[Action] = Action.BULLETIN_WRITE

    @classmethod
    def offered(cls, who: Actor) -> bool:
        """A commune has nothing to list."""
        return any(path.count("/") < 2 for path in who.places(cls.action))

    def prepare(self) -> None:
        self.communes: dict[str, Place] = communes_by_code([self.path])
        self.lists: dict[str, Receivers] = {
            fold(one.name): one for one in lists_for(self.path) if one.office == self.path
        }
        self.coming: dict[str, _Coming] = {}

    def draft(self, row: Row) -> Draft:
        ensure(self.actor, self.action, self.path)
        coming = self._list(row)
        commune = self._commune(row)
        self.once(fold(coming.name), commune.path)
        known = self.lists.get(fold(coming.name))
        same = known is not None and (known.document, known.document_date) == (
            *(coming.document, coming.day),
        )
        said = f"{coming.name}: {commune.name}"
        if known is not None and same and commune.path in known.paths:
            return Draft(said, new=False, store=None)
        new = known is None or commune.path not in known.paths
        return Draft(said, new=new, store=lambda: coming.paths.append(commune.path))

    def _list(self, row: Row) -> _Coming:
        name, document = row["Tên danh sách"], row["Văn bản"]
        if not name or len(name) > NAME_MAX:
            raise wrong("Tên danh sách", _("Ghi tên danh sách, nhiều nhất 120 chữ."))
        if not document or len(document) > DOCUMENT_MAX:
            raise wrong("Văn bản", _("Ghi số, ký hiệu của văn bản, nhiều nhất 120 chữ."))
        dated = day(row, "Ngày văn bản")
        if dated is None:
            raise wrong("Ngày văn bản", _("Ghi ngày của văn bản."))
        known = self.lists.get(fold(name))
        fresh = _Coming(known.name if known else name, document, dated, self.number)
        coming = self.coming.setdefault(fold(name), fresh)
        if len(self.lists.keys() | self.coming.keys()) > LISTS_MAX:
            raise wrong("Tên danh sách", _("Nhiều nhất %(most)d danh sách.") % {"most": LISTS_MAX})
        if (coming.document, coming.day) != (document, dated):
            raise wrong(
                "Văn bản",
                _("Danh sách này ở dòng %(row)d ghi văn bản khác.") % {"row": coming.row},
            )
        return coming

    def _commune(self, row: Row) -> "Place":
        typed = row["Mã xã"]
        code = typed.zfill(5) if typed.isascii() and typed.isdigit() else typed
        found = self.communes.get(code)
        if found is None:
            parts = units_with_code("commune", code)
            if len(parts) > 1:
                names = ", ".join(f"{one.name} ({one.code})" for one in parts)
                raise wrong(
                    "Mã xã",
                    _("Xã cũ mã %(code)s nay chia về %(names)s. Ghi mã mới theo văn bản.")
                    % {"code": code, "names": names},
                )
            raise wrong(
                "Mã xã",
                _("Không có xã mã “%(code)s” trong địa bàn của anh chị.") % {"code": code[:20]},
            )
        # A former unit's code goes with a former name, which the row may keep.
        if found.code == code and not same(row["Tên xã"], found.name):
            raise wrong(
                "Tên xã",
                _("Mã %(code)s là %(name)s. Sửa mã hoặc tên cho khớp văn bản.")
                % {"code": code, "name": found.name},
            )
        return found

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        office = place_get(self.path)
        if office is None:
            return
        for one in self.coming.values():
            if one.paths:
                list_put(
                    actor=self.actor,
                    office=office,
                    name=one.name,
                    document=one.document,
                    day=one.day,
                    paths=one.paths,
                )

    def lines(self) -> Iterable[tuple[str, ...]]:
        self.prepare()
        places = {place.path: place for place in self.communes.values()}
        for one in self.lists.values():
            for path in one.paths:
                place = places[path]
                yield (
                    *(one.name, one.document, one.document_date.isoformat()),
                    *(place.code, place.name),
                )
