"""A small country for tests: one province, two communes, people with roles, a station each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from loa.lib import clock
from loa.lib.text import fold
from loa.outlets.models import Outlet, Station
from loa.people.models import Account, Role
from loa.people.rules import FACTOR_ROLES, Actor, RoleName
from loa.people.selectors import actor_of
from loa.people.services import totp_enrol
from loa.places.models import Place
from loa.schedule.models import Timetable

SINCE = date(2025, 7, 1)
PASSWORD = "một mật khẩu đủ dài 2026"


def place(level: str, code: str, name: str, path: str, parent: Place | None) -> Place:
    return Place.objects.create(
        level=level,
        code=code,
        name=name,
        folded=fold(f"{name} {code}"),
        path=path,
        parent=parent,
        valid_from=SINCE,
    )


@dataclass
class Commune:
    """A commune with its own officer, approver, technician, station and two outlets."""

    place: Place
    officer: Account
    approver: Account
    technician: Account
    station: Station
    outlets: list[Outlet]

    def actor(self, who: str) -> Actor:
        account: Account = getattr(self, who)
        return actor_of(account)


@dataclass
class Country:
    nation: Place
    province: Place
    one: Commune
    two: Commune
    editor: Account
    editor_approver: Account
    administrator: Account

    def actor(self, who: str) -> Actor:
        account: Account = getattr(self, who)
        return actor_of(account)


def account(name: str, role: RoleName, where: Place, **fields: Any) -> Account:
    made = Account.objects.create_user(
        username=f"{fold(name).replace(' ', '-')}-{where.code}",
        password=PASSWORD,
        full_name=name,
        **fields,
    )
    Role.objects.create(account=made, name=role.value, place=where, since=SINCE)
    if role in FACTOR_ROLES:
        totp_enrol(account=made)
    return made


def commune(province: Place, code: str, name: str) -> Commune:
    where = place("commune", code, name, f"{province.path}/{code}", province)
    hamlet = place("hamlet", f"{code}h01", "Thôn Đông", f"{where.path}/h01", where)
    station = Station.objects.create(place=where, name=f"Đài {name}")
    Timetable.objects.create(
        station=station,
        name="thường ngày",
        days=[[["05:00", "06:00"], ["12:00", "13:00"], ["17:00", "18:00"]]] * 7,
        quiet=[["21:00", "04:30"]],
        since=SINCE,
        changed_at=clock.now(),
    )
    outlets = [
        Outlet.objects.create(
            station=station, code=f"CL{number:02}", name=f"Cụm loa {number}", hamlet=hamlet
        )
        for number in (1, 2)
    ]
    return Commune(
        where,
        account("Nguyễn Thị Lan", RoleName.COMMUNE_OFFICER, where),
        account("Trần Thị Hoa", RoleName.COMMUNE_APPROVER, where),
        account("Lê Văn Minh", RoleName.TECHNICIAN, where),
        station,
        outlets,
    )


def build() -> Country:
    nation = place("nation", "vn", "Việt Nam", "vn", None)
    province = place("province", "25", "Tỉnh Phú Thọ", "vn/25", nation)
    return Country(
        nation,
        province,
        commune(province, "08911", "Xã Tam Đảo"),
        commune(province, "08914", "Xã Bên Cạnh"),
        account("Phạm Anh Quân", RoleName.PROVINCE_EDITOR, province),
        account("Đỗ Minh Thu", RoleName.PROVINCE_APPROVER, province),
        account("Vũ Hồng Sơn", RoleName.ADMINISTRATOR, province),
    )
