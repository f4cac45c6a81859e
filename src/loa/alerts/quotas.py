"""How much of what everybody shares one office, feed or person may use up: nobody can crowd out a
true alert with orders of their own, however genuine."""

from django.utils.translation import gettext

from loa.alerts import rules, selectors
from loa.alerts.models import Order, State, Template
from loa.alerts.orders import validity
from loa.alerts.rules import OrderRefused
from loa.lib import clock


def check_office(path: str, *, fills: bool = False) -> None:
    """The office at `path` has room for one more order, or one more fill of its templates: each
    has its own share of a commune's `open`, and machines a share beside the people's.

    Raises OrderRefused.
    """
    most = rules.FILLS_MAX if fills else rules.OPEN_MAX
    if validity.issued_by_office(selectors.in_force(), path, fills=fills) >= most:
        raise OrderRefused(
            "too_many_open", gettext("Nơi ban hành này đang có quá nhiều lệnh còn hiệu lực.")
        )


def check_waiting(person: str) -> None:
    """One author's orders that wait for a second person are few: a true one must not be lost to
    the eye among a hundred others at three in the morning. Raises OrderRefused."""
    fresh = clock.now() - rules.PROPOSAL_LIFE
    mine = Order.objects.filter(author=person, state=State.PROPOSED, made_at__gt=fresh)
    _refuse_at(mine.count(), rules.WAITING_MAX)


def check_templates_waiting(person: str) -> None:
    """The same for words to be signed in advance. Raises OrderRefused."""
    now = clock.now()
    mine = Template.objects.filter(author=person, state=State.PROPOSED, expires_at__gt=now)
    _refuse_at(mine.count(), rules.WAITING_MAX)


def _refuse_at(waiting: int, most: int) -> None:
    if waiting >= most:
        raise OrderRefused(
            "too_many_waiting",
            gettext(
                "Anh chị đã có %(max)d bản đang chờ người thứ hai ký. Rút bớt bản không dùng nữa"
                " rồi gửi lại."
            )
            % {"max": most},
        )


def check_presses(person: str) -> None:
    """One person's silences are few: no device keeps more of them than the first ten minutes, and
    each takes a line of `open` for an hour. Raises OrderRefused."""
    mine = Order.objects.filter(
        author=person,
        kind__in=[kind.value for kind in rules.ONE_PERSON],
        state=State.ISSUED,
        expires_at__gt=clock.now(),
    )
    if mine.count() >= rules.PRESSES_MAX:
        raise OrderRefused(
            "too_many_presses",
            gettext(
                "Anh chị đã bấm dừng, phát tiếp quá nhiều lần trong một giờ. Nhờ người khác bấm,"
                " hoặc nhờ hai người ký hủy lệnh."
            ),
        )
