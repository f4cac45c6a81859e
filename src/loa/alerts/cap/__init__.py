"""CAP 1.2 (OASIS), read and written. Pure: bytes and values in, values out; no Django, no database.

Nothing that is read here is aired: a message becomes at most a draft that two persons sign.
"""
