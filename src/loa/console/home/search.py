"""Tìm: one box for bulletins, places, people and the console's own pages, without diacritics."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.lib import clock
from loa.lib.text import fold
from loa.newsroom import selectors as newsroom
from loa.outlets import finding
from loa.people.rules import Action, Actor
from loa.people.selectors import accounts_at
from loa.places.names import same
from loa.places.selectors import place_search
from loa.web.requests import desk_of, signed_in

PER_SORT = 8
QUERY_MAX = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found: its name, a second line, where it is."""

    name: str
    more: str
    url: str


@dataclass(frozen=True, slots=True)
class Sort:
    """Everything found of one sort."""

    label: str
    found: tuple[Found, ...]


PAGES = (
    ("today", gettext_lazy("Hôm nay"), gettext_lazy("đang phát, sắp phát, không phát được"), None),
    ("write", gettext_lazy("Soạn"), gettext_lazy("viết tin, ghi âm, bản nháp"), None),
    ("new", gettext_lazy("Viết tin mới"), gettext_lazy("soạn thông báo"), Action.BULLETIN_WRITE),
    ("approval", gettext_lazy("Duyệt tin"), gettext_lazy("tin chờ duyệt, trả lại"), None),
    ("schedule", gettext_lazy("Lịch phát"), gettext_lazy("buổi phát, khung giờ, tiếp âm"), None),
    ("channels", gettext_lazy("Kênh"), gettext_lazy("đài, cụm loa, thiết bị, âm lượng"), None),
    ("ledger", gettext_lazy("Nhật ký"), gettext_lazy("ai làm gì, lúc nào"), Action.JOURNAL_VIEW),
    ("hamlets", gettext_lazy("Thôn, tổ dân phố"), gettext_lazy("số hộ, số dân"), None),
    (
        "reforms",
        gettext_lazy("Địa giới"),
        gettext_lazy("nhập, chia, đổi tên đơn vị"),
        Action.PLACE_REFORM,
    ),
    ("dictionary", gettext_lazy("Từ điển đọc"), gettext_lazy("cách đọc từ, chữ viết tắt"), None),
    (
        "staff",
        gettext_lazy("Tài khoản và vai trò"),
        gettext_lazy("thêm người, giao quyền"),
        Action.ACCOUNT_MANAGE,
    ),
    ("help", gettext_lazy("Hướng dẫn"), gettext_lazy("cách làm từng việc"), None),
)
"""The console's own pages: address, name, other words people look for, who may go there."""


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """What matches every word of the question, sort by sort, within the asker's rights."""
    who, path = desk_of(request)
    question = " ".join(request.GET.get("q", "")[:QUERY_MAX].split())
    sorts = (
        [
            Sort(str(label), tuple(found))
            for label, look in _SORTS
            if (found := list(look(who, path, question)))
        ]
        if fold(question)
        else []
    )
    # What bears exactly this name comes first: a commune before the outlets that hold its words.
    sorts.sort(key=lambda one: not any(same(question, found.name) for found in one.found))
    context = {"question": question, "sorts": sorts}
    return render(request, "home/search.html", context)


def _pages(who: Actor, path: str, question: str) -> Iterable[Found]:
    words = fold(question).split()
    for name, label, more, action in PAGES:
        if action is not None and not who.places(action):
            continue
        looked_in = fold(f"{label} {more}")
        if all(word in looked_in for word in words):
            yield Found(str(label), str(more), reverse(f"console:{name}"))


def _bulletins(who: Actor, path: str, question: str) -> Iterable[Found]:
    for bulletin in newsroom.bulletin_search(who, question, PER_SORT):
        when = clock.local(bulletin.changed_at)
        more = f"{bulletin.place.name}, {bulletin.get_state_display()}, {when:%d/%m/%Y}"
        yield Found(_title(bulletin), more, reverse("console:bulletin", args=[bulletin.pk]))


def _title(bulletin: object) -> str:
    return str(getattr(bulletin, "title", "")) or _("Tin chưa có tiêu đề")


def _places(who: Actor, path: str, question: str) -> Iterable[Found]:
    within = who.places(Action.OUTLET_VIEW)
    for place in place_search(question, within=within, limit=PER_SORT) if within else ():
        above = place.parent.name if place.parent else ""
        if former := getattr(place, "formerly", ""):
            above = _("trước là %(name)s") % {"name": former}
        yield Found(
            place.name, above, f"{reverse('console:channels')}?{urlencode({'noi': place.path})}"
        )


def _outlets(who: Actor, path: str, question: str) -> Iterable[Found]:
    wanted = finding.Wanted(text=question)
    rows = finding.outlets_of(who, wanted, clock.now()).select_related("station__place", "hamlet")
    for outlet in rows.order_by("station_id", "code")[:PER_SORT]:
        where = [
            outlet.code,
            outlet.hamlet.name if outlet.hamlet else "",
            outlet.station.place.name,
        ]
        more = ", ".join(word for word in where if word)
        yield Found(outlet.name, more, reverse("console:outlet", args=[outlet.pk]))


def _people(who: Actor, path: str, question: str) -> Iterable[Found]:
    managed = who.places(Action.ACCOUNT_MANAGE)
    if not managed:
        return
    words = fold(question).split()
    count = 0
    for account in accounts_at(managed).only("pk", "full_name", "username").iterator():
        if all(word in fold(f"{account.full_name} {account.username}") for word in words):
            yield Found(str(account), account.username, reverse("console:staff"))
            count += 1
            if count == PER_SORT:
                return


_SORTS: tuple[tuple[Any, Callable[[Actor, str, str], Iterable[Found]]], ...] = (
    (gettext_lazy("Trang"), _pages),
    (gettext_lazy("Tin"), _bulletins),
    (gettext_lazy("Cụm loa"), _outlets),
    (gettext_lazy("Nơi"), _places),
    (gettext_lazy("Người"), _people),
)
