"""Silence by one person, within budgets that nobody can renew (protocol page, section 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from .refusals import Reason, Refused

ZERO = timedelta(0)
PER_ALERT = timedelta(minutes=10)
PER_PERSON = timedelta(minutes=20)
PERSON_WINDOW = timedelta(hours=6)
KEPT = timedelta(days=4)


@dataclass(frozen=True)
class PersonSpan:
    """A silence that one person asked for."""

    person: str
    alerts: tuple[str, ...]
    start: datetime
    until: datetime


@dataclass(frozen=True)
class AlertSilence:
    """What one alert (over all its revisions) has been silenced for, and until when it is."""

    used: timedelta = ZERO
    until: datetime | None = None

    def left(self) -> timedelta:
        """What is left of the alert's budget."""
        return PER_ALERT - self.used

    def end(self, now: datetime) -> datetime:
        """When the present silence ends; `now` if there is none."""
        return now if self.until is None else max(self.until, now)


@dataclass(frozen=True)
class Mutes:
    """All silences. A value; it belongs into the durable state."""

    alerts: Mapping[str, AlertSilence] = field(default_factory=lambda: MappingProxyType({}))
    spans: tuple[PersonSpan, ...] = ()

    def silent(self, alert: str, now: datetime) -> bool:
        """Whether `alert` is to keep silent now."""
        silence = self.alerts.get(alert)
        return silence is not None and silence.end(now) > now

    def person_used(self, person: str, now: datetime) -> timedelta:
        """What `person` has used of 20 minutes in the last 6 hours (running silence in full)."""
        begin = now - PERSON_WINDOW
        spans = (s for s in self.spans if s.person == person and s.until > begin)
        return sum((s.until - max(s.start, begin) for s in spans), ZERO)

    def mute(self, alerts: Iterable[str], person: str, seconds: int, now: datetime) -> "Mutes":
        """Silence `alerts` from now on, for as long as asked or as the budgets still allow.

        Raises Refused(mute_spent) if that is no time at all.
        """
        wanted = min(timedelta(seconds=seconds), PER_PERSON - self.person_used(person, now))
        known = dict(self.alerts)
        named = tuple(alerts)
        gained = ZERO
        for alert in named:
            silence = known.get(alert, AlertSilence())
            end = silence.end(now)
            extension = min(now + wanted - end, silence.left())
            if extension > ZERO:
                known[alert] = AlertSilence(silence.used + extension, end + extension)
                gained = max(gained, end + extension - now)
        if gained <= ZERO:
            raise Refused(Reason.MUTE_SPENT, person)
        span = PersonSpan(person, named, now, now + gained)
        kept = tuple(s for s in self.spans if s.until > now - KEPT)
        return Mutes(MappingProxyType(known), (*kept, span))

    def resume(self, alerts: Iterable[str], now: datetime) -> "Mutes":
        """End the silence of `alerts`; what is unused of it is given back."""
        named = set(alerts)
        known = dict(self.alerts)
        for alert in named & known.keys():
            silence = known[alert]
            unused = silence.end(now) - now
            known[alert] = AlertSilence(silence.used - unused, now)
        spans = tuple(
            replace(s, until=now) if s.until > now and named.intersection(s.alerts) else s
            for s in self.spans
        )
        return Mutes(MappingProxyType(known), spans)

    def after_reset(self, now: datetime) -> "Mutes":
        """The same after time went back: no silence may last longer than its budget from now."""
        latest = now + PER_ALERT
        known = {
            alert: replace(silence, until=min(silence.end(now), latest))
            for alert, silence in self.alerts.items()
        }
        spans = tuple(
            replace(s, start=min(s.start, now), until=min(s.until, latest)) for s in self.spans
        )
        return Mutes(MappingProxyType(known), spans)
