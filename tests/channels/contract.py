"""The contract every channel passes. A channel's test gives the peer and what it has seen."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import pytest

from loa.channels.contract import Channel, ChannelError, Feature, Job, redacted


class ChannelContract(ABC):
    """Subclass it once per channel, with fixtures `channel`, `job` and the hooks below."""

    @abstractmethod
    def times_seen(self, channel: Channel[Any], job: Job) -> int:
        """How often the peer has the job now."""

    @abstractmethod
    def break_for_good(self, channel: Channel[Any], job: Job) -> tuple[Channel[Any], Job]:
        """The channel and a job that no retry can carry."""

    def test_it_says_what_it_is(self, channel: Channel[Any]) -> None:
        assert channel.kind.islower()
        assert channel.label
        assert channel.features <= frozenset(Feature)
        assert isinstance(channel.config, channel.Config)

    def test_its_settings_are_closed(self, channel: Channel[Any]) -> None:
        assert channel.Config.model_config["extra"] == "forbid"
        assert set(redacted(channel.config)) == set(channel.config.model_dump())

    def test_a_sound_channel_has_nothing_to_complain_of(self, channel: Channel[Any]) -> None:
        assert channel.check() == []

    def test_a_job_arrives_and_the_receipt_names_it(self, channel: Channel[Any], job: Job) -> None:
        receipt = channel.deliver(job)
        assert receipt.reference
        assert (receipt.grade is None) == (receipt.state == "carried")
        assert self.times_seen(channel, job) == 1

    def test_the_same_key_twice_is_once(self, channel: Channel[Any], job: Job) -> None:
        first, second = channel.deliver(job), channel.deliver(job)
        assert first == second
        assert self.times_seen(channel, job) == 1

    def test_a_failure_says_what_to_do(self, channel: Channel[Any], job: Job) -> None:
        broken, hopeless = self.break_for_good(channel, job)
        with pytest.raises(ChannelError) as caught:
            broken.deliver(hopeless)
        assert caught.value.permanent
        assert str(caught.value).endswith(".")

    def test_cancel_takes_it_back_or_says_it_cannot(self, channel: Channel[Any], job: Job) -> None:
        if Feature.CANCEL not in channel.features:
            with pytest.raises(ChannelError) as caught:
                channel.cancel(job)
            assert caught.value.permanent
            return
        channel.deliver(job)
        self.withdraw(channel, job)
        channel.cancel(job)
        channel.cancel(job)
        assert self.times_seen(channel, job) == 0

    def withdraw(self, channel: Channel[Any], job: Job) -> None:  # noqa: B027  most need none
        """What else happens on the node when a message is withdrawn."""

    def test_cancelling_what_never_came_is_no_error(self, channel: Channel[Any], job: Job) -> None:
        if Feature.CANCEL in channel.features:
            from loa.lib.ids import new_id

            channel.cancel(replace(job, key=new_id(), bulletin_id=new_id()))
