"""The digital signature of a CAP message (CAP 1.2, 3.3.4.1: enveloped, XML Signature).

Only what the signature returned is read on: what stands beside it in the file does not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from loa.alerts.cap import parsing
from loa.alerts.cap.refusals import CapRefused, Reason

_DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{_DS}}}Signature"
_UNFIT = (
    SignXMLException,
    etree.LxmlError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    LookupError,
    ArithmeticError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
)
"""What the libraries raise over a stranger's key or signature; each of them means no."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate fits the signature. `trusted` says whether it was among those known."""

    name: str
    fingerprint: str
    trusted: bool


def verify(
    root: Any, trusted: Sequence[x509.Certificate], now: datetime
) -> tuple[Any, Signer | None]:
    """The signed element and its signer; the root itself and None where nothing is signed.

    With `trusted` certificates only these may sign; without, any certificate that fits is shown
    as not trusted. Raises CapRefused.
    """
    signatures = list(root.iter(SIGNATURE))
    if not signatures:
        return root, None
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise CapRefused(Reason.SIGNATURE_PLACE)
    references = signatures[0].findall(f"{{{_DS}}}SignedInfo/{{{_DS}}}Reference")
    if [reference.get("URI") for reference in references] != [""]:
        raise CapRefused(Reason.SIGNATURE_PART)
    certificate, name = _certificate(signatures[0])
    known = certificate in trusted
    if trusted and not known:
        raise CapRefused(Reason.SIGNER_UNKNOWN, name)
    config = SignatureConfiguration(location="./", verification_time=now)
    try:
        result = XMLVerifier().verify(root, x509_cert=certificate, expect_config=config)
    except _UNFIT as error:
        raise CapRefused(Reason.SIGNATURE_BAD) from error
    # One reference is expected, so one result comes; a list would be another setting's.
    signed = None if isinstance(result, list) else result.signed_xml
    if signed is None or signed.tag != root.tag:
        raise CapRefused(Reason.SIGNATURE_PART)
    print_ = certificate.fingerprint(hashes.SHA256()).hex()
    return signed, Signer(name, print_, known)


def sign(
    document: bytes,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
) -> bytes:
    """The same message with an enveloped signature over all of it."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    cert = certificate.public_bytes(Encoding.PEM).decode()
    elliptic = isinstance(key, ec.EllipticCurvePrivateKey)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256 if elliptic else SignatureMethod.RSA_SHA256
    )
    signed = signer.sign(parsing.parse(document), key=pem, cert=cert)
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def _certificate(signature: Any) -> tuple[x509.Certificate, str]:
    """The signer's certificate, the first that the signature carries, and the name in it."""
    found = signature.find(f"{{{_DS}}}KeyInfo/{{{_DS}}}X509Data/{{{_DS}}}X509Certificate")
    text = "".join((found.text or "").split()) if found is not None else ""
    if not text:  # a bare key, or nothing: the signature may fit, and is nobody's
        raise CapRefused(Reason.NO_CERTIFICATE)
    pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        return certificate, certificate.subject.rfc4514_string()
    except _UNFIT as error:
        raise CapRefused(Reason.SIGNATURE_BAD, "X509Certificate") from error
