"""Bản tin: what is said. Text or recording, category, class, versions, approvals, withdrawal.

draft -> submitted -> approved | returned (with a reason) -> ... -> withdrawn. What is approved is
one version: its spoken text and its sound are exactly what goes on air.
"""
