"""A small faithful node over HTTP: real envelopes, real checks of the devices' signatures.

It can be run in the test's process, be stopped and started on the same port, limit the speed of
media (so that a device can be killed while it downloads), and lie where a test asks it to.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from loa_protocol import Envelope, Kind, PublicKey, Reason, Refused, verify_signed_by
from loa_protocol.device_api import (
    COMMANDS,
    ENROL,
    MEDIA,
    OPEN,
    ORDERS,
    PLAN,
    POLICY,
    RECEIPTS,
    REQUEST_HEADER,
    TIME,
    TRUST,
    Commands,
    Enrol,
    Enrolled,
    Mqtt,
    Orders,
    Policies,
    Receipts,
    ReceiptsStored,
    TrustDocuments,
    check_request,
    dump_body,
    parse_body,
    read_request,
)
from loa_protocol.payloads import Media, ReceiptItem

from .fake_authority import NODE, FakeAuthority, utc_now


@dataclass
class Device:
    outlet: str
    key: PublicKey
    assignment: Envelope


@dataclass
class FakeNode:
    """The node's state. Attributes may be changed by a test while it serves."""

    authority: FakeAuthority
    now: Callable[[], datetime] = utc_now
    claims: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    plan: Envelope | bytes | None = None
    policies: list[Envelope] = field(default_factory=list)
    orders: list[Envelope] = field(default_factory=list)
    commands: list[Envelope] = field(default_factory=list)
    receipts: dict[str, Envelope] = field(default_factory=dict)
    media_bytes_s: int | None = None
    ranges_asked: list[tuple[str, int]] = field(default_factory=list)
    mqtt: Mqtt | None = None
    parents: tuple[str, ...] = ()
    tamper_media: bool = False
    refuse_receipts: bool = False
    time_asked: int = 0
    before_enrolled: Callable[[], None] = lambda: None
    """What happens between a device's wish to enrol and the answer."""

    def __post_init__(self) -> None:
        self.policies = self.policies or [self.authority.policy(self.now())]
        self.trusts = [self.authority.trust(self.now())]
        self.changed = threading.Condition()
        self._server: _Server | None = None
        self.port = 0
        self.url = ""

    # What tests do

    def start(self) -> FakeNode:
        node = self

        class Handler(_Handler):
            fake = node

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.close_all()
            self._server = None
        with self.changed:
            self.changed.notify_all()

    def claim(self, outlet: str) -> dict[str, object]:
        code = f"claim-{outlet}"
        self.claims[code] = outlet
        return {
            "urls": [self.url],
            "root_sha256": self.authority.root_sha256,
            "claim": code,
            "outlet": outlet,
            "serial": f"SN-{outlet}",
            "model": "test",
        }

    def add_media(self, data: bytes) -> Media:
        digest = hashlib.sha256(data).hexdigest()
        self.media[digest] = data
        return Media(sha256=digest, bytes=len(data))

    def items(self, outlet: str | None = None) -> list[ReceiptItem]:
        """All lines of all stored receipts, in the order they came."""
        found: list[ReceiptItem] = []
        for envelope in list(self.receipts.values()):
            for device in self.devices.values():
                if envelope.sigs[0].kid != device.key.kid:
                    continue
                if outlet is None or device.outlet == outlet:
                    doc = verify_signed_by(envelope, device.key, Kind.RECEIPT)
                    found.extend(doc.items)  # type: ignore[attr-defined]
        return found

    def results(self, outlet: str | None = None) -> list[tuple[str, str | None]]:
        return [(item.result, item.reason) for item in self.items(outlet)]

    def wait_until(self, fact: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Wait for something that devices bring about."""
        deadline = time.monotonic() + limit_s
        while not fact():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {limit_s} s; receipts: {self.results()}")
            with self.changed:
                self.changed.wait(0.05)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, *args: object) -> None:
        self.open_sockets: set[object] = set()
        super().__init__(*args)  # type: ignore[arg-type]

    def process_request(self, request: object, client_address: object) -> None:
        self.open_sockets.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        self.open_sockets.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """A device that was killed hung up: nothing to report."""

    def close_all(self) -> None:
        self.server_close()
        for one in list(self.open_sockets):
            super().shutdown_request(one)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeNode

    def log_message(self, *_args: object) -> None:
        """Tests say what they need."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        try:
            if path.startswith(OPEN):
                self._send(200, self.fake_open().to_bytes())
            elif path == ENROL:
                self._enrol(body)
            else:
                self._known(path, body, self._device(body))
        except Refused as refused:
            self._send(403, json.dumps({"error": str(refused.reason)}).encode())

    def fake_open(self) -> Envelope:
        fake = self.fake
        return fake.authority.open(fake.now(), tuple(o.id for o in fake.orders))

    def _device(self, body: bytes) -> Device:
        request = read_request(self.headers[REQUEST_HEADER])
        for device in self.fake.devices.values():
            if request.sigs[0].kid == device.key.kid:
                check_request(
                    request,
                    device.key,
                    node=NODE,
                    method=self.command,
                    path=self.path,
                    body=body,
                    now=self.fake.now(),
                )
                return device
        raise Refused(Reason.UNKNOWN_KEY)

    def _enrol(self, body: bytes) -> None:
        fake = self.fake
        wish = parse_body(Enrol, body)
        key = PublicKey.from_text(wish.alg, wish.key)
        known = next((d for d in fake.devices.values() if d.key == key), None)
        outlet = known.outlet if known else fake.claims.pop(wish.claim or "", None)
        if outlet is None:
            self._send(403, b'{"error":"bad_claim"}')
            return
        if known is None:
            assignment = fake.authority.assignment(
                outlet, (fake.url,), fake.now(), parents=fake.parents
            )
            fake.devices[outlet] = Device(outlet, key, assignment)
        device = fake.devices[outlet]
        fake.before_enrolled()
        answer = Enrolled(
            outlet=outlet,
            root=fake.authority.root.to_value(),
            chain=tuple(e.to_value() for e in fake.authority.chain),
            assignment=device.assignment.to_value(),
            policy=tuple(e.to_value() for e in fake.policies),
            trust=tuple(e.to_value() for e in fake.trusts),
            mqtt=fake.mqtt,
        )
        self._send(200, dump_body(answer))

    def _known(self, path: str, body: bytes, device: Device) -> None:
        fake = self.fake
        if path == TIME:
            fake.time_asked += 1
            nonce = parse_qs(urlsplit(self.path).query)["nonce"][0]
            answer = fake.authority.time(device.outlet, nonce, fake.now())
            self._send(200, answer.to_bytes())
        elif path == TRUST:
            documents = TrustDocuments(
                root=(fake.authority.root.to_value(),),
                chain=tuple(e.to_value() for e in fake.authority.chain),
                trust=tuple(e.to_value() for e in fake.trusts),
                assignment=device.assignment.to_value(),
            )
            self._send(200, dump_body(documents))
        elif path == POLICY:
            policies = Policies(policy=tuple(e.to_value() for e in fake.policies))
            self._send(200, dump_body(policies))
        elif path == PLAN:
            plan = fake.plan.to_bytes() if isinstance(fake.plan, Envelope) else fake.plan
            self._send(200 if plan else 404, plan or b'{"error":"no_plan"}')
        elif path == COMMANDS:
            commands = Commands(commands=tuple(c.to_value() for c in fake.commands))
            self._send(200, dump_body(commands))
        elif path == ORDERS:
            self._orders()
        elif path == RECEIPTS:
            self._receipts(body, device)
        elif path.startswith(MEDIA):
            self._media(path.removeprefix(MEDIA))
        else:
            self._send(404, b'{"error":"unknown"}')

    def _orders(self) -> None:
        fake = self.fake
        query = parse_qs(urlsplit(self.path).query)
        wait_s, count = int(query["wait"][0]), len(fake.orders)
        if wait_s:
            with fake.changed:
                fake.changed.wait_for(
                    lambda: len(fake.orders) != count or fake._server is None, wait_s
                )
        orders = Orders(
            orders=tuple(o.to_value() for o in fake.orders), open=self.fake_open().to_value()
        )
        self._send(200, dump_body(orders))

    def _receipts(self, body: bytes, device: Device) -> None:
        fake = self.fake
        if fake.refuse_receipts:
            self._send(503, b'{"error":"busy"}')
            return
        stored = []
        for value in parse_body(Receipts, body).receipts:
            envelope = Envelope.from_value(value)
            verify_signed_by(envelope, device.key, Kind.RECEIPT)
            fake.receipts.setdefault(envelope.id, envelope)
            stored.append(envelope.id)
        self._send(200, dump_body(ReceiptsStored(stored=tuple(stored))))
        with fake.changed:
            fake.changed.notify_all()

    def _media(self, sha256: str) -> None:
        fake = self.fake
        data = fake.media.get(sha256)
        if data is None:
            self._send(404, b'{"error":"media_missing"}')
            return
        if fake.tamper_media:
            data = data[:-1] + bytes([data[-1] ^ 1])
        start = 0
        wanted = self.headers.get("Range")
        if wanted:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        fake.ranges_asked.append((sha256, start))
        self.send_response(206 if wanted else 200)
        self.send_header("ETag", f'"{sha256}"')
        self.send_header("Content-Length", str(len(data) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        step = 4096
        for at in range(start, len(data), step):
            self.wfile.write(data[at : at + step])
            if fake.media_bytes_s:
                time.sleep(step / fake.media_bytes_s)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def soon(node: FakeNode, seconds: float) -> datetime:
    """A whole millisecond `seconds` from the node's now."""
    at = node.now() + timedelta(seconds=seconds)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
