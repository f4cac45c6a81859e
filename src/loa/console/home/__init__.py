"""Hôm nay and what leads on from it: the day, search, the journal, settings."""
