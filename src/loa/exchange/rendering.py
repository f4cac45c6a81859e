"""Messages as XML and JSON, and back. Strict both ways: what is not known is refused, by name.

Both writings go through one plain tree of the profile's own names, so that they cannot say
different things. What comes in is bounded in bytes, depth and number of elements before anything is
built.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from lxml import etree
from pydantic import BaseModel, ValidationError

from loa.alerts.cap.parsing import parse_tree
from loa.alerts.cap.refusals import CapRefused
from loa.exchange.profile import Names, Profile
from loa.exchange.records import Media, Message, Part, Record
from loa.exchange.refusals import ExchangeRefused, Fault

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
VERSION = "phienBanTraoDoi"

Tree = dict[str, Any]


def to_json(message: Message, profile: Profile) -> bytes:
    """UTF-8 JSON."""
    body = {VERSION: profile.name, profile.of(Message).element: _tree(message, profile)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def to_xml(message: Message, profile: Profile) -> bytes:
    """UTF-8 XML in the profile's namespace."""
    root = etree.Element(
        f"{{{profile.namespace}}}{profile.of(Message).element}", nsmap={None: profile.namespace}
    )
    root.set(VERSION, profile.name)
    _write(root, _tree(message, profile), profile)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def from_json(data: bytes, profile: Profile) -> Message:
    """Raises ExchangeRefused."""
    if len(data) > MAX_BYTES:
        raise ExchangeRefused(Fault.TOO_LARGE)
    _check_depth(data)
    try:
        body = json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ExchangeRefused(Fault.MALFORMED, str(error)[:100]) from error
    element = profile.of(Message).element
    if not isinstance(body, dict) or set(body) != {VERSION, element}:
        raise ExchangeRefused(Fault.MALFORMED, element)
    if body[VERSION] != profile.name:
        raise ExchangeRefused(Fault.UNKNOWN_PROFILE, str(body[VERSION])[:40])
    if not isinstance(body[element], dict):
        raise ExchangeRefused(Fault.MALFORMED, element)
    return _message(body[element], profile)


def from_xml(data: bytes, profile: Profile) -> Message:
    """Raises ExchangeRefused."""
    try:
        root = parse_tree(data)
    except CapRefused as refusal:
        large = refusal.reason.value.startswith("too_")
        fault = Fault.TOO_LARGE if large else Fault.MALFORMED
        raise ExchangeRefused(fault, refusal.reason.value) from refusal
    name = etree.QName(root)
    if name.namespace != profile.namespace or root.get(VERSION) != profile.name:
        raise ExchangeRefused(Fault.UNKNOWN_PROFILE, str(name.namespace)[:60])
    if name.localname != profile.of(Message).element:
        raise ExchangeRefused(Fault.MALFORMED, name.localname)
    return _message(_read_message(root, profile), profile)


def is_xml(data: bytes) -> bool:
    """Which of the two writings it is, by its first letter."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


# One plain tree


def _tree(part: BaseModel, profile: Profile) -> Tree:
    names = profile.of(type(part))  # type: ignore[arg-type]  # parts only
    found: Tree = {}
    for field in type(part).model_fields:
        value = getattr(part, field)
        if field in names.omit or value is None or value == ():
            continue
        found[names.fields.get(field, field)] = _said(value, field, names, profile)
    return found


def _said(value: Any, field: str, names: Names, profile: Profile) -> Any:
    if isinstance(value, tuple):
        if value and isinstance(value[0], Record):
            return {profile.of(type(value[0])).element: [_tree(one, profile) for one in value]}
        return [_said(one, field, names, profile) for one in value]
    if isinstance(value, BaseModel):
        return _tree(value, profile)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return names.codes.get(field, {}).get(value, value) if isinstance(value, str) else value


def _message(tree: Tree, profile: Profile) -> Message:
    names = profile.of(Message)
    key = names.fields.get("records", "records")
    held = tree.get(key, {})
    if not isinstance(held, dict) or len(held) > 1:
        raise ExchangeRefused(Fault.MALFORMED, key)
    records: list[Record] = []
    for element, rows in held.items():
        sort = profile.record(element)
        if sort is None:
            raise ExchangeRefused(Fault.UNKNOWN_RECORD, str(element)[:60])
        if not isinstance(rows, list):
            raise ExchangeRefused(Fault.MALFORMED, element)
        records += [_part(sort, row, profile) for row in rows]
    plain = {name: value for name, value in tree.items() if name != key}
    message: Message = _part(Message, plain, profile, records=tuple(records))
    return message


def _part(sort: type[Any], tree: Any, profile: Profile, **given: Any) -> Any:
    if not isinstance(tree, dict):
        raise ExchangeRefused(Fault.MALFORMED, sort.__name__)
    names = profile.of(sort)
    ours = {names.fields.get(one, one): one for one in sort.model_fields if one not in names.omit}
    values: Tree = dict(given)
    for name, value in tree.items():
        field = ours.get(name)
        if field is None:
            raise ExchangeRefused(Fault.UNKNOWN_FIELD, f"{names.element}.{name}"[:80])
        values[field] = _heard(sort, field, value, names, profile)
    try:
        return sort.model_validate(values)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        field = str(where[0]) if where else ""
        raise ExchangeRefused(
            Fault.BAD_FIELD, f"{names.element}.{names.fields.get(field, field)}"
        ) from error


def _heard(sort: type[Part], field: str, value: Any, names: Names, profile: Profile) -> Any:
    inner = inner_of(sort, field)
    many = is_many(sort, field)
    if many and not isinstance(value, list):
        raise ExchangeRefused(Fault.MALFORMED, f"{names.element}.{field}")
    rows = value if many else [value]
    if inner is Media:
        rows = [_part(Media, row, profile) for row in rows]
    elif field in names.codes:
        rows = [_word(row, names, field) for row in rows]
    elif any(isinstance(row, dict | list) for row in rows):
        raise ExchangeRefused(Fault.MALFORMED, f"{names.element}.{field}")
    return tuple(rows) if many else rows[0]


def _word(value: Any, names: Names, field: str) -> str:
    back = {theirs: ours for ours, theirs in names.codes[field].items()}
    # What a profile does not name keeps our own word; a word that it renamed is its own alone.
    if isinstance(value, str) and value in back:
        return back[value]
    if isinstance(value, str) and value not in names.codes[field]:
        return value
    raise ExchangeRefused(Fault.UNKNOWN_CODE, f"{names.element}.{field}: {str(value)[:40]}")


# What a field holds


def _bare(annotation: Any) -> Any:
    """The type inside Annotated and an optional."""
    if hasattr(annotation, "__metadata__"):
        return _bare(annotation.__origin__)
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def is_many(sort: type[Part], field: str) -> bool:
    """Whether the field is a list."""
    return get_origin(_bare(sort.model_fields[field].annotation)) is tuple


def inner_of(sort: type[Part], field: str) -> Any:
    """The plain type of the field, or of its list's members."""
    bare = _bare(sort.model_fields[field].annotation)
    if get_origin(bare) is tuple:
        bare = _bare(get_args(bare)[0])
    return str if get_origin(bare) is Literal else bare


