"""Facts this module records."""

CHAIN_BROKEN = "delivery.chain_broken"
CHAIN_HOUR_SET = "delivery.chain_hour_set"
RECEIPTS_DOUBTED = "delivery.receipts_doubted"
