"""One kind of spreadsheet as a resource of django-import-export, stored by our services.

The library brings rows through, keeps them in one transaction and counts what became of them; what
a row means, whether it may be, and the fact of the journal are the rooms' own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from import_export.resources import Resource
from tablib import Dataset

from loa.console.spreadsheets.child import CELL_MAX
from loa.lib import clock
from loa.lib.text import fold, nfc
from loa.people.rules import Action, Actor
from loa.people.selectors import NotAllowed
from loa.web.requests import REFUSALS, sentence

Row = dict[str, str]


@dataclass(slots=True)
class Draft:
    """What one row would do: `store` does it; nothing where there is nothing to change."""

    name: str
    new: bool
    store: Callable[[], object] | None
    changes: list[str] = field(default_factory=list)
    pk: None = None

    def __str__(self) -> str:
        return self.name


def wrong(head: str, words: str) -> ValidationError:
    """A cell that cannot be, by its column's head."""
    return ValidationError({head: [words]})


class _Loader:
    """The library's place for finding rows; `Sheet.draft` finds them itself."""

    def __init__(self, resource: Resource, dataset: Dataset) -> None:
        self.resource = resource


class Sheet(Resource):  # type: ignore[misc]  # the library ships no types
    """A kind of spreadsheet. Subclasses say what a row is (`draft`) and give the rows (`lines`)."""

    kind: ClassVar[str]
    title: ClassVar[Any]
    heads: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]]
    action: ClassVar[Action]

    class Meta:
        instance_loader_class = _Loader
        use_transactions = True
        skip_diff = True
        report_skipped = True
        store_row_values = True

    def __init__(self, actor: Actor, path: str) -> None:
        super().__init__()
        self.actor, self.path = actor, path
        self.seen: dict[tuple[str, ...], int] = {}
        self.columns: dict[str, int] = {}
        """Where each head stands in the file, so that a fault names its cell there."""

    # What a kind says of itself

    @classmethod
    def offered(cls, who: Actor) -> bool:
        """Whether the asker manages this kind anywhere."""
        return bool(who.places(cls.action))

    def prepare(self) -> None:
        """Fetch once what the rows are compared with."""

    def draft(self, row: Row) -> Draft:
        """What the row would do. Raises ValidationError by column, or a service's refusal."""
        raise NotImplementedError

    def lines(self) -> Iterable[tuple[str, ...]]:
        """Every row of what the asker manages, in the order of `heads`."""
        raise NotImplementedError

    def export_data(self) -> Dataset:
        """The sheet with everything in it."""
        data = Dataset(headers=list(self.heads))
        for line in self.lines():
            data.append([str(cell) for cell in line])
        return data

    # What the library asks

    def get_import_id_fields(self) -> list[str]:
        return []

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """Heads are looked at by the page, before any row."""

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        self.seen = {}
        self.prepare()

    def get_or_init_instance(self, loader: Any, row: dict[str, Any]) -> tuple[Draft, bool]:
        clean = {head: _clean(head, str(row.get(head) or "")) for head in self.heads}
        try:
            made = self.draft(clean)
        except (*REFUSALS, NotAllowed) as refusal:
            raise ValidationError(_said(refusal)) from refusal
        return made, made.new

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        self.number = int(kwargs["row_number"]) + 1

    def once(self, *key: str) -> None:
        """Raise ValidationError where an earlier row of the file was about the same thing."""
        earlier = self.seen.setdefault(key, self.number)
        if earlier != self.number:
            raise ValidationError(_("Trùng với dòng %(row)d của tệp.") % {"row": earlier})

    def import_instance(self, instance: Draft, row: dict[str, Any], **kwargs: Any) -> None:
        """The draft has read the row already."""

    def validate_instance(self, instance: Draft, *args: Any, **kwargs: Any) -> None:
        """The services judge."""

    def skip_row(self, instance: Draft, *args: Any, **kwargs: Any) -> bool:
        return instance.store is None

    def save_instance(self, instance: Draft, *args: Any, **kwargs: Any) -> None:
        if instance.store is None:
            return
        try:
            with transaction.atomic():
                instance.store()
        except (*REFUSALS, NotAllowed) as refusal:
            raise ValidationError(_said(refusal)) from refusal

    def save_m2m(self, instance: Draft, row: dict[str, Any], **kwargs: Any) -> None:
        """There are none."""

    def after_import_row(self, row: dict[str, Any], row_result: Any, **kwargs: Any) -> None:
        row_result.sheet_row = self.number


