"""Wordings that two persons sign in advance, and machines that fill them in."""
