"""Nhật ký hệ thống: the node's append-only list of facts (wall 1).

Every change of state records one fact in its own transaction, as the last statement and under
one lock, so that the order of the sequence is the order of commits and no reader skips a fact.
Each fact carries the hash of the one before. Audit, delivery, live screens and federation read
this list, each with a cursor of its own. Payloads hold ids and values, never personal data.
"""
