"""A mail server of the tests' own: it speaks SMTP on loopback, with or without encryption."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loa_protocol.clock import SystemClock


@dataclass
class Mailbox:
    """What the server took, and whom or what it refuses: address (or `DATA`) to its answer."""

    taken: list[tuple[str, str, EmailMessage]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.refuse.get("DATA") == "hang up":
            assert server.transport is not None
            server.transport.abort()
            return ""
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        self.taken.append((envelope.mail_from or "", envelope.rcpt_tos[0], letter))
        return "250 OK"

    def addresses(self) -> list[str]:
        return sorted(address for _sender, address, _letter in self.taken)


class FreePort(Controller):
    """Listens on a port that the system gives."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for loopback: certificate and key as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "mail.pem", folder / "mail.key"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


@contextmanager
def server(*, encrypted: tuple[Path, Path] | None = None, password: str = "") -> Iterator[Mailbox]:
    """A running mail server. `encrypted`: STARTTLS is demanded before anything else. `password`:
    and a sign-in as `loa` with it."""
    box = Mailbox()
    more: dict[str, Any] = {}
    if encrypted is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*encrypted)
        more |= {"tls_context": context, "require_starttls": True}
    if password:

        def judge(_server: Any, _session: Any, _envelope: Any, _way: str, data: Any) -> AuthResult:
            good = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=good, handled=False)

        more |= {"auth_required": True, "authenticator": judge}
    controller = FreePort(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
