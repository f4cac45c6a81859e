"""The test sentence of a pole: it says its own name, on that one loudspeaker.

The same sentence in the same voice is made once; the worker gives the command when it is made.
"""

from uuid import UUID

from django.conf import settings

from loa.media import selectors as media_selectors
from loa.media import services as media
from loa.newsroom.selectors import dictionary_for
from loa.outlets import commands
from loa.outlets.models import Command, Outlet
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.speech.normalise import spoken

SENTENCE = "Đây là {name}, {commune}. Loa đang thử tiếng. Xin cảm ơn."
"""What the pole says: Vietnamese, because it is read aloud in the village."""


def sentence_of(outlet: Outlet) -> str:
    """The words of the test, for the screen."""
    name = outlet.name[:1].lower() + outlet.name[1:]
    commune = outlet.station.place.name
    return SENTENCE.format(name=name, commune=commune[:1].lower() + commune[1:])


def _production(outlet: Outlet) -> UUID:
    words = dictionary_for(outlet.station.place.path)
    text = spoken(sentence_of(outlet), dictionary=words).text
    return media.production_ask(spoken=text, voice=settings.LOA_VOICE, recording_sha256=None)


def trial_prepare(outlet: Outlet) -> None:
    """Have the sentence made before somebody asks for it: the person at the pole need not wait."""
    _production(outlet)


def trial_ask(*, actor: Actor, outlet: Outlet) -> Command:
    """Have the outlet say its name. Raises NotAllowed, CommandRefused."""
    ensure(actor, Action.OUTLET_COMMAND, outlet.station.place.path)
    command = commands.command_give(
        actor=actor, outlet=outlet, do="self-test", production=_production(outlet)
    )
    give_ready()
    return command


def give_ready() -> bool:
    """Let go the commands whose sentence is made; whether there was one. The worker calls it."""
    resting = aside.resting(Queue.TRIALS)
    waiting = commands.waiting_for_sound()
    quarantine.release(Queue.TRIALS, set(aside.due(Queue.TRIALS)) - {str(c) for c, _ in waiting})
    done = False
    for command, production in waiting:
        if str(command) in resting:
            continue
        with quarantine.isolated(Queue.TRIALS, str(command), releases=False):
            done = _give(command, production) or done
    return done


def _give(command: UUID, production: UUID) -> bool:
    """Whether the command's sentence is made, or cannot be."""
    made = media_selectors.production_get(production)
    if made.state == "done" and made.opus is not None:
        commands.sound_ready(
            command_id=command, sha256=made.opus.sha256, size=made.opus.bytes, ms=made.ms or 1
        )
        return True
    if made.state == "failed":
        commands.sound_failed(command_id=command)
        return True
    return False
