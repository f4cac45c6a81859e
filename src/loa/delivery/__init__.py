"""Carried, received, proved: receipts as they were signed, and the plays they prove.

A play is shown with its grade of proof (protocol.md 10) and never counted without it. Receipts
and plays are telemetry with tables of their own, not journal facts (wall 1).
"""
