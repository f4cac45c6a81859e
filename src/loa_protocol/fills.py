"""Filled-in templates: what a machine's feed may say (protocol page, section 3)."""

from collections.abc import Iterable, Mapping

from .context import StoredTemplate
from .keys import PublicKey
from .paths import inside_any
from .payloads import Fill, Template
from .refusals import Reason, Refused


def feed_key(kid: str, templates: Mapping[str, StoredTemplate]) -> PublicKey | None:
    """The feed key that `kid` names, if a template here has it. Raises Refused(weak_key)."""
    for template in templates.values():
        key = PublicKey.from_text(template.doc.feed.alg, template.doc.feed.key)
        if key.kid == kid:
            return key
    return None


def template_key(doc: Template | Fill) -> str:
    """By what a device knows a template: the office that issued it, and the id that office gave it.

    Another office's template of the same id is another template: it takes nothing from this one,
    neither its place, nor its version, nor its number of fills in a day.
    """
    return f"{doc.issuer.path} {doc.template if isinstance(doc, Fill) else doc.id}"


def check_feed(template: Template) -> None:
    """Raises Refused(weak_key) for a template whose feed's key is none: kept, it would be asked at
    every fill, also at those of others."""
    PublicKey.from_text(template.feed.alg, template.feed.key)


def filled_text(text: str, blanks: Mapping[str, str]) -> str:
    """A template's text with `{name}` replaced by what stands in the blank of that name."""
    for name, value in blanks.items():
        text = text.replace("{" + name + "}", value)
    return text


def check_fill(fill: Fill, template: Template, kids: Iterable[str]) -> None:
    """Raises Refused unless `fill`, signed with `kids`, is exactly what `template` allows."""
    feed = PublicKey.from_text(template.feed.alg, template.feed.key)
    if feed.kid not in kids:
        raise Refused(Reason.UNKNOWN_KEY, "not the template's feed")
    if fill.template_version != template.version:
        raise Refused(Reason.OLD_VERSION, f"template {fill.template_version}")
    if fill.issuer != template.issuer:
        raise Refused(Reason.ISSUER_MISMATCH, "not the template's issuer")
    if fill.class_ > template.class_:
        raise Refused(Reason.ABOVE_CEILING, f"class {fill.class_}")
    for target in fill.target:
        if not inside_any(target, template.target):
            raise Refused(Reason.OUTSIDE_ISSUER, target)
    _check_blanks(fill, template)


def _check_blanks(fill: Fill, template: Template) -> None:
    if fill.blanks.keys() != template.blanks.keys():
        raise Refused(Reason.BAD_FIELD, "blanks are not the template's")
    for name, value in fill.blanks.items():
        values = template.blanks[name].values
        if "{" in value or (values and value not in values):
            raise Refused(Reason.BAD_FIELD, f"blank {name}")
    if fill.text != filled_text(template.text, fill.blanks):
        raise Refused(Reason.BAD_FIELD, "the text is not the template's")
    if template.title is not None and fill.title != filled_text(template.title, fill.blanks):
        raise Refused(Reason.BAD_FIELD, "the title is not the template's")
    if template.hazard is not None and fill.hazard != template.hazard:
        raise Refused(Reason.BAD_FIELD, "the hazard is not the template's")
