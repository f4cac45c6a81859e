"""Only what was signed is read, and only if the signature fits."""

from datetime import timedelta

import pytest
from lxml import etree

from loa.alerts.cap import reading, signing
from loa.alerts.cap.refusals import CapRefused, Reason
from tests.alerts.cap.office import ALERT, NOW, but, certificate

KEY, CERT = certificate()
SIGNED = signing.sign(ALERT.encode(), KEY, CERT)
NS = "urn:oasis:names:tc:emergency:cap:1.2"
DS = "http://www.w3.org/2000/09/xmldsig#"


def refusal(data: bytes, **asked: object) -> Reason:
    with pytest.raises(CapRefused) as refused:
        reading.read(data, NOW, **asked)  # type: ignore[arg-type]
    return refused.value.reason


def test_unsigned_where_a_signature_is_demanded() -> None:
    assert refusal(ALERT.encode(), require_signature=True) is Reason.UNSIGNED


def test_a_signed_message_names_its_signer() -> None:
    message = reading.read(SIGNED, NOW, trusted=[CERT], require_signature=True)
    assert message.alert.identifier == "KT-1"
    assert message.signer is not None
    assert message.signer.trusted
    assert "Đài khí tượng" in message.signer.name


def test_without_known_certificates_a_signer_is_never_called_trusted() -> None:
    signer = reading.read(SIGNED, NOW).signer
    assert signer is not None
    assert not signer.trusted


def test_a_signer_who_is_not_known_is_refused_even_under_the_same_name() -> None:
    _, other = certificate()
    assert refusal(SIGNED, trusted=[other]) is Reason.SIGNER_UNKNOWN


@pytest.mark.parametrize(
    ("old", "new"), [(b"Severe", b"Minor"), (b"Actual", b"Test"), (b"21.1,105.9", b"21.1,105.8")]
)
def test_an_altered_message_is_refused(old: bytes, new: bytes) -> None:
    assert old in SIGNED
    assert refusal(SIGNED.replace(old, new)) is Reason.SIGNATURE_BAD


def test_an_expired_certificate_is_refused() -> None:
    key, old = certificate(ends=NOW - timedelta(days=1))
    assert refusal(signing.sign(ALERT.encode(), key, old)) is Reason.SIGNATURE_BAD


def test_another_key_under_the_trusted_certificate_is_refused() -> None:
    key, _ = certificate()
    forged = signing.sign(but("Severe", "Extreme"), key, CERT)
    assert refusal(forged, trusted=[CERT]) is Reason.SIGNATURE_BAD


def _wrapped(*, signature_outside: bool) -> bytes:
    """A message of the attacker's around the office's signed one."""
    evil = etree.fromstring(but("Lũ lên nhanh", "Mở hết cửa đập"))
    inner = etree.fromstring(SIGNED)
    signature = inner.find(f"{{{DS}}}Signature")
    assert signature is not None
    if signature_outside:
        inner.remove(signature)
        evil.append(signature)
        holder = etree.SubElement(signature, f"{{{DS}}}Object")
        holder.append(inner)
    else:
        evil.append(inner)
    return etree.tostring(evil)


def test_a_signed_message_inside_another_lends_it_nothing() -> None:
    assert refusal(_wrapped(signature_outside=False), trusted=[CERT]) is Reason.SIGNATURE_PLACE


def test_a_signature_moved_to_another_message_is_refused() -> None:
    assert refusal(_wrapped(signature_outside=True), trusted=[CERT]) is Reason.SIGNATURE_BAD


def test_a_signature_of_one_part_is_refused() -> None:
    data = SIGNED.replace(b'URI=""', b'URI="#part"')
    assert data != SIGNED
    assert refusal(data) is Reason.SIGNATURE_PART


def test_two_signatures_are_refused() -> None:
    root = etree.fromstring(SIGNED)
    signature = root.find(f"{{{DS}}}Signature")
    assert signature is not None
    root.append(etree.fromstring(etree.tostring(signature)))
    assert refusal(etree.tostring(root)) is Reason.SIGNATURE_PLACE


def test_what_is_added_beside_the_signature_is_not_read() -> None:
    root = etree.fromstring(SIGNED)
    etree.SubElement(root, f"{{{NS}}}info")
    assert refusal(etree.tostring(root)) is Reason.SIGNATURE_BAD
