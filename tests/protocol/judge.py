"""A receiver that judges the published vectors, from the published file alone."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from loa_protocol import (
    Channel,
    Context,
    Envelope,
    Kind,
    PublicKey,
    Receiver,
    Refused,
    SignatureCache,
    TrustState,
    parse_time,
    verify,
    verify_signed_by,
)
from loa_protocol.context import StoredTemplate
from loa_protocol.encoding import b64decode
from loa_protocol.fills import template_key
from loa_protocol.payloads import Fill, Template
from loa_protocol.replay import ReplayState, apply, decide

FILE = Path(__file__).parents[2] / "docs" / "protocol" / "vectors.json"
CACHE = SignatureCache()


@cache
def document() -> dict[str, Any]:
    """What is published."""
    return cast("dict[str, Any]", json.loads(FILE.read_text(encoding="utf-8")))


def vectors() -> list[dict[str, Any]]:
    """All vectors."""
    return cast("list[dict[str, Any]]", document()["vectors"])


class Judge:
    """A device that knows the root and what has been accepted so far."""

    def __init__(self) -> None:
        root = Envelope.from_value(document()["root"])
        self.trust = TrustState.begin(root, document()["anchor"])
        self.replay = ReplayState()
        self.templates: dict[str, StoredTemplate] = {}

    def take(self, vector: dict[str, Any]) -> None:
        """Accept the vector or raise Refused."""
        data = vector["text"].encode() if "text" in vector else b64decode(vector["base64url"])
        data = data.ljust(vector.get("padded_to", 0))
        now = parse_time(vector["now"])
        if "signed_by" in vector:
            fields = document()["keys"][vector["signed_by"]]
            key = PublicKey.from_text(fields["alg"], fields["key"])
            verify_signed_by(Envelope.parse(data), key, Kind(vector["way"]))
            return
        self._verify(data, Channel[vector["way"].upper()], now, vector)

    def _verify(self, data: bytes, channel: Channel, now: datetime, vector: dict[str, Any]) -> None:
        receiver = vector["receiver"]
        if receiver is not None:
            receiver = Receiver(**{**receiver, "paths": tuple(receiver["paths"])})
        context = Context(
            self.trust, now, CACHE, receiver, vector["time_known"], templates=self.templates
        )
        verified = verify(data, channel, context)
        doc = verified.payload
        template = self.templates.get(template_key(doc)) if isinstance(doc, Fill) else None
        self.replay = apply(self.replay, decide(self.replay, verified, now, template))
        self.trust = verified.trust
        if isinstance(doc, Template):
            kept = StoredTemplate(verified.envelope, doc)
            self.templates = {**self.templates, template_key(doc): kept}


def verdict(vector: dict[str, Any]) -> str:
    """`accepted`, or the name of the refusal; what comes before must be accepted."""
    judge = Judge()
    for earlier in vector.get("before", ()):
        judge.take(earlier)
    try:
        judge.take(vector)
    except Refused as refused:
        return str(refused.reason)
    return "accepted"
