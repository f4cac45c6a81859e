"""Papers that end soon or have ended, in sentences: which it is, when, and who signs the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from loa.people.keys import Ending
from loa.people.selectors import names_of_persons
from loa.places.selectors import names_of
from loa_protocol.kinds import Kind


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence or several papers' same one; `over` when it has ended."""

    words: str
    over: bool


def said_of(endings: Sequence[Ending]) -> list[Said]:
    """Each different sentence once, in the order of `endings`. At most two queries."""
    if not endings:
        return []
    places = names_of(one.path for one in endings)
    people = names_of_persons(one.who for one in endings)
    found = {}
    for one in endings:
        words = _sentence(one, places.get(one.path, one.path), people.get(one.who, ""))
        found[words] = Said(words, not one.alarm)
    return list(found.values())


def _sentence(one: Ending, place: str, who: str) -> str:
    told = {"paper": _paper(one, place, who), "days": one.days, "then": _then(one)}
    if not one.alarm:
        return _("%(paper)s đã hết hạn. %(then)s") % told
    if not one.days:
        return _("%(paper)s còn hiệu lực chưa đầy một ngày. %(then)s") % told
    return _("%(paper)s còn hiệu lực %(days)s ngày. %(then)s") % told


def _paper(one: Ending, place: str, who: str) -> str:
    if one.kind == Kind.POLICY.value:
        return _("Quy định giờ phát tại %(place)s") % {"place": place}
    if one.kind == Kind.TRUST.value:
        return _("Danh sách khóa bị thu hồi tại %(place)s") % {"place": place}
    if one.kind == "node":
        return _("Giấy của máy chủ tại %(place)s") % {"place": place}
    told = {"place": place, "who": who}
    if one.kind == "registrar":
        if who:
            return _("Giấy của người đăng ký khóa %(who)s tại %(place)s") % told
        return _("Giấy của một người đăng ký khóa tại %(place)s") % told
    if not who:
        return _("Một giấy ủy quyền tại %(place)s") % told
    if one.drill:
        return _("Giấy ủy quyền diễn tập của %(who)s tại %(place)s") % told
    return _("Giấy ủy quyền của %(who)s tại %(place)s") % told


def _then(one: Ending) -> str:
    """Who signs the next paper: of a node or a registrar the holders of the root, not a
    registrar (docs/howto/keys.md)."""
    if one.kind == "node":
        if one.alarm:
            return _(
                "Hết hạn thì không ký được lịch phát mới: nhờ những người giữ khóa gốc ký lại."
            )
        return _("Không ký được lịch phát mới: nhờ những người giữ khóa gốc ký lại.")
    if one.kind == "registrar":
        return _("Nhờ những người giữ khóa gốc ký lại.")
    if one.kind == Kind.POLICY.value:
        if one.alarm:
            return _("Hết hạn thì chương trình không phát được: nhờ người đăng ký khóa ký lại.")
        return _("Chương trình không phát được: nhờ người đăng ký khóa ký lại.")
    if one.kind == Kind.TRUST.value:
        return _("Nhờ người đăng ký khóa ký lại.")
    return _("Nhờ hai người đăng ký khóa ký lại.")
