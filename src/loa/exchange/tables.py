"""An edition as a page that people read: every record, field, form and code."""

from loa.exchange.profile import Profile
from loa.exchange.records import BY_NAME, Media, Message, Part
from loa.exchange.rendering import inner_of, is_many


def page(profile: Profile) -> str:
    """Markdown. The page in docs/exchange is made from it, and a test holds that it still is."""
    lines = [
        f"# {profile.title}",
        "",
        f"Edition `{profile.name}`, namespace `{profile.namespace}`,"
        f" {'made from a published annex' if profile.official else '**not official**'}.",
    ]
    parts: dict[str, type[Part]] = {"message": Message, "media": Media, **BY_NAME}
    for key, part in parts.items():
        lines += _table(profile, key, part)
    return "\n".join(lines) + "\n"


def _table(profile: Profile, key: str, part: type[Part]) -> list[str]:
    names = profile.of(part)
    way = getattr(part, "WAY", None)
    head = f"## `{names.element}`: {key.replace('_', ' ')}" + (f", {way.value}" if way else "")
    lines = ["", head, "", "| name | ours | holds | needed |", "|---|---|---|---|"]
    personal: frozenset[str] = getattr(part, "PERSONAL", frozenset())
    for field, info in part.model_fields.items():
        if field in names.omit:
            continue
        codes = names.codes.get(field)
        holds = ", ".join(f"`{code}`" for code in codes.values()) if codes else _form(part, field)
        if is_many(part, field):
            holds += ", several"
        if field in personal:
            holds += " (personal data)"
        needed = "yes" if info.is_required() else ""
        lines.append(f"| `{names.fields.get(field, field)}` | {field} | {holds} | {needed} |")
    return lines


def _form(part: type[Part], field: str) -> str:
    inner = inner_of(part, field)
    if part is Message and field == "records":
        return "records of one sort, by their element"
    forms = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "`true` or `false`",
        "datetime": "time with offset",
        "date": "day",
    }
    return forms.get(getattr(inner, "__name__", ""), "a file" if inner is Media else "text")
