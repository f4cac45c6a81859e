"""Facts this module records."""

RECEIVED = "exchange.received"
REFUSED = "exchange.refused"
SENT = "exchange.sent"
