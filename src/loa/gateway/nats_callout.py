"""Answers NATS's auth callout: the broker asks, the database knows, the answer is signed.

(NATS ADR-26: authorization requests and responses are JWTs signed with Ed25519 nkeys.)
"""

import asyncio
import hmac
import json
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import nats
import nats.errors
import nkeys
import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from nats.aio.client import Client
from nats.aio.msg import Msg

from loa.gateway.admission import Credentials, Permissions, admit_all, nats_subject
from loa.gateway.broker import ACCOUNT, STORE_MAX_BYTES, BrokerSecrets, b64url
from loa.gateway.nats_store import STORE, bound_streams, store_of
from loa.gateway.quota import MESSAGE_MAX_BYTES
from loa.lib import clock
from loa.outlets import broker_state
from loa.outlets.broker_state import StoreState
from loa_protocol.encoding import b64decode

log = structlog.get_logger()

SUBJECT = "$SYS.REQ.USER.AUTH"
ADMISSION_S = 24 * 3600
SYSTEM_ACCOUNT = "SYS"
WARDEN = "warden"
AT_ONCE = 200
STALE_S = 4.0
"""A little less than the broker waits (`authorization.timeout`)."""
CONNECTIONS = "$SYS.REQ.SERVER.PING.CONNZ"
LOOK_EVERY_S = 5.0


def encode_jwt(claims: dict[str, Any], seed: str) -> str:
    """A NATS JWT (`ed25519-nkey`) over the claims, signed with the account's seed."""
    header = b64url(b'{"typ":"JWT","alg":"ed25519-nkey"}')
    body = b64url(json.dumps(claims, separators=(",", ":"), sort_keys=True).encode())
    signature = nkeys.from_seed(seed.encode()).sign(f"{header}.{body}".encode())
    return f"{header}.{body}.{b64url(signature)}"


