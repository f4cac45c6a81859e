"""The channels of this installation: one dotted path each in `settings.LOA_CHANNELS`."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loa.channels.contract import Channel

AnyChannel = type[Channel[Any]]


def load(paths: Iterable[str]) -> dict[str, AnyChannel]:
    """Channels by kind. Raises ImproperlyConfigured for a duplicate kind or what is no channel."""
    found: dict[str, AnyChannel] = {}
    for path in paths:
        module, _, name = path.rpartition(".")
        channel = getattr(import_module(module), name)
        if not (isinstance(channel, type) and issubclass(channel, Channel)):
            raise ImproperlyConfigured(f"{path} is not a channel")
        if channel.kind in found:
            raise ImproperlyConfigured(f"two channels of kind {channel.kind!r}")
        found[channel.kind] = channel
    return found


def channels() -> Mapping[str, AnyChannel]:
    """The installed channels by kind."""
    return load(settings.LOA_CHANNELS)
