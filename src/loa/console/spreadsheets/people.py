"""Sheets of hamlets and of accounts with their roles."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.console.spreadsheets.resource import (
    Draft,
    Row,
    Sheet,
    choice,
    day,
    degrees,
    number,
    whole,
    wrong,
)
from loa.lib import clock
from loa.outlets.checks import check_position
from loa.people import offices, selectors, services
from loa.people.rules import Action, RoleName
from loa.people.selectors import ensure
from loa.places import names
from loa.places.selectors import commune_get, communes_by_code, hamlets_inside, place_get
from loa.places.services import HamletFacts, hamlet_add, hamlet_change

if TYPE_CHECKING:
    from loa.people.models import Account, Role
    from loa.places.models import Place


class Hamlets(Sheet):
    """One row a hamlet, found by its code, or by its name in its commune."""

    kind: ClassVar[str] = "thon"
    title: ClassVar[Any] = gettext_lazy("Thôn, tổ dân phố")
    heads: ClassVar[tuple[str, ...]] = (
        *("Mã xã", "Mã thôn", "Tên thôn", "Số hộ", "Số dân", "Ngôn ngữ", "Vĩ độ", "Kinh độ"),
        "Nguồn số liệu",
    )
    needed: ClassVar[tuple[str, ...]] = ("Tên thôn",)
    action: ClassVar[Action] = Action.PLACE_EDIT

    def prepare(self) -> None:
        paths = self.actor.places(self.action)
        self.communes: dict[str, Place] = communes_by_code(paths)
        self.hamlets = list(hamlets_inside(paths))
        self.by_code = {place.code: place for place in self.hamlets}
        self.by_name = {(p.parent_id, names.key(p.name)): p for p in self.hamlets}

    def draft(self, row: Row) -> Draft:
        commune = self._commune(row)
        name = row["Tên thôn"]
        if not name or len(name) > 80:
            raise wrong("Tên thôn", _("Tên thôn phải có từ 1 đến 80 chữ cái."))
        found = self._known(row, commune)
        self.once(found.code if found else f"{commune.code}:{names.key(name)}")
        facts = self._facts(row, commune)
        ensure(self.actor, self.action, commune.path)
        if found is None:
            return Draft(
                name,
                new=True,
                store=lambda: hamlet_add(actor=str(self.actor), commune=commune, facts=facts),
            )
        same = (
            *(found.name == facts.name, found.households == facts.households),
            *(found.people == facts.people, (found.languages or None) == facts.languages),
            *(found.latitude == facts.latitude, found.longitude == facts.longitude),
            found.source == facts.source,
        )
        if all(same):
            return Draft(name, new=False, store=None)
        return Draft(
            name,
            new=False,
            store=lambda: hamlet_change(actor=str(self.actor), hamlet=found, facts=facts),
        )

    def _commune(self, row: Row) -> "Place":
        code = row["Mã xã"].zfill(5) if row["Mã xã"] else row["Mã thôn"][:5]
        if not code and len(alone := set(self.communes.values())) == 1:
            return alone.pop()
        if code not in self.communes:
            raise wrong(
                "Mã xã",
                _("Không có xã mã “%(code)s” trong địa bàn của anh chị.") % {"code": code[:20]},
            )
        return self.communes[code]

    def _known(self, row: Row, commune: "Place") -> "Place | None":
        code = row["Mã thôn"]
        if not code:
            return self.by_name.get((commune.pk, names.key(row["Tên thôn"])))
        found = self.by_code.get(code)
        if found is None or found.parent_id != commune.pk:
            raise wrong(
                "Mã thôn",
                _("%(place)s không có thôn mã “%(code)s”. Thôn mới thì để trống ô này.")
                % {"place": commune.name, "code": code[:20]},
            )
        return found

    def _facts(self, row: Row, commune: "Place") -> HamletFacts:
        latitude, longitude = degrees(row, "Vĩ độ", 90), degrees(row, "Kinh độ", 180)
        check_position(latitude, longitude, commune)
        languages = [word.strip() for word in row["Ngôn ngữ"].split(",") if word.strip()]
        if any(not (word.isascii() and word.isalpha() and len(word) <= 8) for word in languages):
            raise wrong("Ngôn ngữ", _("Ghi mã ngôn ngữ cách nhau bằng dấu phẩy, ví dụ vi, tyz."))
        if len(row["Nguồn số liệu"]) > 120:
            raise wrong("Nguồn số liệu", _("Ô dài hơn %(most)d chữ.") % {"most": 120})
        return HamletFacts(
            name=row["Tên thôn"],
            households=whole(row, "Số hộ", 1_000_000),
            people=whole(row, "Số dân", 1_000_000),
            languages=languages or None,
            latitude=latitude,
            longitude=longitude,
            source=row["Nguồn số liệu"],
            source_date=clock.local(clock.now()).date() if row["Nguồn số liệu"] else None,
        )

    def lines(self) -> Iterable[tuple[str, ...]]:
        self.prepare()
        for place in self.hamlets:
            yield (
                *(place.code[:5], place.code, place.name, number(place.households)),
                *(number(place.people), ", ".join(place.languages or [])),
                *(number(place.latitude), number(place.longitude), place.source),
            )


class Accounts(Sheet):
    """One row a role of a person. Who is new gets no password: a link is made on their page."""

    kind: ClassVar[str] = "tai-khoan"
    title: ClassVar[Any] = gettext_lazy("Tài khoản và vai trò")
    heads: ClassVar[tuple[str, ...]] = (
        *("Tên đăng nhập", "Họ và tên", "Thư điện tử", "Vai trò", "Mã nơi", "Tên nơi"),
        *("Từ ngày", "Đến trước ngày"),
    )
    needed: ClassVar[tuple[str, ...]] = ("Tên đăng nhập", "Họ và tên", "Vai trò", "Mã nơi")
    action: ClassVar[Action] = Action.ACCOUNT_MANAGE

    def prepare(self) -> None:
        rows = selectors.roles_managed(self.actor.places(self.action))
        self.roles: list[Role] = [role for role in rows if role.lent_from_id is None]
        self.known = {(r.account.username, r.name, r.place.path, r.since): r for r in self.roles}
        self.accounts: dict[str, Account] = {r.account.username: r.account for r in self.roles}
        self.places: dict[str, Place | None] = {}

    def draft(self, row: Row) -> Draft:
        username = row["Tên đăng nhập"].lower()
        role = RoleName(choice(row, "Vai trò", selectors.role_labels()))
        place = self._place(row)
        since = day(row, "Từ ngày") or clock.local(clock.now()).date()
        until = day(row, "Đến trước ngày")
        if until is not None and until <= since:
            raise wrong("Đến trước ngày", _("Ngày thôi vai trò phải sau ngày bắt đầu."))
        self.once(username, role.value, place.path, str(since))
        ensure(self.actor, self.action, place.path)
        services.account_prepare(
            username=username, full_name=row["Họ và tên"], email=row["Thư điện tử"]
        )
        account = self.accounts.get(username)
        held = self.known.get((username, role.value, place.path, since))
        if account is not None and held is not None:
            same = (account.full_name, account.email, held.until)
            if same == (row["Họ và tên"], row["Thư điện tử"].lower(), until):
                return Draft(username, new=False, store=None)

        def store() -> None:
            self._store(row, username, role, place, since, until)

        return Draft(f"{username} {role.value}", new=held is None, store=store)

    def _store(
        self, row: Row, username: str, role: RoleName, place: "Place", since: Any, until: Any
    ) -> None:
        account = self.accounts.get(username)
        if account is None:
            invited = offices.account_invite(
                actor=self.actor,
                place=place,
                username=username,
                full_name=row["Họ và tên"],
                email=row["Thư điện tử"],
                role=role,
                since=since,
                until=until,
            )
            self.accounts[username] = invited.account
            return
        if (account.full_name, account.email) != (row["Họ và tên"], row["Thư điện tử"].lower()):
            offices.account_change(
                actor=self.actor,
                account=account,
                full_name=row["Họ và tên"],
                email=row["Thư điện tử"],
            )
            account.full_name, account.email = row["Họ và tên"], row["Thư điện tử"].lower()
        held = self.known.get((username, role.value, place.path, since))
        if held is not None:
            offices.role_extend(actor=self.actor, role=held, until=until)
            return
        services.role_grant(
            actor=self.actor, account=account, role=role, place=place, since=since, until=until
        )

    def _place(self, row: Row) -> "Place":
        """`vn`, two digits of a province, five of a commune."""
        code = row["Mã nơi"].lower()
        if code not in self.places:
            self.places[code] = place_of(code, self.actor.places(self.action))
        found = self.places[code]
        if found is None:
            raise wrong(
                "Mã nơi",
                _("Không có nơi mã “%(code)s” trong địa bàn của anh chị.") % {"code": code[:20]},
            )
        return found

    def lines(self) -> Iterable[tuple[str, ...]]:
        self.prepare()
        labels = dict(selectors.role_labels())
        for role in self.roles:
            yield (
                *(role.account.username, role.account.full_name, role.account.email),
                *(labels[role.name], role.place.path.rpartition("/")[2], role.place.name),
                *(role.since.isoformat(), role.until.isoformat() if role.until else ""),
            )


def place_of(code: str, paths: Iterable[str]) -> "Place | None":
    """The unit with the code, if it lies inside one of the paths."""
    if code == "vn":
        return place_get("vn") if "vn" in paths else None
    if len(code) <= 2 and code.isdigit():
        found = place_get(f"vn/{code.zfill(2)}")
    elif code.isdigit():
        found = commune_get(code.zfill(5))
    else:
        return None
    inside = found is not None and any(
        found.path == path or found.path.startswith(path + "/") for path in paths
    )
    return found if inside else None
