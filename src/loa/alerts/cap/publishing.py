"""Our own orders as signed CAP, for whoever wants to pass them on: made by the worker, read by all.

Not a channel: nobody is delivered to, and nobody answers. Silences have no word in CAP; a template
that a machine filled in is published when its window is over and nobody has stopped it.
"""

from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from loa.alerts import rules
from loa.alerts.cap import export, signing
from loa.alerts.models import CapExport, Order, State
from loa.lib import clock
from loa.lib.files import write_private
from loa.places import selectors as places
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa_protocol.kinds import Kind
from loa_protocol.payloads import parse_payload

log = structlog.get_logger()

IDENTITY_FILE = "cap.pem"
KEPT = timedelta(days=7)
ENTRIES_MAX = 100
LOOK_BACK = timedelta(days=3)
CERTIFICATE_LIFE = timedelta(days=5 * 365)
_KINDS = [kind.value for kind in (rules.OPENING | rules.CANCELS | {Kind.UPDATE})]


def sender() -> str:
    """What this node calls itself in CAP."""
    return f"loa@{urlsplit(settings.ENV.web_url).hostname}"


def make_next(now: datetime) -> bool:
    """Make the export of one order that lacks it; whether there was one. An order of which none
    can be made is set aside, and the next one's is made."""
    waiting = (
        Order.objects.filter(state=State.ISSUED, kind__in=_KINDS, issued_at__gt=now - LOOK_BACK)
        .filter(Q(begins_at=None) | Q(begins_at__lte=now, ended_at=None))
        .filter(~Exists(CapExport.objects.filter(order=OuterRef("pk"))))
        .order_by("issued_at", "pk")
    )
    resting = aside.resting(Queue.CAP_EXPORTS)
    for order in waiting.exclude(pk__in=resting)[:20]:
        with quarantine.isolated(Queue.CAP_EXPORTS, order.pk, name=order.title):
            if _make(order, now):
                return True
    return False


def _make(order: Order, now: datetime) -> bool:
    """Sign and keep one order's CAP; False where there is none to make."""
    earlier = _earlier(order)
    if earlier is None:
        return False  # about a fill that nobody heard
    payload = cast(export.Exported, parse_payload(Kind(order.kind), bytes(order.payload)))
    named = places.places_named(payload.target)
    names = {path: path for path in payload.target} | {p.path: p.name for p in named}
    plain = export.to_cap(payload, order=order.pk, sender=sender(), names=names, earlier=earlier)
    CapExport.objects.get_or_create(
        order=order, defaults={"data": signing.sign(plain, *identity(now)), "made_at": now}
    )
    return True


def _earlier(order: Order) -> list[export.Earlier] | None:
    if Kind(order.kind) in rules.OPENING:
        return []
    about = Order.objects.filter(alert=order.alert, state=State.ISSUED, cap__isnull=False)
    found = about.filter(kind__in=[*_opening(), Kind.UPDATE.value]).exclude(pk=order.pk)
    earlier = [
        export.Earlier(
            one.pk, cast(export.Sounded, parse_payload(Kind(one.kind), bytes(one.payload)))
        )
        for one in found.filter(issued_at__lte=order.issued_at).order_by("issued_at", "pk")
    ]
    return earlier or None


def _opening() -> list[str]:
    return [kind.value for kind in rules.OPENING]


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def identity(now: datetime) -> tuple[Key, x509.Certificate]:
    """The key and certificate under our CAP, in one PEM file: made at first use and self-signed,
    or what the operator put there."""
    path = settings.ENV.keys / IDENTITY_FILE
    if not path.exists():
        write_private(path, _made(now), replace=False)
    pem = path.read_bytes()
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("cap.pem must hold an RSA or elliptic key")
    return key, x509.load_pem_x509_certificate(pem)


def _made(now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, sender())])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + certificate.public_bytes(Encoding.PEM)


def certificate_pem() -> bytes:
    """The certificate for those who check our messages."""
    _key, certificate = identity(clock.now())
    return certificate.public_bytes(Encoding.PEM)


def published(now: datetime) -> list[CapExport]:
    """The newest of a week, newest first, at most ENTRIES_MAX."""
    found = CapExport.objects.filter(made_at__gt=now - KEPT).select_related("order")
    return list(found.order_by("-made_at", "-pk")[:ENTRIES_MAX])


def document(order_id: str) -> bytes | None:
    """One order's CAP as it was signed."""
    found = CapExport.objects.filter(pk=order_id).first()
    return None if found is None else bytes(found.data)