# JSON


def _once(pairs: list[tuple[str, Any]]) -> Tree:
    found: Tree = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check_depth(data: bytes) -> None:
    """Brackets outside of strings, counted before anything is parsed."""
    depth, inside, escaped = 0, False, False
    for byte in data:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ExchangeRefused(Fault.TOO_LARGE, "depth")
        elif byte in b"]}":
            depth -= 1


# XML


def _write(element: Any, tree: Mapping[str, Any], profile: Profile) -> None:
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, f"{{{profile.namespace}}}{name}")
            if isinstance(one, dict):
                _write(child, one, profile)
            else:
                child.text = _text(one)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _read_message(root: Any, profile: Profile) -> Tree:
    names = profile.of(Message)
    key = names.fields.get("records", "records")
    found: Tree = {}
    for child in _children(root, profile):
        name = etree.QName(child).localname
        if name in found:
            raise ExchangeRefused(Fault.MALFORMED, f"{name} twice")
        found[name] = _read_records(child, profile) if name == key else _leaf(child)
    return found


def _read_records(element: Any, profile: Profile) -> Tree:
    found: Tree = {}
    for child in _children(element, profile):
        name = etree.QName(child).localname
        sort = profile.record(name)
        if sort is None:
            raise ExchangeRefused(Fault.UNKNOWN_RECORD, name[:60])
        found.setdefault(name, []).append(_read_part(child, sort, profile))
    return found


def _read_part(element: Any, sort: type[Part], profile: Profile) -> Tree:
    names = profile.of(sort)
    ours = {names.fields.get(one, one): one for one in sort.model_fields if one not in names.omit}
    found: Tree = {}
    for child in _children(element, profile):
        name = etree.QName(child).localname
        field = ours.get(name)
        if field is None:
            raise ExchangeRefused(Fault.UNKNOWN_FIELD, f"{names.element}.{name}"[:80])
        media = inner_of(sort, field) is Media
        value = _read_part(child, Media, profile) if media else _leaf(child)
        if is_many(sort, field):
            found.setdefault(name, []).append(value)
        elif name in found:
            raise ExchangeRefused(Fault.MALFORMED, f"{names.element}.{name} twice")
        else:
            found[name] = value
    return found


def _children(element: Any, profile: Profile) -> list[Any]:
    """Child elements, all in the profile's namespace, with no text between them and no attribute
    that says something we would not hear."""
    if element.attrib and set(element.attrib) != {VERSION}:
        raise ExchangeRefused(Fault.UNKNOWN_FIELD, str(next(iter(element.attrib)))[:60])
    found = []
    if (element.text or "").strip():
        raise ExchangeRefused(Fault.MALFORMED, "text between elements")
    for child in element:
        if child.tag is etree.Comment:
            continue
        if not isinstance(child.tag, str) or (child.tail or "").strip():
            raise ExchangeRefused(Fault.MALFORMED, "text between elements")
        if etree.QName(child).namespace != profile.namespace:
            raise ExchangeRefused(Fault.UNKNOWN_FIELD, str(child.tag)[:80])
        found.append(child)
    return found


def _leaf(element: Any) -> str:
    if len(element) or element.attrib:
        raise ExchangeRefused(Fault.MALFORMED, etree.QName(element).localname)
    return element.text or ""
