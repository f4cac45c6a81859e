"""The closed list of reasons for which a device or node refuses (protocol page, section 6)."""

from enum import StrEnum


class Reason(StrEnum):
    """Names that travel: in receipts, in `{"error": name}` and in counters. Never reworded."""

    TOO_LARGE = "too_large"
    BAD_ENVELOPE = "bad_envelope"
    BAD_VERSION = "bad_version"
    UNKNOWN_KIND = "unknown_kind"
    WRONG_CHANNEL = "wrong_channel"
    BAD_CHAIN = "bad_chain"
    TOO_MANY_SIGNATURES = "too_many_signatures"
    DUPLICATE_SIGNATURE = "duplicate_signature"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WEAK_KEY = "weak_key"
    KID_CONFLICT = "kid_conflict"
    NOT_ENOUGH_SIGNERS = "not_enough_signers"
    BAD_JSON = "bad_json"
    UNKNOWN_CRITICAL = "unknown_critical"
    BAD_FIELD = "bad_field"
    KIND_MISMATCH = "kind_mismatch"
    ISSUER_MISMATCH = "issuer_mismatch"
    NOT_DELEGATED_KIND = "not_delegated_kind"
    MIXED_DELEGATION = "mixed_delegation"
    DELEGATION_TOO_LONG = "delegation_too_long"
    DELEGATION_NOT_STARTED = "delegation_not_started"
    DELEGATION_EXPIRED = "delegation_expired"
    DELEGATION_SUPERSEDED = "delegation_superseded"
    REVOKED = "revoked"
    ABOVE_CEILING = "above_ceiling"
    OUTSIDE_ISSUER = "outside_issuer"
    WRONG_NODE = "wrong_node"
    NOT_FOR_ME = "not_for_me"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    BELOW_FLOOR = "below_floor"
    SEEN = "seen"
    OLD_VERSION = "old_version"
    VERSION_AHEAD = "version_ahead"
    FLOOR_AHEAD = "floor_ahead"
    UNKNOWN_ORDER = "unknown_order"
    NOT_ANCESTOR = "not_ancestor"
    OLD_REVISION = "old_revision"
    CANCELLED = "cancelled"
    MUTE_SPENT = "mute_spent"
    NO_TIME = "no_time"
    TIME_JUMP = "time_jump"
    ROOT_MISMATCH = "root_mismatch"
    MEDIA_MISSING = "media_missing"
    MEDIA_MISMATCH = "media_mismatch"
    OUTSIDE_SESSION = "outside_session"
    STORE_FULL = "store_full"
    UNSUPPORTED = "unsupported"


class Refused(Exception):
    """What came was refused. Nothing of it was acted on, and it is not remembered as seen."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
