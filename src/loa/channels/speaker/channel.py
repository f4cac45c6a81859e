"""The loudspeaker channel. What a cluster plays is state: its station's signed plan.

So `sync` sends nothing. It compares what is desired with the newest issued plan and the signed
receipts, and says what is known. The device fetches, verifies and plays by itself; its own receipt
is the proof (grade B, or A where the horn is measured). The wire is that of `loa/v1`.

Loudspeakers have no rows of `ChannelOutlet` and `Dispatch`: plans, receipts and plays are theirs,
and urgent orders go by the lane (ADR 36).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_noop

from loa.channels.contract import (
    Channel,
    Message,
    Mode,
    OpenAccount,
    Outcome,
    Profile,
    Secrets,
    Settings,
    Target,
    Withdrawal,
    grade_of,
)
from loa.channels.failures import Failure, OutletFailed, Scope
from loa.delivery import selectors as delivery
from loa.lib import clock
from loa.newsroom.renditions import Form
from loa.schedule import selectors as schedule

BUILD_WAIT = timedelta(seconds=2)
"""The worker builds a touched plan well within this."""


class SpeakerSettings(Settings):
    """No settings: a cluster is enrolled with its own key."""


class SpeakerSecrets(Secrets):
    """No secrets: the node holds none of a device's."""


class SpeakerProfile(Profile):
    """No profile here: what a cluster is stands in `outlets`."""


class Speaker(Channel[SpeakerSettings, SpeakerSecrets, SpeakerProfile]):
    """Loudspeaker clusters with a verifying player."""

    kind: ClassVar[str] = "speaker"
    label: ClassVar[str] = gettext_noop("Cụm loa")
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.STATE})
    Settings: ClassVar[type[Settings]] = SpeakerSettings
    Secrets: ClassVar[type[Secrets]] = SpeakerSecrets
    Profile: ClassVar[type[Profile]] = SpeakerProfile
    forms: ClassVar[tuple[Form, ...]] = (Form.SPEECH,)
    repeatable: ClassVar[bool] = True

    def sync(
        self,
        account: OpenAccount[SpeakerSettings, SpeakerSecrets],
        target: Target[SpeakerProfile],
        desired: Sequence[Message[SpeakerProfile]],
    ) -> list[Outcome]:
        """What is known of each item at this cluster: `shown` with the grade of its receipt,
        `carried` once the newest plan names it, else a failure until the plan is built."""
        if target.station_id is None:
            raise OutletFailed("no_station", "Cụm loa này không thuộc đài nào.")
        return [self._known(target, target.station_id, message) for message in desired]

    def _known(
        self, target: Target[SpeakerProfile], station_id: UUID, message: Message[Any]
    ) -> Outcome:
        now = clock.now()
        if message.bulletin_id is None or message.begins_at is None:
            raise OutletFailed("no_item", "Cụm loa chỉ nhận tin đã có giờ phát trong lịch.")
        played = delivery.heard_at(message.bulletin_id, target.id)
        if played is not None:
            return Outcome(
                key=message.key,
                state="shown",
                at=played.at,
                grade=grade_of(played.grade),
                reference=f"play:{played.id}",
            )
        version = schedule.planned_version(station_id, message.bulletin_id, message.begins_at)
        if version is not None:
            return Outcome(key=message.key, state="carried", at=now, reference=f"plan:{version}")
        return Outcome(
            key=message.key,
            state="failed",
            at=now,
            failure=Failure(
                code="not_planned",
                sentence=gettext_noop("Tin chưa có trong lịch đã ký."),
                scope=Scope.MESSAGE,
                retry_at=now + BUILD_WAIT,
            ),
        )

    def withdraw(
        self,
        account: OpenAccount[SpeakerSettings, SpeakerSecrets],
        batch: Sequence[Message[SpeakerProfile]],
    ) -> list[Withdrawal]:
        """`confirmed` once no issued plan names the item at that time; `asked` until then."""
        return [
            Withdrawal(key=one.key, state="asked" if self._planned(one) else "confirmed")
            for one in batch
        ]

    def _planned(self, message: Message[SpeakerProfile]) -> bool:
        station_id, at = message.target.station_id, message.begins_at
        if station_id is None or message.bulletin_id is None or at is None:
            return False
        return schedule.planned_version(station_id, message.bulletin_id, at) is not None
