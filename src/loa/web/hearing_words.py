"""Who hears an order and who does not, in the words of its pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loa.alerts.orders.hearing import Hearing, PlaceHearing
from loa.places.selectors import names_of
from loa.web.formats import number

NAMES_SHOWN = 60

LEVELS = {
    1: gettext_lazy("để biết"),
    2: gettext_lazy("theo dõi"),
    3: gettext_lazy("chuẩn bị ứng phó"),
    4: gettext_lazy("sơ tán ngay"),
    5: gettext_lazy("nguy hiểm đến tính mạng, làm ngay"),
}
"""What the five levels of an order ask of people. They are no levels of disaster risk."""

_LEADING = ("Tỉnh", "Thành phố", "Xã", "Phường", "Đặc khu", "Thôn", "Tổ", "Khu", "Bản", "Ấp")


@dataclass(frozen=True, slots=True)
class Told:
    """`heard` and `deaf` are large figures, each with what it means; `names` the communes where
    nothing sounds, `more` how many of them are not named. `nobody`: no outlet sounds at all."""

    heard: str
    heard_words: str
    deaf: str
    deaf_words: str
    names: list[str]
    more: int
    nobody: bool
    everybody: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One place of an order: how many of its outlets sound, who hears, who does not."""

    name: str
    code: str
    path: str
    communes: int
    able: int
    outlets: int
    heard: str
    deaf: str


def told(hearing: Hearing) -> Told:
    """The sums in words. One query for the names."""
    deaf = hearing.deaf_communes
    names = names_of(deaf[:NAMES_SHOWN]) if deaf else {}
    missing = hearing.deaf_hamlets or deaf or hearing.uncounted
    return Told(
        heard=_people(hearing.people, hearing.people_unknown),
        heard_words=_heard(hearing),
        deaf=_people(hearing.deaf_people, hearing.deaf_unknown + hearing.uncounted),
        deaf_words=_deaf(hearing),
        names=sorted(names.get(path, path) for path in deaf[:NAMES_SHOWN]),
        more=max(0, len(deaf) - NAMES_SHOWN),
        nobody=not hearing.able,
        everybody=not missing,
    )


def rows(each: Sequence[PlaceHearing]) -> list[Row]:
    """The same of each place."""
    return [
        Row(
            one.name,
            one.code,
            one.path,
            one.hearing.communes,
            one.hearing.able,
            one.hearing.outlets,
            _people(one.hearing.people, one.hearing.people_unknown),
            _people(one.hearing.deaf_people, one.hearing.deaf_unknown + one.hearing.uncounted),
        )
        for one in each
    ]


def _people(known: int, unknown: int) -> str:
    """`1.575 người`; what nobody has counted is not none."""
    if not known and unknown:
        return _("chưa rõ số dân")
    return ngettext("%(n)s người", "%(n)s người", known) % {"n": number(known)}


def _heard(hearing: Hearing) -> str:
    words = [
        ngettext(
            "ở %(hamlets)s thôn, qua %(able)s trên %(all)s cụm loa phát được lúc này",
            "ở %(hamlets)s thôn, qua %(able)s trên %(all)s cụm loa phát được lúc này",
            hearing.hamlets,
        )
        % {
            "hamlets": number(hearing.hamlets),
            "able": number(hearing.able),
            "all": number(hearing.outlets),
        }
    ]
    if hearing.people_unknown:
        n = hearing.people_unknown
        words.append(
            ngettext("%(n)s thôn chưa có số dân", "%(n)s thôn chưa có số dân", n) % {"n": number(n)}
        )
    if hearing.no_hamlet:
        n = hearing.no_hamlet
        words.append(
            ngettext(
                "%(n)s cụm loa chưa ghi phục vụ thôn nào",
                "%(n)s cụm loa chưa ghi phục vụ thôn nào",
                n,
            )
            % {"n": number(n)}
        )
    return "; ".join(words)


def _deaf(hearing: Hearing) -> str:
    words = []
    if hearing.deaf_hamlets:
        n = hearing.deaf_hamlets
        words.append(ngettext("ở %(n)s thôn", "ở %(n)s thôn", n) % {"n": number(n)})
    if hearing.deaf_unknown:
        n = hearing.deaf_unknown
        words.append(
            ngettext("%(n)s thôn chưa có số dân", "%(n)s thôn chưa có số dân", n) % {"n": number(n)}
        )
    if hearing.deaf_communes:
        n = len(hearing.deaf_communes)
        words.append(
            ngettext(
                "%(n)s xã không có cụm loa nào phát được",
                "%(n)s xã không có cụm loa nào phát được",
                n,
            )
            % {"n": number(n)}
        )
    if hearing.uncounted:
        n = hearing.uncounted
        words.append(
            ngettext(
                "%(n)s xã chưa ghi thôn nên chưa biết số dân",
                "%(n)s xã chưa ghi thôn nên chưa biết số dân",
                n,
            )
            % {"n": number(n)}
        )
    return "; ".join(words)


def phrase(names: Sequence[str]) -> str:
    """Places as a sentence names them: `xã Tam Đảo, xã Đạo Trù và thôn Đông`."""
    said = [_small(name) for name in names]
    if len(said) < 2:
        return "".join(said)
    return _("%(some)s và %(last)s") % {"some": ", ".join(said[:-1]), "last": said[-1]}


def _small(name: str) -> str:
    leading = any(name.startswith(f"{word} ") for word in _LEADING)
    return name[:1].lower() + name[1:] if leading else name
