"""The readable page of the wire: the template's prose with generated tables."""

from pathlib import Path
from typing import Any

from loa_protocol import schemas
from loa_protocol.context import Channel
from loa_protocol.device_api import short_key
from loa_protocol.kinds import KIB, RULES, Kind
from loa_protocol.refusals import Reason
from tools.protocol import script
from tools.protocol.reasons import MEANINGS
from tools.protocol.vectors import document
from tools.protocol.world import key_named

TEMPLATE = Path(__file__).with_name("README.template.md")
COMMON = ("kind", "issuer", "target", "issued", "expires", "nonce", "crit", "version")

Table = list[list[str]]


def render() -> str:
    """README.md of docs/protocol."""
    text = TEMPLATE.read_text(encoding="utf-8")
    parts = {
        "kinds": _table(["kind", "nature", "target", "signed by", "bytes", "life"], _kinds()),
        "channels": _table(["way in", "kinds"], _channels()),
        "fields": "\n".join(_fields(kind) for kind in Kind),
        "messages": "\n".join(_message(name) for name in schemas.MESSAGES),
        "reasons": _table(["name", "refused because"], _reasons()),
        "vectors": _table(["vector", "expected"], _vectors()),
        "scripts": "\n".join(f"| {one['name']} |" for one in script.document()["scripts"]),
        "short_key": short_key(key_named("o1").public),
    }
    for name, part in parts.items():
        mark = "{{" + name + "}}"
        if text.count(mark) != 1:
            raise ValueError(f"the template has {mark} not exactly once")
        text = text.replace(mark, part.rstrip())
    return text


def _kinds() -> Table:
    rows = []
    for kind, rule in RULES.items():
        life = "" if rule.max_life_s is None else f"{rule.max_life_s // 3600} h"
        size = f"{rule.max_bytes // KIB} KiB"
        rows.append([f"`{kind}`", rule.nature, rule.target, rule.signers, size, life])
    return rows


def _channels() -> Table:
    order = list(Kind)
    return [
        [c.name.lower(), ", ".join(f"`{k}`" for k in sorted(c.value, key=order.index))]
        for c in Channel
    ]


def _fields(kind: Kind) -> str:
    schema = schemas.payload_schema(kind)
    return f"#### {kind}\n\n{_description(schema)}\n\n{_properties(schema, COMMON)}"


def _message(name: str) -> str:
    schema = schemas.message_schema(name)
    return f"#### {name}\n\n{_description(schema)}\n\n{_properties(schema, ())}"


def _description(schema: dict[str, Any]) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _properties(schema: dict[str, Any], without: tuple[str, ...]) -> str:
    definitions = schema.get("$defs", {})
    rows = []
    for name, field in schema["properties"].items():
        if name not in without:
            needed = "" if name in schema["required"] else "optional"
            rows.append([f"`{name}`", _type(field, definitions), needed])
    if not rows:
        return "No further fields.\n"
    return _table(["field", "type", ""], rows)


def _type(field: dict[str, Any], definitions: dict[str, Any], depth: int = 0) -> str:
    """A type in words."""
    if "$ref" in field:
        return _object(definitions[field["$ref"].rpartition("/")[2]], definitions, depth)
    if "anyOf" in field:
        return " or ".join(_type(choice, definitions, depth) for choice in field["anyOf"])
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    match field.get("type"):
        case "array":
            bounds = _bounds(field, "minItems", "maxItems")
            return f"list{bounds} of {_type(field['items'], definitions, depth)}"
        case "object":
            return _map(field, definitions, depth)
        case "integer":
            return "integer" + _bounds(field, "minimum", "maximum")
        case "string":
            return _string(field)
        case other:
            return str(other or "any")


def _map(field: dict[str, Any], definitions: dict[str, Any], depth: int) -> str:
    values = [*field.get("patternProperties", {}).values(), field.get("additionalProperties")]
    inner = next((value for value in values if isinstance(value, dict)), None)
    return f"map to {_type(inner, definitions, depth)}" if inner is not None else "object"


def _object(schema: dict[str, Any], definitions: dict[str, Any], depth: int) -> str:
    required = schema.get("required", ())
    parts = [
        f"`{name}`{'' if name in required else '?'}: {_type(field, definitions, depth + 1)}"
        for name, field in schema["properties"].items()
    ]
    return "{" + "; ".join(parts) + "}"


_PATTERNS = {
    "^vn(/": "path",
    "^(outlet|station|node):": "address",
    "^[a-z0-9][a-z0-9-]{0,63}$": "id",
    "^[0-9a-f]{64}$": "hex SHA-256",
    "^[A-Za-z0-9_-]{22}$": "16 bytes base64url",
    "^[A-Za-z0-9_-]{43,87}$": "key",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T": "time",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "date",
    "^[a-z][a-z0-9+.-]*://": "URL",
}


def _string(field: dict[str, Any]) -> str:
    pattern = str(field.get("pattern", ""))
    for start, name in _PATTERNS.items():
        if pattern.startswith(start):
            return name
    if pattern:
        return f"string `{pattern}`".replace("|", "\\|")
    return "string" + _bounds(field, "minLength", "maxLength")


def _bounds(field: dict[str, Any], low: str, high: str) -> str:
    if low not in field and high not in field:
        return ""
    return f" ({field.get(low, '')}..{field.get(high, '')})"


def _reasons() -> Table:
    if set(MEANINGS) != set(Reason):
        raise ValueError("a reason lacks its meaning")
    return [[f"`{reason}`", MEANINGS[reason]] for reason in Reason]


def _vectors() -> Table:
    return [[vector["name"], f"`{vector['expect']}`"] for vector in document()["vectors"]]


def _table(head: list[str], rows: Table) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
