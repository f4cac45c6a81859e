"""The loudspeaker channel. A message reaches it as state: the station's signed plan holds it.

So `deliver` does not send: it sees that the newest issued plan names the job's bulletin and says
so. The device fetches, verifies and plays by itself, and its own signed receipt is the proof
(grade B, or A where the horn is measured).
"""

from typing import ClassVar

from loa.channels.contract import Channel, ChannelConfig, ChannelError, Feature, Job, Receipt
from loa.outlets import selectors as outlets
from loa.schedule import selectors as schedule

BUILD_S = 2.0
"""The worker builds a touched plan well within this."""


class SpeakerConfig(ChannelConfig):
    """A loudspeaker has no settings of its own here: it is enrolled with its own key."""


class Speaker(Channel[SpeakerConfig]):
    """Loudspeaker clusters with a verifying player."""

    kind: ClassVar[str] = "speaker"
    label: ClassVar[str] = "Cụm loa"
    features: ClassVar[frozenset[Feature]] = frozenset(
        {Feature.AUDIO, Feature.PREEMPT, Feature.CANCEL, Feature.RECEIPT}
    )
    Config: ClassVar[type[ChannelConfig]] = SpeakerConfig

    def check(self) -> list[str]:
        """Nothing can be wrong with no settings."""
        return []

    def deliver(self, job: Job) -> Receipt:
        """`carried` once the station's newest plan names the bulletin at that time."""
        outlet = outlets.outlet_by_id(job.outlet_id)
        if outlet is None:
            raise ChannelError("no_outlet", "Cụm loa này không còn.", permanent=True)
        version = schedule.planned_version(outlet.station_id, job.bulletin_id, job.at)
        if version is None:
            raise ChannelError(
                "not_planned", "Tin chưa có trong lịch đã ký.", retry_after_s=BUILD_S
            )
        return Receipt(state="carried", reference=f"plan:{version}")

    def cancel(self, job: Job) -> None:
        """Done once no issued plan names the bulletin at that time any more."""
        outlet = outlets.outlet_by_id(job.outlet_id)
        if outlet is None:
            return
        if schedule.planned_version(outlet.station_id, job.bulletin_id, job.at) is not None:
            raise ChannelError(
                "still_planned", "Tin vẫn còn trong lịch đã ký.", retry_after_s=BUILD_S
            )