def _said(refusal: Exception) -> str:
    if isinstance(refusal, NotAllowed):
        return _("Anh chị chưa được giao việc này ở nơi ấy.")
    return sentence(refusal)


def _clean(head: str, text: str) -> str:
    """Composed, without spaces at the edges. Raises ValidationError for what no cell would hold."""
    plain = nfc(text).replace("\xa0", " ").strip()
    if len(plain) > CELL_MAX:
        raise wrong(head, _("Ô dài hơn %(most)d chữ.") % {"most": CELL_MAX})
    if any(not letter.isprintable() and letter not in "\n\t" for letter in plain):
        raise wrong(head, _("Ô có ký tự lạ không hiện được. Xin gõ lại."))
    return " ".join(plain.split())


_NO_FRACTION = re.compile(r"(?<=\d)[.,]0{1,2}$", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}|\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+", re.ASCII)


def whole(row: Row, head: str, most: int) -> int | None:
    """A whole number of a cell; None for an empty one.

    `9.863` is 9863 as people here write. A point before other than three digits begins a fraction:
    a fault, unless the fraction is nothing (`2.0`)."""
    text = row[head]
    if not text:
        return None
    text = _NO_FRACTION.sub("", text)
    plain = text.replace(".", "").replace(" ", "")
    if not _WHOLE.fullmatch(text) or len(plain) > 10 or int(plain) > most:
        raise wrong(
            head,
            _("“%(text)s” không phải là một số nguyên từ 0 đến %(most)d.")
            % {"text": text[:40], "most": most},
        )
    return int(plain)


def percent(row: Row, head: str) -> int | None:
    """A percentage of a cell, 0 to 100, with or without its sign; None for an empty one."""
    bare = row[head].removesuffix("%").rstrip()
    return whole({head: bare}, head, 100) if bare else whole(row, head, 100)


def degrees(row: Row, head: str, most: int) -> float | None:
    """Decimal degrees of a cell, with a point or a comma; None for an empty one."""
    text = row[head]
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise wrong(
            head,
            _("“%(text)s” không phải là tọa độ thập phân, ví dụ 21.4118.") % {"text": text[:40]},
        )
    return round(value, 6)


def day(row: Row, head: str) -> date | None:
    """A day of a cell, `2026-11-25` or `25/11/2026`; None for an empty one."""
    text = row[head]
    if not text:
        return None
    parts = text.split("/")
    iso = "-".join([parts[2], parts[1].zfill(2), parts[0].zfill(2)]) if len(parts) == 3 else text
    try:
        return clock.day_read(iso)
    except ValueError as error:
        raise wrong(
            head, _("“%(text)s” không phải là một ngày có thật.") % {"text": text[:40]}
        ) from error


def choice(row: Row, head: str, options: Iterable[tuple[str, str]]) -> str:
    """One of the options by its value or its words, whatever case and diacritics."""
    text = fold(row[head])
    for value, label in options:
        if text in {value, fold(str(label))}:
            return value
    words = ", ".join(str(label) for _value, label in options)
    raise wrong(
        head,
        _("“%(text)s” không có trong danh sách: %(words)s.")
        % {"text": row[head][:40], "words": words},
    )


def number(value: float | None) -> str:
    """A number as a cell; empty where it is not known."""
    return "" if value is None else str(value)
