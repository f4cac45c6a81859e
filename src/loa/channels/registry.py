"""The channels of this installation: one dotted path each in `settings.LOA_CHANNELS`.

A channel that cannot be loaded disables only itself: it is named in the log, by `loa manage check`
and on the page *Kênh*, and its accounts send nothing.
"""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loa.channels.contract import AnyChannel, Channel

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Broken:
    """A channel that could not be loaded: its dotted path, and the error's class and text."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Registry:
    """Working channels by kind, and those that are not."""

    channels: Mapping[str, AnyChannel]
    broken: tuple[Broken, ...]


def load(paths: Iterable[str]) -> Registry:
    """Load each channel apart from the others. Raises ImproperlyConfigured for a kind that stands
    twice: which of them was meant cannot be guessed (wall 6)."""
    channels: dict[str, AnyChannel] = {}
    broken: list[Broken] = []
    for path in paths:
        try:
            channel = _load_one(path)
        # Whatever a channel's own code raises is its fault alone.
        except Exception as error:
            log.exception("channel disabled", channel=path)
            broken.append(Broken(path, f"{type(error).__name__}: {error}"[:300]))
            continue
        if channel.kind in channels:
            raise ImproperlyConfigured(f"two channels of kind {channel.kind!r}")
        channels[channel.kind] = channel
    return Registry(channels, tuple(broken))


def _load_one(path: str) -> AnyChannel:
    module, _, name = path.rpartition(".")
    channel = getattr(import_module(module), name)
    if not (isinstance(channel, type) and issubclass(channel, Channel)):
        raise ImproperlyConfigured(f"{path} is not a channel")
    lacks = [one for one in ("kind", "label", "modes", "forms") if not hasattr(channel, one)]
    if lacks or inspect.isabstract(channel):
        raise ImproperlyConfigured(f"{path} lacks {', '.join(lacks) or 'methods'}")
    made: AnyChannel = channel()
    return made


@cache
def _loaded(paths: tuple[str, ...]) -> Registry:
    return load(paths)


def registry() -> Registry:
    """The installed channels, loaded once for each list of paths."""
    return _loaded(tuple(settings.LOA_CHANNELS))


def channels() -> Mapping[str, AnyChannel]:
    """The working channels by kind."""
    return registry().channels


def channel_of(kind: str) -> AnyChannel | None:
    """The working channel of a kind; None where it is not installed or could not be loaded."""
    return channels().get(kind)
