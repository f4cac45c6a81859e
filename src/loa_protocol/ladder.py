"""Verification: from bytes to a payload that may be acted on (protocol page, section 6)."""

from .envelope import Envelope
from .keys import PublicKey
from .kinds import Kind
from .payloads import Common, parse_payload
from .refusals import Reason, Refused


def verify_signed_by(envelope: Envelope, key: PublicKey, kind: Kind) -> Common:
    """The payload of an envelope of `kind` that `key` signed: receipts and requests of devices.

    The caller knows from elsewhere whose key it is, and checks issuer, target and dates.
    Raises Refused: wrong_channel, unknown_key, bad_signature, and as `parse_payload`.
    """
    if envelope.kind is not kind:
        raise Refused(Reason.WRONG_CHANNEL, f"{envelope.kind} where {kind} belongs")
    signature = next((s for s in envelope.sigs if s.kid == key.kid), None)
    if signature is None:
        raise Refused(Reason.UNKNOWN_KEY, "not signed with the known key")
    if not key.verify(envelope.signing_input, signature.sig):
        raise Refused(Reason.BAD_SIGNATURE, signature.kid)
    return parse_payload(kind, envelope.payload)
