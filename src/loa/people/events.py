"""Facts this module records."""

ACCOUNT_CREATED = "people.account_created"
ROLE_GRANTED = "people.role_granted"
ROLE_ENDED = "people.role_ended"
DOCUMENT_STORED = "people.document_stored"
SIGNED_IN = "people.signed_in"
SIGN_IN_LOCKED = "people.sign_in_locked"
