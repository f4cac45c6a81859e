"""The console's components that hold other things: card, dialog, empty state.

Each is a partial under `templates/console/components`; those without content are included by name.
"""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from loa.console import kept

register = template.Library()


@register.simple_block_tag
def card(content: SafeString, title: str = "", kind: str = "", id: str = "") -> str:  # noqa: A002  HTML's word
    """A surface with its heading."""
    context = {"content": content, "title": title, "kind": kind, "id": id}
    return render_to_string("console/components/card.html", context)


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str) -> str:  # noqa: A002  HTML's word
    """The browser's own dialog, opened by a button with `data-opens`."""
    context = {"content": content, "title": title, "id": id}
    return render_to_string("console/components/dialog.html", context)


@register.simple_block_tag
def nothing(content: SafeString, title: str, icon: str = "") -> str:
    """What stands where nothing is yet: it says what to do next."""
    context = {"content": content, "title": title, "icon": icon}
    return render_to_string("console/components/empty.html", context)


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item at an index; empty past the end."""
    return items[index] if 0 <= index < len(items) else ""


@register.simple_tag(takes_context=True)
def writer(context: dict[str, Any]) -> str:
    """The signed name of who opened a form, so that it can be kept for them alone."""
    return kept.ticket_of(context["request"].user.pk)