def decode_claims(token: str) -> dict[str, Any]:
    """The claims of a request. It comes from our own server over our own authenticated
    connection, and is only answered there. Raises ValueError for what is not a JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not a JWT")
    claims = json.loads(b64decode(parts[1]))
    if not isinstance(claims, dict):
        raise ValueError("claims are not an object")
    return claims


def user_claims(user_nkey: str, issuer: str, granted: Permissions) -> dict[str, Any]:
    """What the broker will hold the device to."""
    now = int(time.time())
    return {
        "jti": f"{granted.outlet}-{now}",
        "iat": now,
        "exp": now + ADMISSION_S,
        "iss": issuer,
        "name": granted.outlet,
        "sub": user_nkey,
        "aud": ACCOUNT,
        "nats": {
            "type": "user",
            "version": 2,
            "subs": 8,
            "data": -1,
            "payload": MESSAGE_MAX_BYTES,
            "pub": {"allow": [nats_subject(topic) for topic in granted.write]},
            "sub": {"allow": [nats_subject(topic) for topic in granted.read]},
            "allowed_connection_types": ["MQTT", "MQTT_WS"],
        },
    }


def warden_claims(user_nkey: str, issuer: str) -> dict[str, Any]:
    """The one client of the system account: it finds and closes connections and reads how full the
    store is, nothing else."""
    now = int(time.time())
    return {
        "jti": f"{WARDEN}-{now}",
        "iat": now,
        "iss": issuer,
        "name": WARDEN,
        "sub": user_nkey,
        "aud": SYSTEM_ACCOUNT,
        "nats": {
            "type": "user",
            "version": 2,
            "subs": -1,
            "data": -1,
            "payload": -1,
            "pub": {"allow": [CONNECTIONS, STORE, "$SYS.REQ.SERVER.*.KICK"]},
            "sub": {"allow": ["_INBOX.>"]},
        },
    }


async def _kick(warden: Client, outlet: str) -> None:
    query = json.dumps({"auth": True, "user": outlet, "acc": ACCOUNT}).encode()
    try:
        answer = json.loads((await warden.request(CONNECTIONS, query, timeout=2)).data)
        for connection in answer["data"].get("connections") or ():
            if connection.get("mqtt_client") == outlet:
                server = answer["server"]["id"]
                order = json.dumps({"cid": connection["cid"]}).encode()
                await warden.request(f"$SYS.REQ.SERVER.{server}.KICK", order, timeout=2)
    except (nats.errors.Error, KeyError, ValueError) as error:
        # The device is refused everywhere else already; its connection ends with its admission.
        log.warning("could not show out", outlet=outlet, error=repr(error))


def _note(state: StoreState | None) -> None:
    if state is not None:
        broker_state.store_note(state, clock.now())


class Callout:
    """The callout service in a thread of its own; `start` returns once it answers."""

    def __init__(
        self, url: str, secrets: BrokerSecrets, store_max_bytes: int = STORE_MAX_BYTES
    ) -> None:
        self._url = url
        self._secrets = secrets
        self._issuer = secrets.issuer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callout", daemon=True)
        self.ready = threading.Event()
        self._leaving: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._rouse: Callable[[], object] = lambda: None
        self._asking: asyncio.Queue[tuple[float, Msg]] = asyncio.Queue()
        self._refused = 0
        self._bounded = False
        self._store_max_bytes = store_max_bytes

    def start(self) -> None:
        self._thread.start()

    def wait_ready(self, limit_s: float) -> bool:
        """Whether it answers the broker."""
        return self.ready.wait(limit_s)

    def refill(self) -> None:
        """Nothing to fill: the broker asks at every connect."""

    def let_in(self, outlet: str) -> None:
        """The broker asks at every connect; the box that hung there before is shown out."""
        self.show_out(outlet)

    def show_out(self, outlet: str) -> None:
        """Have the broker close the connection of a device that counts no more."""
        self._leaving.put(outlet)
        self._rouse()

    def stop(self) -> None:
        self._stop.set()
        self._rouse()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._rouse = lambda: None

    async def _serve(self) -> None:
        client = await self._connect("gateway")
        judging = asyncio.ensure_future(self._judge_all())
        await client.subscribe(SUBJECT, cb=self._answer)
        await client.flush()
        self.ready.set()
        warden = await self._connect(WARDEN)
        look_at_s, roused, loop = 0.0, asyncio.Event(), asyncio.get_running_loop()
        self._rouse = lambda: loop.call_soon_threadsafe(roused.set)
        while not self._stop.is_set():
            now_s = loop.time()
            if now_s >= look_at_s:
                look_at_s = now_s + LOOK_EVERY_S
                self._say_refused()
                if not self._bounded:
                    self._bounded = await bound_streams(client, self._store_max_bytes)
                await sync_to_async(_note)(await store_of(warden))
            while not self._leaving.empty():
                await _kick(warden, self._leaving.get())
            with suppress(TimeoutError):
                await asyncio.wait_for(roused.wait(), LOOK_EVERY_S)
            roused.clear()
        judging.cancel()
        await warden.close()
        await client.close()

    def _say_refused(self) -> None:
        """Counted and not logged one by one: whoever is refused may come a thousand times a second
        to fill the disk with lines."""
        if self._refused:
            log.info("broker refused clients", number=self._refused)
            self._refused = 0

    async def _connect(self, user: str) -> Client:
        return await nats.connect(
            self._url,
            user=user,
            password=self._secrets.passwords[user],
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            allow_reconnect=True,
            connect_timeout=2,
            name=f"loa-{user}",
            error_cb=self._on_error,
            disconnected_cb=self._on_down,
            reconnected_cb=self._on_up,
        )

    async def _on_error(self, error: Exception) -> None:
        log.warning("broker callout", error=type(error).__name__)

    async def _on_down(self) -> None:
        self.ready.clear()

    async def _on_up(self) -> None:
        self._bounded = False  # it may be another store
        self.ready.set()

    async def _answer(self, message: Msg) -> None:
        """One client waits. After a power cut ten thousand do: they are judged many at a time."""
        self._asking.put_nowait((asyncio.get_running_loop().time(), message))

    async def _judge_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asked = [await self._asking.get()]
            while len(asked) < AT_ONCE and not self._asking.empty():
                asked.append(self._asking.get_nowait())
            # The broker gave up on those that waited longer: answering them would only make all
            # others wait as long. They come again, at times of their own.
            fresh = [(at, one) for at, one in asked if loop.time() - at < STALE_S]
            if not await self._judged([one for _, one in fresh]) and len(fresh) > 1:
                # One of them broke it. What the others wait for must not hang on that one.
                for at, one in fresh:
                    if loop.time() - at < STALE_S:
                        await self._judged([one])
            for _ in asked:
                self._asking.task_done()

    async def _judged(self, messages: list[Msg]) -> bool:
        """Whether all of them were answered. The door stays whatever happens: who was not is
        refused by the broker's time-out."""
        try:
            await self._judge(messages)
        except Exception:
            log.exception("broker callout")
            return False
        return True

    async def _judge(self, messages: list[Msg]) -> None:
        requests = [(one, found) for one in messages if (found := _request(one)) is not None]
        clients = [_credentials(request) for _, request in requests]
        granted = await sync_to_async(_admit)(
            [Credentials("", "", "") if self._is_warden(one) else one for one in clients]
        )
        for (message, request), client, allowed in zip(requests, clients, granted, strict=True):
            nkey = str(request["user_nkey"])
            answer = {"error": "not admitted"}
            if self._is_warden(client):
                claims = warden_claims(nkey, self._issuer)
                answer = {"jwt": encode_jwt(claims, self._secrets.issuer_seed)}
            elif allowed is not None:
                claims = user_claims(nkey, self._issuer, allowed)
                answer = {"jwt": encode_jwt(claims, self._secrets.issuer_seed)}
            else:
                self._refused += 1
            response = {
                "iat": int(time.time()),
                "iss": self._issuer,
                "sub": nkey,
                "aud": request["server_id"]["id"],
                "jti": nkey,
                "nats": {"type": "authorization_response", "version": 2, **answer},
            }
            await message.respond(encode_jwt(response, self._secrets.issuer_seed).encode())

    def _is_warden(self, client: Credentials) -> bool:
        return client.user == WARDEN and hmac.compare_digest(
            client.password.encode("utf-8", "surrogatepass"),
            self._secrets.passwords[WARDEN].encode(),
        )


def _request(message: Msg) -> dict[str, Any] | None:
    """What the broker asks; None for what is no such question."""
    try:
        request = decode_claims(message.data.decode())["nats"]
        _ = request["user_nkey"], request["server_id"]["id"], request["connect_opts"].get("user")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("broker callout refused", error=repr(error))
        return None
    found: dict[str, Any] = request
    return found


def _credentials(request: dict[str, Any]) -> Credentials:
    options, info = request["connect_opts"], request.get("client_info") or {}
    return Credentials(
        str(info.get("mqtt_id", "")), str(options.get("user", "")), str(options.get("pass", ""))
    )


def _admit(clients: list[Credentials]) -> list[Permissions | None]:
    close_old_connections()
    try:
        return admit_all(clients)
    finally:
        close_old_connections()
