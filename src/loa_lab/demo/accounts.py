"""The demo's accounts: one person for each role, with a random password each."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loa.lib.files import write_private
from loa.people import services
from loa.people.rules import NODE, RoleName
from loa.places.selectors import place_get

if TYPE_CHECKING:
    from loa.people.models import Account


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str
    role: RoleName
    level: str


PEOPLE = (
    Person("lan", "Nguyễn Thị Lan", RoleName.COMMUNE_OFFICER, "commune"),
    Person("hoa", "Trần Thị Hoa", RoleName.COMMUNE_APPROVER, "commune"),
    Person("minh", "Lê Văn Minh", RoleName.TECHNICIAN, "commune"),
    Person("quan", "Phạm Anh Quân", RoleName.PROVINCE_EDITOR, "province"),
    Person("thu", "Đỗ Minh Thu", RoleName.PROVINCE_APPROVER, "province"),
    Person("son", "Vũ Hồng Sơn", RoleName.ADMINISTRATOR, "province"),
    Person("dung", "Hoàng Văn Dũng", RoleName.REGISTRAR, "province"),
    Person("binh", "Bùi Thanh Bình", RoleName.ALERT_AUTHOR, "province"),
    Person("ha", "Ngô Thu Hà", RoleName.ALERT_APPROVER, "province"),
    Person("tam", "Lý Văn Tám", RoleName.REGISTRAR, "province"),
    Person("duc", "Trịnh Văn Đức", RoleName.ALERT_AUTHOR, "commune"),
    Person("van", "Mai Thị Vân", RoleName.ALERT_APPROVER, "commune"),
    Person("nam", "Đặng Hải Nam", RoleName.MINISTRY_EDITOR, "nation"),
    Person("mai", "Phan Thị Mai", RoleName.AUDITOR, "nation"),
)


def ensure_people(*, file: Path, province: str, commune: str) -> None:
    """Make the accounts that are missing; their passwords go to `file` (mode 0600), once."""
    known = json.loads(file.read_text()) if file.exists() else {}
    paths = {"nation": "vn", "province": f"vn/{province}", "commune": f"vn/{province}/{commune}"}
    for person in PEOPLE:
        if person.username in known:
            continue
        place = place_get(paths[person.level])
        if place is None:
            raise LookupError(paths[person.level])
        password = secrets.token_urlsafe(18)
        account: Account = services.account_create(
            actor=NODE,
            place=place,
            username=person.username,
            full_name=person.full_name,
            email=f"{person.username}@demo.invalid",
            password=password,
        )
        services.role_grant(actor=NODE, account=account, role=person.role, place=place)
        known[person.username] = {
            "name": person.full_name,
            "role": person.role.value,
            "place": place.path,
            "password": password,
            "totp_secret": services.totp_enrol(account=account),
        }
        write_private(file, json.dumps(known, ensure_ascii=False, indent=1).encode(), replace=True)
