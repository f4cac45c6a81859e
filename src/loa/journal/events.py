"""Facts about the journal itself."""

EXPORTED = "journal.exported"
