"""JSON Schemas and the AsyncAPI document of the wire, generated from the models.

Schemas say less than the protocol page: order of checks, rights and dates are not in them.
"""

from typing import Any

from . import device_api, topics
from .envelope import CHAIN_MAX, SIGNATURES_MAX
from .kinds import CHAIN_KINDS, Kind
from .payloads import MODELS, Wire
from .topics import RETAINED, TopicKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"

MESSAGES: dict[str, type[Wire]] = {
    "enrol": device_api.Enrol,
    "enrol-wait": device_api.EnrolWait,
    "enrolled": device_api.Enrolled,
    "orders": device_api.Orders,
    "commands": device_api.Commands,
    "trust-documents": device_api.TrustDocuments,
    "trust-lists": device_api.TrustLists,
    "policies": device_api.Policies,
    "receipts": device_api.Receipts,
    "receipts-stored": device_api.ReceiptsStored,
    "error": device_api.ErrorAnswer,
    "plan-hint": device_api.PlanHint,
    "presence": device_api.Presence,
    "health": device_api.Health,
}

Schema = dict[str, Any]


def envelope_schema() -> Schema:
    """The envelope, and its chain's members."""
    base64url = {"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}
    signature = {
        "type": "object",
        "properties": {
            "kid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
            "sig": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"},
        },
        "required": ["kid", "sig"],
        "additionalProperties": False,
    }
    signatures = {"type": "array", "items": signature, "maxItems": SIGNATURES_MAX}

    def envelope(kinds: list[str], chain: Schema) -> Schema:
        return {
            "type": "object",
            "properties": {
                "v": {"const": 1},
                "kind": {"enum": kinds},
                "payload": base64url,
                "sigs": signatures,
                "chain": chain,
            },
            "required": ["v", "kind", "payload", "sigs", "chain"],
            "additionalProperties": False,
        }

    member = envelope(sorted(CHAIN_KINDS), {"type": "array", "maxItems": 0})
    chain = {"type": "array", "items": member, "maxItems": CHAIN_MAX}
    whole = envelope([str(kind) for kind in Kind], chain)
    return {"$schema": DIALECT, "title": "envelope", **whole}


def payload_schema(kind: Kind) -> Schema:
    """The payload of a kind, as it must be after verification."""
    return _schema(str(kind), MODELS[kind], always=("kind",))


def message_schema(name: str) -> Schema:
    """A body of the devices' HTTPS side or an unsigned MQTT message: see MESSAGES."""
    return _schema(name, MESSAGES[name])


def asyncapi() -> Schema:
    """An AsyncAPI 3 document of the MQTT topics, seen from a device."""
    forms = {
        TopicKind.AREA: (topics.area("{commune}"), "envelope", "receive"),
        TopicKind.OPEN: (topics.area_open("{commune}"), "envelope", "receive"),
        TopicKind.PLAN: (topics.station_plan("{station}"), "plan-hint", "receive"),
        TopicKind.DO: (topics.outlet_do("{outlet}"), "envelope", "receive"),
        TopicKind.PRESENCE: (topics.presence("{outlet}"), "presence", "send"),
        TopicKind.HEALTH: (topics.health("{outlet}"), "health", "send"),
        TopicKind.RECEIPT: (topics.receipt("{outlet}"), "envelope", "send"),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loa, the doorbell",
            "version": "1",
            "description": "MQTT 3.1.1, QoS 0. What must arrive also goes over HTTPS.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _broker()},
        "channels": {kind: _channel(kind, *form[:2]) for kind, form in forms.items()},
        "operations": {
            kind: {"action": form[2], "channel": {"$ref": f"#/channels/{kind}"}}
            for kind, form in forms.items()
        },
        "components": {
            "messages": {
                name: {"payload": {"$ref": f"schemas/{_file(name)}.json"}}
                for name in ("envelope", "plan-hint", "presence", "health")
            },
            "securitySchemes": {
                "device": {
                    "type": "userPassword",
                    "description": "User: the outlet's id. Password: `mqtt.password` of enrolment.",
                }
            },
        },
    }


def _broker() -> Schema:
    """Where and as whom a device connects; the address comes with its enrolment."""
    return {
        "host": "{host}",
        "protocol": "secure-mqtt",
        "protocolVersion": "3.1.1",
        "description": "One of `mqtt.urls` of enrolment: mqtts:// (8883), or mqtt:// (1883).",
        "variables": {"host": {"description": "host and port of the URL"}},
        "security": [{"$ref": "#/components/securitySchemes/device"}],
        "bindings": {
            "mqtt": {
                "clientId": "{outlet}",
                "cleanSession": True,
                "keepAlive": 45,
                "lastWill": {
                    "topic": topics.presence("{outlet}"),
                    "qos": 0,
                    "retain": True,
                    "message": '{"online":false}',
                },
            }
        },
    }


def _file(message: str) -> str:
    return message if message == "envelope" else f"message-{message}"


_PARAMETERS = {
    "commune": "The commune's five digits.",
    "station": "The station's id.",
    "outlet": "The outlet's id, which is also the MQTT client id and user.",
}


def _channel(kind: TopicKind, address: str, message: str) -> Schema:
    return {
        "address": address,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "parameters": {
            name: {"description": text}
            for name, text in _PARAMETERS.items()
            if "{" + name + "}" in address
        },
        "bindings": {"mqtt": {"qos": 0, "retain": kind in RETAINED}},
    }


def _schema(title: str, model: type[Wire], always: tuple[str, ...] = ()) -> Schema:
    schema = _without_null(model.model_json_schema(by_alias=True))
    schema["required"] = [*always, *schema.get("required", ())]
    return {"$schema": DIALECT, **schema, "title": title}


def _without_null(value: Any) -> Any:
    """Absent is left out on the wire, never null; and titles made from names say nothing."""
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    if not isinstance(value, dict):
        return value
    choices = value.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        kept = {k: v for k, v in value.items() if k not in ("anyOf", "default", "title")}
        single = rest[0] if len(rest) == 1 else {"anyOf": rest}
        return _without_null({**kept, **single})
    return {
        key: _without_null(item)
        for key, item in value.items()
        if not (key == "title" and isinstance(item, str))
    }
