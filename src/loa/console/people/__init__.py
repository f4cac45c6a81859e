"""Accounts, roles, and what is one's own."""
