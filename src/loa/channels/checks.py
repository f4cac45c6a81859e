"""What Django's checks say of the channels: `loa manage check`, and every start."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004  Django's name

from loa.channels.registry import registry


@register("channels")
def broken_channels(**_options: Any) -> list[CheckMessage]:
    """A warning for each channel that could not be loaded. Never an error: the node starts."""
    return [
        Warning(
            f"Channel {broken.path} is disabled: {broken.error}",
            hint="Correct its folder or take it out of LOA_CHANNELS; all other channels work.",
            id="loa.channels.W001",
        )
        for broken in registry().broken
    ]
