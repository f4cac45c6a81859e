"""Urgent orders: drafted, signed by two persons, verified, issued, counted, stopped."""
