"""Cụm loa: loudspeakers that play a signed plan and prove it."""
