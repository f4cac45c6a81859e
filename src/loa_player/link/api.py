"""The devices' side of a node, call by call (protocol page, section 8).

Nothing here is believed: what comes back are bytes for the verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loa_player.identity import Identity
from loa_player.link.http import Answer, HttpLine, LinkError
from loa_player.media_cache import MediaStream
from loa_protocol import Envelope, PublicKey, Refused
from loa_protocol.device_api import (
    COMMANDS,
    ENROL,
    PLAN,
    POLICY,
    RECEIPTS,
    REQUEST_HEADER,
    TIME,
    TRUST,
    UNKNOWN_NODE,
    Commands,
    Enrol,
    Enrolled,
    EnrolWait,
    ErrorAnswer,
    Orders,
    Policies,
    Receipts,
    ReceiptsStored,
    TrustDocuments,
    TrustLists,
    build_request,
    dump_body,
    media_path,
    open_orders_path,
    open_path,
    open_trust_path,
    orders_url,
    parse_body,
)
from loa_protocol.payloads import Issuer, new_nonce

_OK, _ACCEPTED, _PARTIAL, _NOT_MODIFIED, _NOT_FOUND, _RANGE = 200, 202, 206, 304, 404, 416
_BROKEN = 500
_LONG_POLL_EXTRA_S = 15.0


class NodeError(Exception):
    """The node answered with an error; `name` is the protocol's word for it."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(f"{status} {name}")
        self.status = status
        self.name = name


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and whom: what signed requests need."""

    issuer: Issuer
    node: str


@dataclass(frozen=True, slots=True)
class PublicOpen:
    """A commune's `open` as it came, and the tag to ask for the next by."""

    data: bytes
    etag: str | None


@dataclass(frozen=True, slots=True)
class PublicTrust:
    """The lists of revoked keys over a commune, and the tag to ask for the next by."""

    lists: TrustLists
    etag: str | None


def nobody() -> None:
    """Nobody counts how long the node has been silent."""


