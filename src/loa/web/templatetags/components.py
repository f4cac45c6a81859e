"""The console's components that hold other things: card, dialog, empty state.

Each is a partial under `templates/console/components`; those without content are included by name.
"""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loa.web import expired_session_forms

register = template.Library()


@register.simple_block_tag
def card(content: SafeString, title: str = "", kind: str = "", id: str = "") -> str:  # noqa: A002  HTML's word
    """A surface with its heading."""
    context = {"content": content, "title": title, "kind": kind, "id": id}
    return render_to_string("web/components/card.html", context)


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str) -> str:  # noqa: A002  HTML's word
    """The browser's own dialog, opened by a button with `data-opens`."""
    context = {"content": content, "title": title, "id": id}
    return render_to_string("web/components/dialog.html", context)


@register.simple_block_tag
def nothing(content: SafeString, title: str, icon: str = "") -> str:
    """What stands where nothing is yet: it says what to do next."""
    context = {"content": content, "title": title, "icon": icon}
    return render_to_string("web/components/empty.html", context)


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item at an index; empty past the end."""
    return items[index] if 0 <= index < len(items) else ""


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """Django's own field, and for who is signed in the signed name of who opened the form.

    In the place of Django's tag, so that no form can be without it: see `kept`.
    """
    token = format_html("{}", CsrfTokenNode().render(context))
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return token
    field = '<input type="hidden" name="writer" value="{}">'
    return format_html("{}" + field, token, expired_session_forms.ticket_of(user.pk))
