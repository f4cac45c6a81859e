"""The living specification of a channel: every method, with what it must and may do."""