class DeviceApi:
    """One line to a node. Not thread-safe, like the line.

    `heard` is called whenever the node itself has answered; a proxy in its place, that says it is
    not there, is an error of the line.
    """

    def __init__(
        self,
        line: HttpLine,
        identity: Identity,
        caller: Callable[[], Caller],
        now: Callable[[], datetime],
        heard: Callable[[], None] = nobody,
    ) -> None:
        self.line = line
        self._identity = identity
        self._caller = caller
        self._now = now
        self._heard = heard

    @property
    def serial(self) -> str:
        """The number on the device's sticker."""
        return self._identity.serial

    @property
    def key(self) -> PublicKey:
        """The device's public key."""
        return self._identity.public

    def enrol(self, claim: str | None, area: str | None = None) -> Enrolled | EnrolWait:
        """Ask to become an outlet; without a claim, to be bound by a technician of `area`.

        Raises LinkError, NodeError, Refused.
        """
        public = self._identity.public
        wish = Enrol(
            serial=self._identity.serial,
            model=self._identity.model,
            alg=public.alg,
            key=public.text,
            claim=claim,
            area=area,
        )
        caller = Caller(self._identity.newcomer(), UNKNOWN_NODE)
        answer = self._ask("POST", ENROL, dump_body(wish), caller=caller)
        if answer.status == _ACCEPTED:
            return parse_body(EnrolWait, answer.body)
        return parse_body(Enrolled, _good(answer))

    def time(self) -> tuple[bytes, str]:
        """A signed time answer and the nonce it must repeat."""
        nonce = new_nonce()
        answer = self._ask("GET", f"{TIME}?nonce={nonce}")
        return _good(answer), nonce

    def orders(self, after: str | None = None, wait_s: int = 0) -> Orders:
        """All that is open; with `wait_s` only after a change from the `open` named `after`."""
        answer = self._ask("GET", orders_url(after, wait_s), timeout_s=wait_s + _LONG_POLL_EXTRA_S)
        return parse_body(Orders, _good(answer))

    def trust(self) -> TrustDocuments:
        """Roots, delegations, revocations, the assignment."""
        return parse_body(TrustDocuments, _good(self._ask("GET", TRUST)))

    def policies(self) -> Policies:
        """What programmes may do, per place."""
        return parse_body(Policies, _good(self._ask("GET", POLICY)))

    def plan(self, known: str | None) -> bytes | None:
        """The newest plan of this device's station; None if there is none but `known` (an id)."""
        answer = self._ask("GET", PLAN, known=known)
        return None if answer.status in (_NOT_FOUND, _NOT_MODIFIED) else _good(answer)

    def commands(self) -> Commands:
        """The open commands to this device; none from a node that has no such address."""
        answer = self._ask("GET", COMMANDS)
        if answer.status == _NOT_FOUND:
            return Commands(commands=())
        return parse_body(Commands, _good(answer))

    def send_receipts(self, receipts: Sequence[Envelope]) -> ReceiptsStored:
        """Deliver proofs; what is named in the answer may be forgotten."""
        body = dump_body(Receipts(receipts=tuple(r.to_value() for r in receipts)))
        return parse_body(ReceiptsStored, _good(self._ask("POST", RECEIPTS, body)))

    def public_open(self, area: str, etag: str | None = None) -> PublicOpen | None:
        """The commune's `open` from the public address; also a parent's. None where there is none,
        or still the one of that tag."""
        answer = self._public(open_path(area), etag)
        return None if answer is None else PublicOpen(answer.body, answer.headers.get("etag"))

    def public_trust(self, area: str, etag: str | None = None) -> PublicTrust | None:
        """What was revoked over the commune, from the public address. None as `public_open`."""
        answer = self._public(open_trust_path(area), etag)
        if answer is None:
            return None
        return PublicTrust(parse_body(TrustLists, answer.body), answer.headers.get("etag"))

    def public_orders(self, area: str) -> Orders | None:
        """The orders in force there and their `open`, from a node that does not know us."""
        answer = self._public(open_orders_path(area), None)
        return None if answer is None else parse_body(Orders, answer.body)

    def _public(self, path: str, etag: str | None) -> Answer | None:
        headers = {} if etag is None else {"If-None-Match": etag}
        answer = self.line.request("GET", path, headers=headers)
        if answer.status in (_NOT_FOUND, _NOT_MODIFIED):
            return None
        _good(answer)
        return answer

    @contextmanager
    def open_media(self, sha256: str, start: int) -> Iterator[MediaStream]:
        """A media file from byte `start` on. Raises FileNotFoundError, LinkError."""
        path = media_path(sha256)
        headers = {REQUEST_HEADER: self._signed("GET", path, b"", self._caller())}
        if start:
            headers["Range"] = f"bytes={start}-"
            headers["If-Range"] = f'"{sha256}"'
        with self.line.stream(path, headers=headers) as stream:
            if stream.status == _NOT_FOUND:
                raise FileNotFoundError(sha256)
            if stream.status == _RANGE:  # ours is longer than theirs: begin again
                raise LinkError(f"{sha256}: range not satisfiable")
            if stream.status not in (_OK, _PARTIAL):
                raise LinkError(f"{sha256}: status {stream.status}")
            begins = start if stream.status == _PARTIAL else 0
            if stream.status == _PARTIAL and not _begins_at(stream.headers, start):
                raise LinkError(f"{sha256}: another range than asked for")
            self._heard()
            yield MediaStream(begins, stream.pieces)

    def _ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: bytes = b"",
        *,
        caller: Caller | None = None,
        known: str | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        headers = {REQUEST_HEADER: self._signed(method, path, body, caller or self._caller())}
        if known is not None:
            headers["If-None-Match"] = f'"{known}"'
        answer = self.line.request(method, path, body=body, headers=headers, timeout_s=timeout_s)
        if answer.status >= _BROKEN and _named(answer) is None:
            raise LinkError(f"{self.line.url}: status {answer.status}, not the node's own word")
        self._heard()
        return answer

    def _signed(
        self, method: Literal["GET", "POST"], path: str, body: bytes, caller: Caller
    ) -> str:
        return build_request(
            self._identity.key,
            issuer=caller.issuer,
            node=caller.node,
            method=method,
            path=path,
            body=body,
            now=self._now(),
        )


def _good(answer: Answer) -> bytes:
    if answer.status == _OK:
        return answer.body
    raise NodeError(answer.status, _named(answer) or "unknown")


def _named(answer: Answer) -> str | None:
    """The node's own name for what is wrong; None where somebody else speaks."""
    try:
        return parse_body(ErrorAnswer, answer.body[:4096]).error
    except Refused:
        return None


def _begins_at(headers: Mapping[str, str], start: int) -> bool:
    return headers.get("content-range", "").startswith(f"bytes {start}-")
