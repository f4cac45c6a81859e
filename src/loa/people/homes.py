"""What of people hangs on a place, for a reorganisation of units (`places.reform`)."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from loa.lib.sentences import Sentence
from loa.people import authority
from loa.people.authority import NoAuthority, delegation_of
from loa.people.models import Role
from loa.places.reform.homes import Home, RoomHomes
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside_any


def _names(ids: Collection[UUID]) -> Mapping[UUID, str]:
    rows = Role.objects.filter(pk__in=ids).select_related("account")
    return {row.pk: f"{row.account.full_name}, {row.get_name_display()}" for row in rows}


def _blockers(paths: Mapping[str, str | None]) -> Sequence[Sentence]:
    """The node must be entitled to speak at the new places before devices are sent there, and a
    policy must let programmes sound where one did."""
    try:
        node = authority.node_identity()
    except NoAuthority:
        return ()
    covered = [delegation_of(envelope).path for envelope in node.chain[1:]]
    mine = {new for old, new in paths.items() if new and inside_any(old, covered)}
    found = []
    outside = sorted(path for path in mine if not inside_any(path, covered))
    if outside:
        found.append(
            Sentence(
                "Khóa của máy chủ chưa được gốc tin cậy ủy quyền ở %(path)s. Xin giấy ủy quyền mới"
                " rồi nhận bằng lệnh loa node accept.",
                path=outside[0],
            )
        )
    hours = authority.paths_with(Kind.POLICY)
    silent = sorted(
        new
        for old, new in paths.items()
        if new in mine and inside_any(old, hours) and not inside_any(new, hours)
    )
    if silent:
        found.append(
            Sentence(
                "Chưa có quy định giờ phát do người đăng ký khóa ký cho %(path)s: loa ở đó sẽ"
                " không phát chương trình. Ký rồi nhận bằng lệnh loa node accept.",
                path=silent[0],
            )
        )
    return found


def _notices(paths: Mapping[str, str | None]) -> Sequence[Sentence]:
    """Who signs urgent orders at a unit that ends needs new papers from two registrars."""
    ending = {old for old, new in paths.items() if new != old}
    persons = {
        delegation.subject.id
        for envelope in authority.documents(Kind.DELEGATION)
        if (delegation := delegation_of(envelope)).subject.type == "person"
        and delegation.path in ending
    }
    if not persons:
        return ()
    return (
        Sentence(
            "%(count)s người có giấy ủy quyền ký lệnh khẩn cấp ở đơn vị cũ. Hai người đăng ký ký"
            " giấy mới cho họ ở đơn vị mới; giấy cũ giữ đến khi mọi cụm loa đã nhận địa bàn mới.",
            count=len(persons),
        ),
    )


HOMES = RoomHomes(
    homes=(
        Home(
            what="people.role",
            label=Sentence("vai trò"),
            model=Role,
            names=_names,
            twins=("account_id", "name", "since"),
        ),
    ),
    blockers=_blockers,
    notices=_notices,
)
