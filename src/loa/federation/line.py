"""The node below's end of the connection: signed requests over HTTP(S), within bounds."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Literal, TypeVar, cast

import urllib3
from pydantic import ValidationError

from loa.federation import admission, incoming, outgoing, selectors, talk
from loa.federation.models import Fetch, Link
from loa.federation.refusals import Fault, LinkRefused
from loa.lib import clock
from loa.people.acceptance import trust_now
from loa.people.authority import NodeIdentity
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa_protocol import peer_api
from loa_protocol.context import Channel, Context
from loa_protocol.device_api import REQUEST_HEADER, dump_body, parse_body
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.paths import node_address
from loa_protocol.payloads import Wire
from loa_protocol.refusals import Reason, Refused

M = TypeVar("M", bound=Wire)

CONNECT_S, READ_S = 10.0, 30.0
PIECE_BYTES = 256 * 1024
COMPRESS_FROM_BYTES = 1024
_KNOWN = {name.value: name for name in (*Fault, *Reason)}


class Line:
    """One connection to the node above, kept open. Not for several threads."""

    def __init__(self, url: str, peer: str, node: NodeIdentity) -> None:
        self.url, self.peer, self.node = url.rstrip("/"), peer, node
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1, retries=False)

    def close(self) -> None:
        self._pool.clear()

    def post(self, path: str, message: Wire, model: type[M], *, wait_s: float = 0.0) -> M:
        """Ask by a message; the answer read as strictly as any. Raises LinkRefused: what the other
        side named, UNREACHABLE, BAD_ANSWER, TOO_LARGE."""
        body = dump_body(message)
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if len(body) >= COMPRESS_FROM_BYTES:
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        response = self._send("POST", path, body, headers, READ_S + wait_s)
        try:
            data = _read(response)
        finally:
            response.release_conn()
        if response.status != 200:
            raise _fault(response.status, data)
        try:
            return parse_body(model, data)
        except Refused as refused:
            raise LinkRefused(Fault.BAD_ANSWER, str(refused)) from refused

    def pieces(self, one: Fetch, start: int) -> Iterator[bytes]:
        """A file's bytes from `start` on, in answers of at most what the other side gives at once.
        Raises LinkRefused."""
        while start < one.bytes:
            headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
            response = self._send("GET", peer_api.MEDIA + one.sha256, b"", headers, READ_S)
            try:
                if response.status != 206 and not (response.status == 200 and start == 0):
                    raise _fault(response.status, response.read(4096))
                came = 0
                for piece in response.stream(PIECE_BYTES, decode_content=False):
                    came += len(piece)
                    yield piece
            except urllib3.exceptions.HTTPError as error:
                raise LinkRefused(Fault.UNREACHABLE, type(error).__name__) from error
            finally:
                response.close()
            if not came:
                return
            start += came

    def _send(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: bytes,
        headers: dict[str, str],
        read_s: float,
    ) -> urllib3.BaseHTTPResponse:
        signed = peer_api.sign_request(
            self.node.key,
            issuer=self.node.issuer,
            chain=self.node.chain,
            node=self.peer,
            method=method,
            path=path,
            body=body,
            clock=clock.current(),
        )
        try:
            return self._pool.request(
                method,
                self.url + path,
                body=body or None,
                headers={**headers, REQUEST_HEADER: signed},
                timeout=urllib3.Timeout(connect=CONNECT_S, read=read_s),
                preload_content=False,
                decode_content=False,
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise LinkRefused(Fault.UNREACHABLE, type(error).__name__) from error


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    most = peer_api.ANSWER_MAX_BYTES
    try:
        data = response.read(most + 1, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        raise LinkRefused(Fault.UNREACHABLE, type(error).__name__) from error
    if len(data) > most:
        raise LinkRefused(Reason.TOO_LARGE, "answer")
    if response.headers.get("Content-Encoding") != "gzip":
        return data
    return unpack(data)


def unpack(data: bytes) -> bytes:
    """Gzip of at most ANSWER_MAX_BYTES. A bomb is cut off, not unpacked. Raises LinkRefused."""
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(data, peer_api.ANSWER_MAX_BYTES + 1)
    except zlib.error as error:
        raise LinkRefused(Fault.BAD_ANSWER, "not gzip") from error
    if len(plain) > peer_api.ANSWER_MAX_BYTES:
        raise LinkRefused(Reason.TOO_LARGE, "unpacked")
    if not stream.eof:
        raise LinkRefused(Fault.BAD_ANSWER, "cut off")
    return plain


def _fault(status: int, data: bytes) -> LinkRefused:
    """The other side's own name for what is wrong, if it gave one."""
    try:
        fault = parse_body(peer_api.Fault, data)
    except (Refused, ValidationError):
        return LinkRefused(Fault.HTTP_ERROR, str(status))
    known = _KNOWN.get(fault.error)
    if known is None:
        return LinkRefused(Fault.HTTP_ERROR, f"{status} {fault.error}")
    return LinkRefused(known, fault.detail or "")


def join(*, actor: Actor, node: NodeIdentity, url: str, code: str, parent: str) -> Link:
    """Link this node to the one above by its code. Raises NotAllowed, LinkRefused.

    Both sides' keys are judged under the root: theirs by the head that it signs for us.
    """
    ensure(actor, Action.ACCOUNT_MANAGE, node.path)
    line = Line(url, parent, node)
    try:
        asked = peer_api.Join(code=code.strip(), software=talk.SOFTWARE)
        came = line.post(peer_api.JOIN, asked, peer_api.Joined)
    finally:
        line.close()
    trust = trust_now()
    try:
        envelope = Envelope.from_value(came.head)
        if envelope.kind is not Kind.HEAD:
            raise LinkRefused(Fault.BAD_ANSWER, envelope.kind.value)
        context = Context(trust=trust.state, now=clock.now(), cache=trust.cache)
        head = verify(envelope, Channel.LINK, context).payload
    except Refused as refused:
        raise LinkRefused.of(refused) from refused
    if head.issuer.node != parent or head.target != (node_address(node.id),):
        raise LinkRefused(Fault.OTHER_NODE, str(head.issuer.node))
    if not node.path.startswith(head.issuer.path + "/"):
        raise LinkRefused(Fault.WRONG_SCOPE, head.issuer.path)
    return admission.joined(
        actor=actor,
        issuer=head.issuer,
        kid=envelope.sigs[0].kid,
        url=url.rstrip("/"),
        software=came.software,
    )


def pull_once(line: Line, link: Link, *, wait_s: int) -> bool:
    """Ask for what comes next and keep it; returns whether there was anything."""
    asked = peer_api.Pull(cursor=incoming.cursor_of(link), wait_s=wait_s, software=talk.SOFTWARE)
    told = line.post(peer_api.PULL, asked, peer_api.Told, wait_s=wait_s)
    talk.take(told, link, line.node)
    return told.page is not None


def push_once(line: Line, link: Link, cursor: peer_api.Cursor | None) -> peer_api.Cursor:
    """Tell what the node above lacks; returns where it stands afterwards.

    Without a cursor the other side is asked for it first.
    """
    if cursor is None:
        asked = peer_api.Asked(software=talk.SOFTWARE)
        return line.post(peer_api.CURSOR, asked, peer_api.Standing).cursor
    told = talk.tell(line.node, link, cursor)
    after = line.post(peer_api.PUSH, told, peer_api.Standing).cursor
    fresh = cast(Link, selectors.link_with(link.peer))
    outgoing.meet(line.node, fresh, after)
    return after
