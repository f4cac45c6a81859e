"""Sheets of stations, outlets, and the weekly hours of stations."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.console.spreadsheets.resource import (
    Draft,
    Row,
    Sheet,
    choice,
    degrees,
    number,
    percent,
    whole,
    wrong,
)
from loa.lib.text import fold
from loa.outlets import selectors, services, upkeep
from loa.outlets.checks import OutletError, check_position
from loa.people.rules import Action
from loa.places import names
from loa.places.selectors import communes_by_code, hamlets_inside
from loa.schedule import selectors as schedule
from loa.schedule.handlers import station_ref
from loa.schedule.rules import ScheduleRefused
from loa.schedule.services import timetable_set
from loa.web import formats
from loa.web.hours import hours_of
from loa.web.requests import sentence

if TYPE_CHECKING:
    from loa.outlets.models import Outlet, Station
    from loa.places.models import Place


class OfStations(Sheet):
    """What all sheets about stations share: finding the station that a row names."""

    def prepare(self) -> None:
        rows = selectors.stations(self.actor).filter(closed_at=None)
        self.stations = [one for one in rows if self.actor.may(self.action, one.place.path)]
        self.by_wire = {one.wire_id: one for one in self.stations}
        self.by_name: dict[str, list[Station]] = {}
        for one in self.stations:
            self.by_name.setdefault(fold(one.name), []).append(one)

    def station(self, row: Row) -> "Station":
        """The station by its code, or else by its name where only one has it."""
        code, name = row["Mã đài"], row["Tên đài"]
        if code:
            if code not in self.by_wire:
                raise wrong(
                    "Mã đài",
                    _("Không có đài mã “%(code)s” trong địa bàn của anh chị.")
                    % {"code": code[:40]},
                )
            return self.by_wire[code]
        found = self.by_name.get(fold(name), []) if name else self.stations
        if len(found) == 1:
            return found[0]
        if not name:
            raise wrong("Mã đài", _("Xin ghi mã đài hoặc tên đài."))
        words = _("Không có đài tên “%(name)s” trong địa bàn của anh chị.")
        if found:
            words = _("Có nhiều đài tên “%(name)s”. Xin ghi mã đài.")
        raise wrong("Tên đài", words % {"name": name[:60]})


class Stations(OfStations):
    """One row a station."""

    kind: ClassVar[str] = "dai"
    title: ClassVar[Any] = gettext_lazy("Đài")
    heads: ClassVar[tuple[str, ...]] = ("Mã đài", "Mã xã", "Tên xã", "Tên đài", "Công nghệ")
    needed: ClassVar[tuple[str, ...]] = ("Mã xã", "Tên đài", "Công nghệ")
    action: ClassVar[Action] = Action.OUTLET_MANAGE

    def prepare(self) -> None:
        super().prepare()
        self.communes: dict[str, Place] = communes_by_code(self.actor.places(self.action))

    def draft(self, row: Row) -> Draft:
        commune = self.communes.get(row["Mã xã"].zfill(5))
        if commune is None:
            raise wrong(
                "Mã xã",
                _("Không có xã mã “%(code)s” trong địa bàn của anh chị.")
                % {"code": row["Mã xã"][:20]},
            )
        technology = choice(row, "Công nghệ", selectors.technologies())
        name = row["Tên đài"]
        if not name:
            raise wrong("Tên đài", _("Đài chưa có tên."))
        found = self._known(row, commune)
        if found is None:
            self.once(commune.path, fold(name))
            return Draft(
                name,
                new=True,
                store=lambda: services.station_add(
                    actor=self.actor, place=commune, name=name, technology=technology
                ),
            )
        self.once(found.wire_id)
        if found.place_id != commune.pk:
            raise wrong("Mã xã", _("Đài đã có không chuyển sang xã khác bằng bảng tính được."))
        if (found.name, found.technology) == (name, technology):
            return Draft(name, new=False, store=None)
        return Draft(
            name,
            new=False,
            store=lambda: upkeep.station_change(
                actor=self.actor, station=found, name=name, technology=technology
            ),
        )

    def _known(self, row: Row, commune: "Place") -> "Station | None":
        if row["Mã đài"]:
            return self.station(row)
        for one in self.by_name.get(fold(row["Tên đài"]), []):
            if one.place_id == commune.pk:
                return one
        return None

    def lines(self) -> Iterable[tuple[str, ...]]:
        labels = dict(selectors.technologies())
        self.prepare()
        for one in self.stations:
            yield (one.wire_id, one.place.code, one.place.name, one.name, labels[one.technology])


class Outlets(OfStations):
    """One row an outlet, found by its station and code."""

    kind: ClassVar[str] = "cum-loa"
    title: ClassVar[Any] = gettext_lazy("Cụm loa")
    heads: ClassVar[tuple[str, ...]] = (
        *("Mã đài", "Tên đài", "Mã cụm", "Tên cụm", "Thôn", "Vĩ độ", "Kinh độ"),
        *("Âm lượng", "Số loa", "Hãng", "Dòng máy"),
    )
    needed: ClassVar[tuple[str, ...]] = ("Mã cụm", "Tên cụm")
    action: ClassVar[Action] = Action.OUTLET_MANAGE

    def prepare(self) -> None:
        super().prepare()
        rows = selectors.outlets(self.actor).prefetch_related(None)
        self.outlets: dict[tuple[Any, str], Outlet] = {
            (one.station_id, one.code): one for one in rows if one.kind == "speaker"
        }
        self.hamlets: dict[tuple[str, str], Place] = {}
        for place in hamlets_inside(self.actor.places(self.action)):
            commune = place.path.rpartition("/")[0]
            self.hamlets[commune, names.key(place.name)] = place
            self.hamlets[commune, place.code] = place

    def draft(self, row: Row) -> Draft:
        station = self.station(row)
        code, name = row["Mã cụm"], row["Tên cụm"]
        if not code or len(code) > 20:
            raise wrong("Mã cụm", _("Mã cụm có từ 1 đến 20 chữ."))
        if not name or len(name) > 120:
            raise wrong("Tên cụm", _("Tên cụm có từ 1 đến 120 chữ."))
        self.once(station.wire_id, code)
        fields = self._fields(row, station)
        found = self.outlets.get((station.pk, code))
        if found is None:
            return Draft(
                f"{code} {name}",
                new=True,
                store=lambda: services.outlet_add(
                    actor=self.actor, station=station, code=code, name=name, **fields
                ),
            )
        fields["name"] = name
        differing = {
            key: value for key, value in fields.items() if not _same(getattr(found, key), value)
        }
        store = self._store(found, differing) if differing else None
        return Draft(f"{code} {name}", new=False, store=store, changes=sorted(differing))

    def _fields(self, row: Row, station: "Station") -> dict[str, Any]:
        """The cells as an outlet's fields; a position is judged here, beside its cell."""
        hamlet = None
        if row["Thôn"]:
            hamlet = self.hamlets.get((station.place.path, names.key(row["Thôn"])))
            hamlet = hamlet or self.hamlets.get((station.place.path, row["Thôn"]))
            if hamlet is None:
                raise wrong(
                    "Thôn",
                    _("%(place)s không có thôn “%(name)s”.")
                    % {"place": station.place.name, "name": row["Thôn"][:60]},
                )
        latitude, longitude = degrees(row, "Vĩ độ", 90), degrees(row, "Kinh độ", 180)
        try:
            check_position(latitude, longitude, station.place)
        except OutletError as refusal:
            raise wrong("Vĩ độ", sentence(refusal)) from refusal
        volume = percent(row, "Âm lượng")
        return {
            "hamlet": hamlet,
            "latitude": latitude,
            "longitude": longitude,
            "volume_pct": 100 if volume is None else volume,
            "speakers": whole(row, "Số loa", 999),
            "vendor": _short(row, "Hãng"),
            "model": _short(row, "Dòng máy"),
        }

    def _store(self, found: "Outlet", differing: dict[str, Any]) -> Any:
        """Volume goes its own way: the device is told."""
        rest = {key: value for key, value in differing.items() if key != "volume_pct"}

        def store() -> None:
            if "volume_pct" in differing:
                services.outlet_volume(
                    actor=self.actor, outlet=found, volume_pct=differing["volume_pct"]
                )
            if rest:
                upkeep.outlet_change(actor=self.actor, outlet=found, **rest)

        return store

    def lines(self) -> Iterable[tuple[str, ...]]:
        self.prepare()
        mine = {one.pk for one in self.stations}
        for one in self.outlets.values():
            if one.station_id not in mine:
                continue
            yield (
                one.station.wire_id,
                one.station.name,
                one.code,
                one.name,
                one.hamlet.name if one.hamlet else "",
                number(one.latitude),
                number(one.longitude),
                number(one.volume_pct),
                number(one.speakers),
                one.vendor,
                one.model,
            )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6
    return bool(one == other)


