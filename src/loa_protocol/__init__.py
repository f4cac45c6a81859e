"""What travels between nodes and devices, and what is signed.

The way in is `Envelope.parse`, then `ladder`; the way out is `sign`. The normative text is
docs/protocol.
"""

from .clock import Clock, ManualClock, SystemClock, format_time, parse_time, system_clock
from .context import Channel, Context, Receiver, Verified
from .encoding import b64decode, b64encode
from .envelope import Envelope, Signature, add_signature, attach_signature, sign, signing_input
from .keys import PublicKey, SigningKey
from .kinds import Kind
from .ladder import verify, verify_signed_by
from .paths import inside
from .payloads import item_id, new_nonce, parse_payload
from .refusals import Reason, Refused
from .signatures import SignatureCache
from .trust import TrustState

__all__ = [
    "Channel",
    "Clock",
    "Context",
    "Envelope",
    "Kind",
    "ManualClock",
    "PublicKey",
    "Reason",
    "Receiver",
    "Refused",
    "Signature",
    "SignatureCache",
    "SigningKey",
    "SystemClock",
    "TrustState",
    "Verified",
    "add_signature",
    "attach_signature",
    "b64decode",
    "b64encode",
    "format_time",
    "inside",
    "item_id",
    "new_nonce",
    "parse_payload",
    "parse_time",
    "sign",
    "signing_input",
    "system_clock",
    "verify",
    "verify_signed_by",
]
