"""Facts this module records."""

CODE_MADE = "federation.code_made"
LINKED = "federation.linked"
UNLINKED = "federation.unlinked"
LINK_STOPPED = "federation.link_stopped"
RESTORE_SEEN = "federation.restore_seen"
FACT_REFUSED = "federation.fact_refused"