def _short(row: Row, head: str) -> str:
    if len(row[head]) > 60:
        raise wrong(head, _("Ô dài hơn %(most)d chữ.") % {"most": 60})
    return row[head]


class Hours(OfStations):
    """One row a station: its week, its quiet hours, its limit."""

    kind: ClassVar[str] = "lich-tuan"
    title: ClassVar[Any] = gettext_lazy("Lịch tuần")
    days: ClassVar[tuple[str, ...]] = (
        *("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"),
    )
    heads: ClassVar[tuple[str, ...]] = (
        *("Mã đài", "Tên đài", "Tên lịch"),
        *days,
        *("Giờ yên lặng", "Phút tối đa mỗi buổi"),
    )
    needed: ClassVar[tuple[str, ...]] = days
    action: ClassVar[Action] = Action.TIMETABLE_EDIT

    def draft(self, row: Row) -> Draft:
        station = self.station(row)
        self.once(station.wire_id)
        days = [self._hours(row, head) for head in self.days]
        quiet = self._hours(row, "Giờ yên lặng")
        limit = whole(row, "Phút tối đa mỗi buổi", 24 * 60)
        name = row["Tên lịch"] or str(_("Lịch tuần của đài"))
        now = self._table(station)
        if now is None:
            same = not (any(days) or quiet or limit)  # as it went out: no week, and none is made
        else:
            same = _week(now) == (name[:80], days, quiet, limit or None)
        if same:
            return Draft(station.name, new=False, store=None)
        return Draft(
            station.name,
            new=now is None,
            store=lambda: timetable_set(
                actor=self.actor,
                station=station_ref(station),
                name=name,
                days=days,
                quiet=quiet,
                session_limit_min=limit or None,
            ),
        )

    def _hours(self, row: Row, head: str) -> list[tuple[str, str]]:
        try:
            return hours_of(row[head])
        except ScheduleRefused as refusal:
            raise wrong(head, sentence(refusal)) from refusal

    def _table(self, station: "Station") -> Any:
        """The ordinary timetable that holds today, of the station or from above."""
        tables = schedule.timetables_for(station_ref(station))
        return schedule.timetable_on([one for one in tables if not one.special], schedule.today())

    def lines(self) -> Iterable[tuple[str, ...]]:
        self.prepare()
        for station in self.stations:
            table = self._table(station)
            if table is None:
                yield (station.wire_id, station.name, *[""] * 10)
                continue
            name, days, quiet, limit = _week(table)
            yield (
                *(station.wire_id, station.name, name),
                *(_spans(spans) for spans in days),
                *(_spans(quiet), number(limit)),
            )


def _week(table: Any) -> tuple[str, list[Any], list[Any], int | None]:
    days = [[tuple(span) for span in spans] for spans in table.days]
    return table.name, days, [tuple(span) for span in table.quiet], table.session_limit_min


def _spans(spans: Iterable[Iterable[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)


assert len(formats.WEEKDAYS) == len(Hours.days)  # noqa: S101  the sheet has the week's days
