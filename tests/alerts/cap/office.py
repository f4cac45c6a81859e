"""A weather office far away: its messages, its key, its certificate."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loa.alerts.cap.areas import Centre

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
"""Eight in the morning in Vietnam."""

CENTRES = (
    Centre("vn/01/00004", 21.0386, 105.8380),
    Centre("vn/01/00008", 21.0381, 105.8160),
    Centre("vn/48/20194", 16.0700, 108.2200),
)

RING = "21.0,105.8 21.1,105.8 21.1,105.9 21.0,105.9 21.0,105.8"
AREA = f"<area><areaDesc>Ba Đình</areaDesc><polygon>{RING}</polygon></area>"
INFO = f"""<info><language>vi-VN</language><category>Met</category><event>Cảnh báo lũ</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>
<effective>2026-11-25T08:00:00+07:00</effective><onset>2026-11-25T09:00:00+07:00</onset>
<expires>2026-11-25T20:00:00+07:00</expires>
<headline>Lũ lên nhanh</headline><description>Nước lên.</description>
<instruction>Lên chỗ cao ngay.</instruction>{AREA}</info>"""
ALERT = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>KT-1</identifier>
<sender>khituong@example.vn</sender><sent>2026-11-25T07:55:00+07:00</sent>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>{INFO}</alert>"""


def but(old: str, new: str, document: str = ALERT) -> bytes:
    """The good message with one thing other; the thing must be there."""
    assert old in document, old
    return document.replace(old, new).encode()


def certificate(
    name: str = "Đài khí tượng",
    ends: datetime = NOW + timedelta(days=30),
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A fresh key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return key, made
