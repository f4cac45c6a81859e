"""The contract that every channel passes. A channel's test gives the account and what was seen."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from loa.channels.contract import (
    AnyAccount,
    AnyChannel,
    AnyMessage,
    Capability,
    Content,
    Mode,
    Outcome,
    Problem,
)
from loa.channels.failures import ChannelError
from loa.lib.ids import new_id


@dataclass
class Case:
    """A channel with an account, and a message that it can carry."""

    channel: AnyChannel
    account: AnyAccount
    message: AnyMessage
    more: dict[str, Any] = field(default_factory=dict)

    def give(self, *messages: AnyMessage) -> list[Outcome]:
        """Give messages in the account's own mode."""
        if self.channel.mode(self.account.settings) is Mode.STATE:
            return self.channel.sync(self.account, self.message.target, list(messages))
        return self.channel.send(self.account, list(messages))


class ChannelContract(ABC):
    """Subclass it once per channel and mode, with a fixture `case` and the hooks below."""

    @abstractmethod
    def times_seen(self, case: Case) -> int:
        """How often the outside has the message now."""

    @abstractmethod
    def broken(self, case: Case) -> Case | None:
        """The same where no retry can help; None where nothing outside is asked (pull alone)."""

    def take_away(self, case: Case) -> None:
        """Take the message back, as the dispatcher does in the account's mode."""
        if case.channel.mode(case.account.settings) is Mode.STATE:
            case.channel.sync(case.account, case.message.target, [])

    def test_it_says_what_it_is(self, case: Case) -> None:
        channel = case.channel
        assert channel.kind.islower()
        assert channel.label
        assert channel.modes
        assert channel.forms
        assert channel.mode(case.account.settings) in channel.modes

    def test_its_types_are_closed_and_titled(self, case: Case) -> None:
        for model in (case.channel.Settings, case.channel.Secrets, case.channel.Profile):
            assert issubclass(model, BaseModel)
            assert model.model_config["extra"] == "forbid"
            assert all(one.title for one in model.model_fields.values()), "the form needs names"

    def test_secrets_are_not_shown(self, case: Case) -> None:
        assert "(…)" in repr(case.account.secrets)
        assert "secrets=" not in repr(case.account)

    def test_a_good_account_has_nothing_to_complain_of(self, case: Case) -> None:
        assert case.channel.check(case.account) == []
        found = case.channel.capabilities(case.account)
        assert all(isinstance(one, Capability) for one in found.values())
        assert set(found) <= set(case.channel.capability_labels), "officers read words"

    def test_what_it_would_show_is_the_same_every_time(self, case: Case) -> None:
        first, second = (
            case.channel.prepare(case.message.rendition, case.message.target.profile)
            for _ in range(2)
        )
        assert first == second
        assert isinstance(first, Content | Problem)

    def test_an_estimate_counts_the_batch(self, case: Case) -> None:
        assert case.channel.estimate([case.message]).messages == 1

    def test_each_key_gets_one_outcome(self, case: Case) -> None:
        told = case.give(case.message)
        assert [one.key for one in told] == [case.message.key]
        (outcome,) = told
        assert outcome.state in {"carried", "shown"}
        assert (outcome.grade is None) == (outcome.state == "carried")
        assert self.times_seen(case) == 1

    def test_the_same_key_twice_is_once_where_it_may_be_repeated(self, case: Case) -> None:
        times = 2 if case.channel.repeatable else 1  # the dispatcher never repeats another one
        states = {tuple(one.state for one in case.give(case.message)) for _ in range(times)}
        assert len(states) == 1
        assert self.times_seen(case) == 1

    def test_a_failure_says_what_to_do(self, case: Case) -> None:
        hopeless = self.broken(case)
        if hopeless is None:
            assert case.channel.modes == {Mode.PULL}
            return
        try:
            (outcome,) = hopeless.give(hopeless.message)
            failure = outcome.failure
        except ChannelError as error:
            failure = error.failure
        assert failure is not None
        assert failure.permanent
        assert failure.code
        assert failure.sentence.endswith(".")

    def test_taking_back_says_how_far_it_came(self, case: Case) -> None:
        case.give(case.message)
        self.take_away(case)
        told = case.channel.withdraw(case.account, [case.message])
        assert [one.key for one in told] == [case.message.key]
        for one in told:
            assert one.state in {"asked", "confirmed", "cannot"}
            assert (one.state == "cannot") == bool(one.why)
            if one.state == "confirmed":
                assert self.times_seen(case) == 0

    def test_taking_back_what_never_came_is_no_error(self, case: Case) -> None:
        never = replace(case.message, key=new_id(), bulletin_id=new_id(), recipients=())
        (told,) = case.channel.withdraw(case.account, [never])
        assert told.key == never.key
