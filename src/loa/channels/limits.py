"""Counting what an account uses, so that its limits hold over all workers together."""

from datetime import datetime, timedelta

from django.db.models import F

from loa.channels.models import ChannelAccount, LimitCount
from loa.channels.rules import Limits, Window, windows

COUNTS_KEPT = timedelta(days=70)


def take(account: ChannelAccount, now: datetime, *, wanted: int, urgent: bool) -> int:
    """Take up to `wanted` units from the account's windows; how many were taken.

    Called inside the transaction that claims what is to be sent: the rows of the windows are
    locked by their update until it ends. What is not sent afterwards counts as used: the limit is
    never passed.
    """
    spans = windows(Limits.model_validate(account.limits), now, urgent=urgent)
    counts = [_locked(account, window) for window in spans]
    room = [window.most - count.used for window, count in zip(spans, counts, strict=True)]
    taken = max(0, min([wanted, *room]))
    if taken:
        LimitCount.objects.filter(pk__in=[count.pk for count in counts]).update(
            used=F("used") + taken
        )
    return taken


def next_room(account: ChannelAccount, now: datetime, *, urgent: bool) -> datetime:
    """When the account may have units again: the end of the fullest window."""
    ends = [now + timedelta(seconds=1)]
    for window in windows(Limits.model_validate(account.limits), now, urgent=urgent):
        count = LimitCount.objects.filter(
            account=account, span=window.span, start=window.start
        ).first()
        if (count.used if count else 0) >= window.most:
            ends.append(window.end)
    return max(ends)


def _locked(account: ChannelAccount, window: Window) -> LimitCount:
    row, _made = LimitCount.objects.get_or_create(
        account=account, span=window.span, start=window.start
    )
    return LimitCount.objects.select_for_update().get(pk=row.pk)


def forget(now: datetime) -> None:
    """Drop the counts of windows that are long over."""
    LimitCount.objects.filter(start__lt=now - COUNTS_KEPT).delete()
