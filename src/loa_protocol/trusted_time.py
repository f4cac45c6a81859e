"""What time it is on a device that believes only signatures (protocol page, section 5).

Before any answer: the greater of the real-time clock and the stored floor. Then: the last signed
answer plus what the monotonic clock has counted since.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .clock import Clock
from .refusals import Reason, Refused

ALLOWANCE = timedelta(hours=24)
# A node's clock and a device's differ a little at all times; that is not a jump.
AHEAD_TOLERANCE = timedelta(seconds=5)
# A device that gained 2 s a day through a month without network is not under attack.
BELOW_TOLERANCE = timedelta(seconds=60)
ZERO = timedelta(0)


@dataclass(frozen=True)
class TrustedTime:
    """A value; every rule returns a new one. `floor` and `spent` are to be made durable.

    `floor` never goes back but by `reset`. `spent` is how far answers have moved time ahead of the
    device's own clock, in all, since a parent or the root last confirmed it.
    `answered` with `answered_at_s` (monotonic seconds) is the last answer in this run of the
    process.
    """

    floor: datetime
    spent: timedelta = ZERO
    answered: datetime | None = None
    answered_at_s: float = 0.0

    @property
    def known(self) -> bool:
        """Whether there was an answer since the process began: before, no event is acted on."""
        return self.answered is not None

    def now(self, clock: Clock) -> datetime:
        """Trusted now."""
        if self.answered is None:
            return max(clock.now(), self.floor)
        elapsed = timedelta(seconds=clock.monotonic() - self.answered_at_s)
        return max(self.answered + elapsed, self.floor)

    def answer(
        self, moment: datetime, clock: Clock, *, parent_signed: bool, stopped: bool = False
    ) -> "TrustedTime":
        """Time after a verified `time` answer that says `moment`.

        An answer that is behind is believed, but time stands still until it has caught up: it never
        goes back without `clock`. `stopped`: the device's own clock stood still, or is behind the
        saved floor, so that nothing here tells how long the device was off; then the first answer
        costs nothing. Raises Refused(time_jump): below the floor, or further ahead than what is
        left of 24 hours, without the parent's signature.
        """
        ahead = moment - self.now(clock)
        if parent_signed:
            return replace(self._at(moment, clock), spent=ZERO)
        if moment < self.floor - BELOW_TOLERANCE:
            raise Refused(Reason.TIME_JUMP, "below the floor")
        free = ahead <= AHEAD_TOLERANCE or (stopped and not self.known)
        cost = ZERO if free else ahead
        if self.spent + cost > ALLOWANCE:
            raise Refused(Reason.TIME_JUMP, "more than 24 hours ahead")
        return replace(self._at(moment, clock), spent=self.spent + cost)

    def seen_open(self, issued: datetime, expires: datetime, clock: Clock) -> "TrustedTime":
        """Time after a verified `open`: it is at least `issued`, for it may have waited a while.

        Before any answer the device's own clock counts if it stands in the life of the `open`. A
        clock beyond it is either right, and the `open` an old one, or woke up in another year:
        neither gives the time, and the answer to `time` is waited for. Raises Refused(time_jump)
        if `issued` is further ahead than what is left of 24 hours.
        """
        now = self.now(clock)
        if issued <= now + AHEAD_TOLERANCE:
            if self.known or now >= expires:
                return self
            return self._at(now, clock)
        return self.answer(issued, clock, parent_signed=False)

    def tick(self, clock: Clock) -> "TrustedTime":
        """The same with the floor raised to now, to be saved now and then while running.

        Before any answer nothing changes: a clock that nobody vouched for must not last.
        """
        return replace(self, floor=max(self.floor, self.now(clock))) if self.known else self

    def reset(self, floor: datetime, clock: Clock) -> "TrustedTime":
        """Time after the root's `clock`: the only way back."""
        return TrustedTime(floor, answered=floor, answered_at_s=clock.monotonic())

    def _at(self, moment: datetime, clock: Clock) -> "TrustedTime":
        return replace(
            self.tick(clock),
            floor=max(self.tick(clock).floor, moment),
            answered=moment,
            answered_at_s=clock.monotonic(),
        )
